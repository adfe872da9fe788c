"""Carrying out what was accepted: within its window a curated bundle is a product of the catalog.

The catalog is asked while the bundle is locked, and before that is committed. Should the process
die in between, the job finds the bundle due once more, and the product as it wants it.
"""

import datetime
from typing import Any

import msgspec
import structlog

from rackhouse.catalog import (
    ListedProduct,
    Product,
    ProductNotFound,
    create_product,
    listed_products,
    remove_product,
    replace_product,
)
from rackhouse.curation import store
from rackhouse.curation.errors import BundleIsNotWhole, CuratedBundleExists
from rackhouse.curation.events import (
    CuratedBundleClosed,
    CuratedBundleEvent,
    CuratedBundleOpened,
)
from rackhouse.curation.log import LOG
from rackhouse.curation.rules.bundles import AcceptedBundle
from rackhouse.curation.rules.windows import OPEN, next_moment, phase_at
from rackhouse.curation.store import StoredBundle
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.errors import Conflict, FieldProblem, Invalid, NotFound
from rackhouse.platform.events import NewEvent

__all__ = ["carry_out", "carry_out_due", "record_bundle"]

AT_ONCE = 50
RETRY = datetime.timedelta(seconds=15)
BUNDLE_TYPE = "bundle"

_log = structlog.get_logger(__name__)


async def carry_out_due(*, context: Context) -> None:
    """Put into the catalog what opens, and take out what closes, of the curated bundles."""
    async with context.house.database("curation").reading() as tx:
        due = await store.due_bundles(tx, limit=AT_ONCE)
    for bundle_id in due:
        async with context.house.database("curation").transaction() as tx:
            await store.lock_one(tx, f"curated-bundle:{bundle_id}")
            stored, now = await store.read_bundle(tx, bundle_id)
            if stored is not None and not stored.removed:
                await carry_out(tx, context, stored, now, insisting=True)


async def carry_out(
    tx: Transaction,
    context: Context,
    stored: StoredBundle,
    now: datetime.datetime,
    *,
    insisting: bool,
) -> StoredBundle:
    """Have the catalog hold the bundle's product, or hold it no more, as its acceptance and window
    want it now, and write the bundle. Where the catalog refuses that, it is written down as trouble
    and tried again (``insisting``), or refused with `BundleIsNotWhole`."""
    try:
        stored = await _carried_out(tx, context, stored, now)
    except (Conflict, Invalid, NotFound) as refusal:
        if not insisting:
            raise BundleIsNotWhole((FieldProblem("product", str(refusal)),)) from refusal
        _log.warning("curated_bundle_waits", bundle=stored.id, reason=str(refusal))
        stored = msgspec.structs.replace(stored, trouble=str(refusal))
        await store.write_bundle(tx, stored, now + RETRY)
        return stored
    stored = msgspec.structs.replace(stored, trouble=None)
    accepted = stored.accepted
    due_at = next_moment(accepted.starts_at, accepted.ends_at, now) if accepted else None
    await store.write_bundle(tx, stored, due_at)
    return stored


async def record_bundle(
    tx: Transaction,
    context: Context,
    stored: StoredBundle,
    event: CuratedBundleEvent,
    now: datetime.datetime,
) -> StoredBundle:
    """Record an event of a bundle, which has the event's version from then on."""
    after = msgspec.structs.replace(stored, version=stored.version + 1)
    stream = f"curated-bundle:{stored.id}"
    await LOG.append(tx, [NewEvent(stream, after.version, event, context)], now)
    return after


async def _carried_out(
    tx: Transaction, context: Context, stored: StoredBundle, now: datetime.datetime
) -> StoredBundle:
    accepted = stored.accepted
    if accepted is None:
        return stored
    is_open = phase_at(accepted.starts_at, accepted.ends_at, now) == OPEN
    if is_open and not stored.removed:
        if stored.made == accepted.version:
            return stored
        await _put(context, stored, accepted)
        opens = stored.made is None
        stored = msgspec.structs.replace(stored, made=accepted.version)
        if opens:
            at = _no_later(accepted.starts_at, now)
            opened = CuratedBundleOpened(bundle_id=stored.id, sku=accepted.sku, opened_at=at)
            stored = await record_bundle(tx, context, stored, opened, now)
        return stored
    if stored.made is None:
        return stored
    shelved = await _take_out(context, stored)
    at = _no_later(accepted.ends_at, now)
    closed = CuratedBundleClosed(bundle_id=stored.id, sku=accepted.sku, closed_at=at)
    stored = msgspec.structs.replace(stored, made=None, shelved=shelved or stored.shelved)
    return await record_bundle(tx, context, stored, closed, now)


async def _put(context: Context, stored: StoredBundle, accepted: AcceptedBundle) -> None:
    """Make the product, or describe it as it was accepted; what else is said of it stays."""
    own = _for_catalog(context)
    before = await _product(own, stored.id)
    said = _draft_of(before) if before is not None else stored.shelved or {}
    components = [{"sku": each.sku, "quantity": each.quantity} for each in accepted.components]
    kept: dict[str, Any] = next(iter(said.get("variants", ())), {})
    draft = {
        **said,
        "id": stored.id,
        "type": BUNDLE_TYPE,
        "name": accepted.name,
        "description": accepted.description,
        "price_minor": accepted.price_minor,
        "currency": accepted.currency,
        "variants": [{**kept, "sku": accepted.sku, "price_minor": None, "components": components}],
    }
    if before is None:
        await create_product(context=own, draft=draft)
        return
    if stored.made is None and [each.sku for each in before.variants] != [accepted.sku]:
        raise CuratedBundleExists(bundle_id=stored.id)  # somebody else made a product of this id
    await replace_product(
        context=own,
        product_id=stored.id,
        only_type=BUNDLE_TYPE,
        draft=draft,
        expected_version=before.version,
    )


async def _take_out(context: Context, stored: StoredBundle) -> dict[str, Any] | None:
    """Take the product out of the catalog; answers how it was described."""
    own = _for_catalog(context)
    before = await _product(own, stored.id)
    if before is None:
        return None
    try:
        await remove_product(
            context=own, product_id=stored.id, only_type=BUNDLE_TYPE, expected_version=None
        )
    except ProductNotFound:
        return None
    return _draft_of(before)


async def _product(context: Context, product_id: str) -> ListedProduct | None:
    return (await listed_products(context=context, product_ids=[product_id])).get(product_id)


def _draft_of(product: ListedProduct) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(product)
    return {field: said[field] for field in Product.__struct_fields__}


def _for_catalog(context: Context) -> Context:
    """The context of what is done in the catalog: with the name and the correlation of who asked,
    and not under their idempotency key, whose answer is the bundle."""
    caller = msgspec.structs.replace(
        context.caller, permissions=frozenset({"catalog:read", "catalog:write"})
    )
    return msgspec.structs.replace(context, caller=caller, idempotency=None)


def _no_later(moment: datetime.datetime | None, now: datetime.datetime) -> datetime.datetime:
    return now if moment is None or moment > now else moment
