"""Holds over HTTP."""

import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.channels import ChannelDisabled, ChannelNotFound
from rackhouse.inventory import holds
from rackhouse.inventory.errors import (
    BundleHasNoStock,
    HoldHasEnded,
    HoldNotFound,
    HoldTooLong,
    LineNotInHold,
    LotNotFound,
    LotNotSellable,
    NotEnoughStock,
    NotOnSale,
    OtherChannel,
    UnitNotFree,
)
from rackhouse.inventory.http.shapes import (
    Handle,
    HoldLines,
    Preorder,
    Reason,
    SourcingBody,
    hold_lines_of,
)
from rackhouse.inventory.lot_errors import LotIsRecalled
from rackhouse.inventory.rules import Allocation, Hold, Line
from rackhouse.inventory.sourcing import SourcingReason
from rackhouse.platform.http import Answer, Call, Endpoint, Page

__all__ = [
    "ENDPOINTS",
    "PLACEMENT_REFUSALS",
    "AllocationAnswer",
    "HoldAnswer",
    "allocation_answer",
    "hold_answer",
    "sourcing_answer",
]


class HoldBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to set aside, through which channel, for how long."""

    channel: Handle
    lines: HoldLines
    ttl_seconds: Annotated[float, Meta(gt=0, le=31_536_000, description="How long to hold.")]
    customer_id: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    preorder: Preorder = "never"
    sourcing: SourcingBody | None = None


class ExtendBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a hold is to last from now."""

    ttl_seconds: Annotated[float, Meta(gt=0, le=31_536_000, description="Seconds from now.")]


class ReleaseBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which hold to release: all of it, or some lines."""

    hold_id: Annotated[str, Meta(min_length=1, max_length=100)]
    lines: HoldLines | None = None
    reason: Reason = "released"


class AllocationAnswer(msgspec.Struct, frozen=True):
    """Where the pieces of a line are, and what became of them.

    The location `~promised` is that of pieces which have not come yet. ``units`` are the numbers
    that are held or committed, ``shipped_units`` those that the customer has; ``allotment`` is the
    channel whose allotment they were taken from.
    """

    line: int
    sku: str
    location: str
    quantity: int
    held: int
    committed: int
    shipped: int
    returned: int
    lot: str | None
    allotment: str | None
    units: tuple[int, ...]
    shipped_units: tuple[int, ...]


class HoldAnswer(msgspec.Struct, frozen=True):
    """A hold: held until ``expires_at``, or confirmed, released or expired."""

    id: str
    status: str
    channel: str
    customer_id: str | None
    lines: tuple[Line, ...]
    allocations: list[AllocationAnswer]
    placed_at: datetime.datetime
    expires_at: datetime.datetime
    sourcing: SourcingReason | None


class HoldsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which running holds to list."""

    sku: Annotated[str | None, Meta(description="Only of this stocked SKU.")] = None
    channel: Annotated[str | None, Meta(description="Only through this channel.")] = None
    limit: Annotated[int, Meta(ge=1, le=200, description="Most items to answer.")] = 50


def hold_answer(hold: Hold) -> HoldAnswer:
    """A hold as the API shows it."""
    return HoldAnswer(
        hold.id,
        hold.status,
        hold.channel,
        hold.customer_id,
        hold.lines,
        [allocation_answer(each) for each in hold.allocations],
        hold.placed_at,
        hold.expires_at,
        sourcing_answer(hold),
    )


def allocation_answer(each: Allocation) -> AllocationAnswer:
    """Pieces of a hold as the API shows them."""
    return AllocationAnswer(
        each.line,
        each.sku,
        each.location,
        each.quantity,
        each.held,
        each.committed,
        each.shipped,
        each.returned,
        each.lot or None,
        each.allotment or None,
        each.units,
        each.shipped_units,
    )


def sourcing_answer(hold: Hold) -> SourcingReason | None:
    """Why the pieces come from where they come, where there was something to choose."""
    return (
        None if hold.sourcing is None else msgspec.json.decode(hold.sourcing, type=SourcingReason)
    )


async def post_hold(call: Call) -> Hold:
    body: HoldBody = call.body
    return await holds.place_hold(
        context=call.context,
        channel=body.channel,
        lines=hold_lines_of(body.lines),
        ttl_seconds=body.ttl_seconds,
        customer_id=body.customer_id,
        promise=body.preorder == "allow",
        sourcing=None if body.sourcing is None else body.sourcing.wish(),
    )


async def get_hold(call: Call) -> Answer:
    hold = await holds.hold_of(context=call.context, hold_id=call.path["hold_id"])
    return _held(hold)


async def get_holds(call: Call) -> Answer:
    query: HoldsQuery = call.query
    found = await holds.live_holds(
        context=call.context, sku=query.sku, channel=query.channel, limit=query.limit
    )
    return Answer(200, Page([hold_answer(each) for each in found], None))


async def delete_hold(call: Call) -> Answer:
    return _held(
        await holds.release_hold(
            context=call.context, hold_id=call.path["hold_id"], lines=None, reason="released"
        )
    )


async def post_hold_extension(call: Call) -> Hold:
    return await holds.extend_hold(
        context=call.context, hold_id=call.path["hold_id"], ttl_seconds=call.body.ttl_seconds
    )


async def post_hold_confirmation(call: Call) -> Hold:
    return await holds.confirm_hold(context=call.context, hold_id=call.path["hold_id"])


async def post_release(call: Call) -> Hold:
    body: ReleaseBody = call.body
    return await holds.release_hold(
        context=call.context,
        hold_id=body.hold_id,
        lines=None if body.lines is None else hold_lines_of(body.lines),
        reason=body.reason,
    )


def _placed(hold: Hold) -> Answer:
    return Answer(201, hold_answer(hold))


def _held(hold: Hold) -> Answer:
    return Answer(200, hold_answer(hold))


_OF_SKUS = (SkuUnknown,)
PLACEMENT_REFUSALS: tuple[Any, ...] = (
    NotEnoughStock,
    NotOnSale,
    LotNotFound,
    LotNotSellable,
    UnitNotFree,
    BundleHasNoStock,
)
_OF_HOLD: tuple[Any, ...] = (HoldNotFound, HoldHasEnded, OtherChannel)

ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/holds",
        handler=post_hold,
        command=True,
        present=_placed,
        permission="holds:write",
        summary="Set stock aside for a time, all lines or none",
        body=HoldBody,
        answers={201: HoldAnswer},
        refusals=(
            *PLACEMENT_REFUSALS,
            HoldTooLong,
            OtherChannel,
            ChannelNotFound,
            ChannelDisabled,
            *_OF_SKUS,
        ),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/holds",
        handler=get_holds,
        permission="holds:read",
        summary="Holds that are running, the ones that end first in front",
        query=HoldsQuery,
        answers={200: Page[HoldAnswer]},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/holds/{hold_id}",
        handler=get_hold,
        permission="holds:read",
        summary="A hold as it is now",
        answers={200: HoldAnswer},
        refusals=(HoldNotFound, OtherChannel),
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/holds/{hold_id}",
        handler=delete_hold,
        command=True,
        permission="holds:write",
        summary="Release a hold",
        answers={200: HoldAnswer},
        refusals=(*_OF_HOLD, LineNotInHold),
    ),
    Endpoint(
        method="POST",
        path="/api/v1/holds/{hold_id}/extend",
        handler=post_hold_extension,
        command=True,
        present=_held,
        permission="holds:write",
        summary="Let a hold last longer",
        body=ExtendBody,
        answers={200: HoldAnswer},
        refusals=(*_OF_HOLD, HoldTooLong),
    ),
    Endpoint(
        method="POST",
        path="/api/v1/holds/{hold_id}/confirm",
        handler=post_hold_confirmation,
        command=True,
        present=_held,
        permission="holds:write",
        summary="Sell what a hold sets aside",
        answers={200: HoldAnswer},
        refusals=(*_OF_HOLD, LotIsRecalled),
    ),
    Endpoint(
        method="POST",
        path="/api/v1/inventory/release",
        handler=post_release,
        command=True,
        present=_held,
        permission="holds:write",
        summary="Free what a hold sets aside or has sold and not shipped, in part or whole",
        body=ReleaseBody,
        answers={200: HoldAnswer},
        refusals=(*_OF_HOLD, LineNotInHold),
    ),
]
