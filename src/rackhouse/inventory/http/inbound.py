"""Shipments over HTTP: what suppliers send, and transfers between locations."""

from typing import Any

from rackhouse.catalog import SkuUnknown
from rackhouse.inventory.errors import (
    BundleHasNoStock,
    LocationNotFound,
    LotNotFound,
    NotEnoughFree,
    UnitNotFree,
    UnitsMustBeNamed,
)
from rackhouse.inventory.http.inbound_shapes import (
    ArrivalsBody,
    CancelBody,
    InboundAnswer,
    InboundBody,
    InboundChangeBody,
    InboundQuery,
    TransferBody,
    arrivals_of,
    inbound_answer,
)
from rackhouse.inventory.http.receiving import receive_lines_of
from rackhouse.inventory.http.shapes import hold_lines_of
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
from rackhouse.inventory.inbound_errors import (
    ExpectedInThePast,
    InboundIsNot,
    InboundNotFound,
    MoreThanExpected,
    NotInInbound,
    ReasonNeeded,
    SameLocation,
)
from rackhouse.inventory.rules import STILL_COMING, Inbound, InboundChange
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    entity_tag,
    version_matched,
)

__all__ = ["ENDPOINTS"]


async def post_inbound(call: Call) -> Inbound:
    body: InboundBody = call.body
    return await expect_inbound(
        context=call.context,
        supplier=body.supplier,
        shipment=body.shipment(receive_lines_of(body.lines)),
    )


async def post_transfer(call: Call) -> Inbound:
    body: TransferBody = call.body
    return await send_transfer(
        context=call.context,
        origin=body.origin,
        shipment=body.shipment(hold_lines_of(body.lines)),
        condition=body.condition,
    )


async def get_inbounds(call: Call) -> Answer:
    query: InboundQuery = call.query
    statuses: Any = STILL_COMING if query.status == "open" else query.status and [query.status]
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
    return Answer(200, Page([inbound_answer(each) for each in page.items], page.next_cursor))


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
        arrivals=None if body.lines is None else arrivals_of(body.lines),
        is_all=body.complete,
        reason=body.reason,
    )


async def post_inbound_cancellation(call: Call) -> Inbound:
    return await cancel_inbound(
        context=call.context, inbound_id=call.path["inbound_id"], reason=call.body.reason
    )


def _told(inbound: Inbound) -> Answer:
    location = (b"location", f"/api/v1/inbound/{inbound.id}".encode())
    return Answer(201, inbound_answer(inbound), (entity_tag(inbound.version), location))


def _shown(inbound: Inbound) -> Answer:
    return Answer(200, inbound_answer(inbound), (entity_tag(inbound.version),))


_ID = {"inbound_id": "The shipment's id."}
_OF_GOODS = (SkuUnknown, BundleHasNoStock, LocationNotFound, ExpectedInThePast)
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
        refusals=(InboundNotFound, InboundIsNot, ExpectedInThePast),
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
