"""Bulk edits of products over HTTP."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rackhouse.catalog.bulk import BULK_MAX, BulkDone, BulkEdit, Outcome, edit_products
from rackhouse.catalog.rules.comparing import Difference
from rackhouse.catalog.versions import VERSION_MAX
from rackhouse.platform.http import Answer, Call, Endpoint, problem

__all__ = ["ENDPOINTS"]

ID_LENGTH_MAX = 64


class EditBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change of one product."""

    id: Annotated[str, Meta(min_length=1, max_length=ID_LENGTH_MAX)]
    patch: Annotated[
        dict[str, Any],
        Meta(
            description='A merge patch (RFC 7396), such as `{"stage": "archived"}`: what it names '
            "changes, null takes away, all else stays."
        ),
    ]
    version: Annotated[
        Annotated[int, Meta(ge=0, le=VERSION_MAX)] | None,
        Meta(description="The version that is edited; without one, whichever there is."),
    ] = None


class EditsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Edits of many products."""

    items: Annotated[list[EditBody], Meta(min_length=1, max_length=BULK_MAX)]
    all_or_nothing: Annotated[bool, Meta(description="Write nothing where one is refused.")] = False
    dry_run: Annotated[bool, Meta(description="Only say what would become of each.")] = False


class EditAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one product, or would have: its version then, and what differs; or the
    problem that it was refused with."""

    id: str
    outcome: Outcome
    version: int | None
    differences: list[Difference]
    problem: dict[str, Any] | None


class EditsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each product, in the order asked; how many are changed, are as they were, and
    were refused. Where nothing was `written`, these are what would have been."""

    written: bool
    changed: int
    unchanged: int
    refused: int
    items: list[EditAnswer]


async def post_products_edits(call: Call) -> BulkDone:
    """Each is answered on its own, in the order asked: one that is refused does not keep the others
    from being written, unless it is to be all or nothing."""
    body: EditsBody = call.body
    return await edit_products(
        context=call.context,
        edits=[
            BulkEdit(product_id=each.id, patch=each.patch, expected_version=each.version)
            for each in body.items
        ],
        all_or_nothing=body.all_or_nothing,
        dry_run=body.dry_run,
    )


def present_edits(done: BulkDone) -> Answer:
    counts = dict.fromkeys(("changed", "unchanged", "refused"), 0)
    items = []
    for each in done.outcomes:
        counts[each.outcome] += 1
        items.append(
            EditAnswer(
                id=each.product_id,
                outcome=each.outcome,
                version=each.version,
                differences=list(each.differences),
                problem=None if each.refusal is None else problem(each.refusal),
            )
        )
    return Answer(200, EditsAnswer(written=done.written, items=items, **counts))


ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/products/bulk",
        handler=post_products_edits,
        present=present_edits,
        permission="catalog:write",
        summary="Change many products at once, each answered on its own",
        body=EditsBody,
        answers={200: EditsAnswer},
    ),
]
