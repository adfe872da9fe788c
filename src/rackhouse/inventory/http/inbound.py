"""Shipments over HTTP: what suppliers send, and transfers between locations."""

import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.inventory.errors import (
    BundleHasNoStock,
    InboundIsNot,
    InboundNotFound,
    LocationNotFound,
    LotNotFound,
    MoreThanExpected,
    NotEnoughFree,
    NotInInbound,
    ReasonNeeded,
    SameLocation,
    UnitNotFree,
    UnitsMustBeNamed,
)
from rackhouse.inventory.events import Condition
from rackhouse.inventory.http.shapes import (
    LINES_LIMIT,
    Handle,
    HoldLineBody,
    HoldLines,
    Reason,
    Sku,
    Time,
    hold_lines_of,
)
from rackhouse.inventory.inbound import (
    InboundPlace,
    cancel_inbound,
    change_inbound,
    expect_inbound,
    inbound_of,
    inbound_page,
    receive_inbound,
    send_transfer,
)
from rackhouse.inventory.rules import (
    Arrival,
    Inbound,
    InboundChange,
    InboundKind,
    InboundLine,
    InboundStatus,
)
from rackhouse.inventory.rules.inbound import OPEN
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    entity_tag,
    version_matched,
)

__all__ = ["ENDPOINTS"]

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Status = Literal["open", "expected", "in_transit", "received_in_part", "received", "cancelled"]

_CARRIER = "Who has the goods on their way: a carrier or a person."
_EXPECTED_AT = "When they are expected."
_REFERENCE = "Your own number of it, such as that of the order to the supplier."


class _Shipment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    destination: Handle
    lines: HoldLines
    expected_at: Annotated[Time | None, Meta(description=_EXPECTED_AT)] = None
    carrier: Annotated[Name | None, Meta(description=_CARRIER)] = None
    reference: Annotated[Name | None, Meta(description=_REFERENCE)] = None


class InboundBody(_Shipment, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Goods to expect of a supplier."""

    supplier: Name


class TransferBody(_Shipment, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Pieces to send to another location: those that are named, or as they are picked."""

    origin: Handle
    condition: Annotated[
        Condition, Meta(description="The condition of the pieces that are sent.")
    ] = "sellable"


class ArrivalBody(HoldLineBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Pieces that came."""

    condition: Annotated[
        Condition | None, Meta(description="How they are; as expected, if nothing is said.")
    ] = None


class ArrivalsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came: all that is still to come, if no lines are given."""

    lines: Annotated[list[ArrivalBody], Meta(max_length=LINES_LIMIT)] | None = None
    complete: Annotated[
        bool, Meta(description="Nothing more will come; what did not is missing.")
    ] = False
    reason: Annotated[
        Reason | None, Meta(description="Why more or fewer came than were expected.")
    ] = None


class InboundChangeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be otherwise; what is left out stays."""

    expected_at: Annotated[Time | None, Meta(description=_EXPECTED_AT)] = None
    carrier: Annotated[Name | None, Meta(description=_CARRIER)] = None
    in_transit: Annotated[bool, Meta(description="It has set out.")] = False
    reason: Reason = "changed"


class CancelBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it comes no more."""

    reason: Reason = "cancelled"


class InboundLineAnswer(msgspec.Struct, frozen=True):
    """Pieces of one SKU in a shipment. ``coming`` are those that have not come yet, ``missing``
    those that did not."""

    sku: str
    lot: str | None
    condition: str
    quantity: int
    coming: int
    received: int
    missing: int
    cancelled: int
    units: tuple[int, ...]
    coming_units: tuple[int, ...]
    missing_because: str | None


class InboundAnswer(msgspec.Struct, frozen=True):
    """A shipment on its way. The ``origin`` is a supplier's name or a location; until it is
    received the ``carrier`` has it, and it is owed to the ``destination``."""

    id: str
    kind: InboundKind
    status: InboundStatus
    origin: str
    destination: str
    carrier: str | None
    reference: str | None
    expected_at: datetime.datetime | None
    lines: list[InboundLineAnswer]
    created_at: datetime.datetime
    changed_at: datetime.datetime
    version: int


class InboundQuery(PageQuery, frozen=True, kw_only=True):
    """Which shipments to list."""

    status: Annotated[
        Status | None,
        Meta(description="Only in this status; `open` are all of which something is to come."),
    ] = None
    kind: Annotated[InboundKind | None, Meta(description="Only purchases, or transfers.")] = None
    destination: Annotated[str | None, Meta(description="Only to this location.")] = None
    sku: Annotated[Sku | None, Meta(description="Only with this SKU.")] = None


async def post_inbound(call: Call) -> Inbound:
    body: InboundBody = call.body
    return await expect_inbound(
        context=call.context,
        supplier=body.supplier,
        destination=body.destination,
        lines=hold_lines_of(body.lines),
        expected_at=body.expected_at,
        reference=body.reference,
        carrier=body.carrier,
    )


async def post_transfer(call: Call) -> Inbound:
    body: TransferBody = call.body
    return await send_transfer(
        context=call.context,
        origin=body.origin,
        destination=body.destination,
        lines=hold_lines_of(body.lines),
        condition=body.condition,
        expected_at=body.expected_at,
        reference=body.reference,
        carrier=body.carrier,
    )


async def get_inbounds(call: Call) -> Answer:
    query: InboundQuery = call.query
    statuses: Any = OPEN if query.status == "open" else query.status and [query.status]
    found = await inbound_page(
        context=call.context,
        before=query.after(InboundPlace),
        kind=query.kind,
        statuses=statuses,
        destination=query.destination,
        sku=query.sku,
        limit=query.limit + 1,
    )
    page = Page.of(found, query.limit, lambda last: InboundPlace(last.created_at, last.id))
    return Answer(200, Page([_answer(each) for each in page.items], page.next_cursor))


async def get_inbound(call: Call) -> Answer:
    return _shown(await inbound_of(context=call.context, inbound_id=call.path["inbound_id"]))


async def patch_inbound(call: Call) -> Answer:
    """Promises that stand on it are moved by as much as its time."""
    body: InboundChangeBody = call.body
    changed = await change_inbound(
        context=call.context,
        inbound_id=call.path["inbound_id"],
        change=InboundChange(
            expected_at=body.expected_at,
            carrier=body.carrier,
            has_set_out=body.in_transit,
            reason=body.reason,
        ),
        expected_version=version_matched(call),
    )
    return _shown(changed)


async def post_inbound_receipt(call: Call) -> Inbound:
    body: ArrivalsBody = call.body
    if body.lines is not None and not body.lines and not body.complete:
        raise MalformedRequest(field="lines", problem="say what came, or that nothing will")
    return await receive_inbound(
        context=call.context,
        inbound_id=call.path["inbound_id"],
        arrivals=None if body.lines is None else _arrivals(body.lines),
        is_all=body.complete,
        reason=body.reason,
    )


async def post_inbound_cancellation(call: Call) -> Inbound:
    return await cancel_inbound(
        context=call.context, inbound_id=call.path["inbound_id"], reason=call.body.reason
    )


def _arrivals(lines: list[ArrivalBody]) -> list[Arrival]:
    checked = hold_lines_of([*lines])
    return [
        Arrival(
            sku=line.sku,
            quantity=line.quantity,
            lot=line.lot,
            units=line.units,
            condition=body.condition,
        )
        for line, body in zip(checked, lines, strict=True)
    ]


def _answer(inbound: Inbound) -> InboundAnswer:
    return InboundAnswer(
        inbound.id,
        inbound.kind,
        inbound.status,
        inbound.origin,
        inbound.destination,
        inbound.carrier,
        inbound.reference,
        inbound.expected_at,
        [_line(each) for each in inbound.lines],
        inbound.created_at,
        inbound.changed_at,
        inbound.version,
    )


def _line(line: InboundLine) -> InboundLineAnswer:
    return InboundLineAnswer(
        line.sku,
        line.lot or None,
        line.condition,
        line.quantity,
        line.coming,
        line.received,
        line.missing,
        line.cancelled,
        line.units,
        line.coming_units,
        line.missing_because,
    )


def _told(inbound: Inbound) -> Answer:
    location = (b"location", f"/api/v1/inbound/{inbound.id}".encode())
    return Answer(201, _answer(inbound), (entity_tag(inbound.version), location))


def _shown(inbound: Inbound) -> Answer:
    return Answer(200, _answer(inbound), (entity_tag(inbound.version),))


_ID = {"inbound_id": "The shipment's id."}
_OF_GOODS = (SkuUnknown, BundleHasNoStock, LocationNotFound)
_OF_PIECES = (LotNotFound, UnitNotFree)

ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/inbound",
        handler=post_inbound,
        present=_told,
        permission="inventory:write",
        summary="Expect goods of a supplier",
        body=InboundBody,
        answers={201: InboundAnswer},
        refusals=_OF_GOODS,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/transfers",
        handler=post_transfer,
        present=_told,
        permission="inventory:write",
        summary="Send pieces to another location",
        body=TransferBody,
        answers={201: InboundAnswer},
        refusals=(SameLocation, NotEnoughFree, *_OF_PIECES, *_OF_GOODS),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/inbound",
        handler=get_inbounds,
        permission="inventory:read",
        summary="Shipments on their way in, the newest first",
        query=InboundQuery,
        answers={200: Page[InboundAnswer]},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/inbound/{inbound_id}",
        handler=get_inbound,
        permission="inventory:read",
        summary="A shipment as it is now",
        answers={200: InboundAnswer},
        refusals=(InboundNotFound,),
        path_descriptions=_ID,
    ),
    Endpoint(
        method="PATCH",
        path="/api/v1/inbound/{inbound_id}",
        handler=patch_inbound,
        permission="inventory:write",
        summary="Expect a shipment at another time, or by another carrier",
        body=InboundChangeBody,
        answers={200: InboundAnswer},
        refusals=(InboundNotFound, InboundIsNot),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/inbound/{inbound_id}/receive",
        handler=post_inbound_receipt,
        present=_shown,
        permission="inventory:write",
        summary="Take in what came of a shipment, in part or whole",
        body=ArrivalsBody,
        body_optional=True,
        answers={200: InboundAnswer},
        refusals=(
            InboundNotFound,
            InboundIsNot,
            NotInInbound,
            MoreThanExpected,
            ReasonNeeded,
            UnitsMustBeNamed,
            *_OF_PIECES,
        ),
        path_descriptions=_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/inbound/{inbound_id}/cancel",
        handler=post_inbound_cancellation,
        present=_shown,
        permission="inventory:write",
        summary="Let what has not come of a shipment come no more; a transfer goes back",
        body=CancelBody,
        body_optional=True,
        answers={200: InboundAnswer},
        refusals=(InboundNotFound, InboundIsNot),
        path_descriptions=_ID,
    ),
]
