"""Bulk edits: many products at once, each answered on its own, in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from rackhouse.catalog import store
from rackhouse.catalog.editing import changing_products, expected, patched, validated
from rackhouse.catalog.errors import NamedTwice
from rackhouse.catalog.rules import Product
from rackhouse.catalog.rules.comparing import Difference, differences
from rackhouse.catalog.rules.listing import ListedProduct, Listing, change
from rackhouse.catalog.types_in_force import types_in_force, types_now
from rackhouse.catalog.writing import Writing, described, read_listing
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Refusal
from rackhouse.platform.idempotency import remember_answer
from rackhouse.platform.store import server_time

__all__ = ["BULK_MAX", "BulkDone", "BulkEdit", "BulkOutcome", "edit_products"]

BULK_MAX = 500

Outcome = Literal["changed", "unchanged", "refused"]


class BulkEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of one product: a merge patch (RFC 7396), of the version that is expected
    (None expects any)."""

    product_id: str
    patch: Mapping[str, Any]
    expected_version: int | None = None


class BulkOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one product, or would have: its version then, and what differs; or why it was
    refused."""

    product_id: str
    outcome: Outcome
    version: int | None = None
    differences: tuple[Difference, ...] = ()
    refusal: Refusal | None = None


class BulkDone(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each product. Nothing was ``written`` in a dry run, nor where all or nothing
    was asked for and one was refused."""

    written: bool
    outcomes: list[BulkOutcome]


@operation("catalog:write")
async def edit_products(
    *, context: Context, edits: Sequence[BulkEdit], all_or_nothing: bool, dry_run: bool
) -> BulkDone:
    """Change what each edit names, at most `BULK_MAX` products. Each is refused on its own as
    `patch_product` refuses, and with `NamedTwice`; the others are written all the same, unless it
    is to be ``all_or_nothing``. A ``dry_run`` only says what would become of them."""
    assert len(edits) <= BULK_MAX, f"{len(edits)} edits at once"
    known = await types_in_force(house=context.house)
    async with changing_products(context) as tx:
        ids = {each.product_id for each in edits if each.product_id.isprintable()}
        befores = {each.id: each for each in await store.products_of_ids(tx, ids)}
        drafts = _drafts(edits, befores)
        types = await types_now(tx, [each.get("type") for each in drafts if isinstance(each, dict)])
        products = [
            each if isinstance(each, Refusal) else _or_refusal(validated, each, types, known)
            for each in drafts
        ]
        sound = [each for each in products if isinstance(each, Product)]
        listing = await read_listing(tx, sound, (), types)
        now = await server_time(tx)
        writing = Writing(context, listing, now)
        outcomes = [
            _edited(edit, product, listing, writing)
            for edit, product in zip(edits, products, strict=True)
        ]
        refused = any(each.refusal is not None for each in outcomes)
        written = not (dry_run or (all_or_nothing and refused))
        if written:
            await writing.write(tx)
        done = BulkDone(written=written, outcomes=outcomes)
        await remember_answer(tx, context.idempotency, done, answered_at=now)
    writing.forget()
    return done


def _drafts(
    edits: Sequence[BulkEdit], befores: Mapping[str, ListedProduct]
) -> list[dict[str, Any] | Refusal]:
    drafts: list[dict[str, Any] | Refusal] = []
    seen: set[str] = set()
    for edit in edits:
        if edit.product_id in seen:
            drafts.append(NamedTwice(product_id=edit.product_id))
        else:
            drafts.append(_or_refusal(_draft, edit, befores.get(edit.product_id)))
        seen.add(edit.product_id)
    return drafts


def _draft(edit: BulkEdit, before: ListedProduct | None) -> dict[str, Any]:
    return patched(expected(before, edit.product_id, None, edit.expected_version), edit.patch)


def _or_refusal(work: Any, *given: Any) -> Any:
    try:
        return work(*given)
    except Refusal as refusal:
        return refusal


def _edited(
    edit: BulkEdit, product: Product | Refusal, listing: Listing, writing: Writing
) -> BulkOutcome:
    """Decide one edit, and take it in."""
    id_ = edit.product_id
    if isinstance(product, Refusal):
        return BulkOutcome(product_id=id_, outcome="refused", refusal=product)
    before = listing.products[id_]
    event = _or_refusal(change, listing, product)
    if isinstance(event, Refusal):
        return BulkOutcome(product_id=id_, outcome="refused", refusal=event)
    if event is None:
        return BulkOutcome(product_id=id_, outcome="unchanged", version=before.version)
    listed = writing.put(product, event)
    return BulkOutcome(
        product_id=id_,
        outcome="changed",
        version=listed.version,
        differences=differences(_plain(before), _plain(listed)),
    )


def _plain(product: ListedProduct) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(described(product))
    return plain
