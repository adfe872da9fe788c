"""Promises over HTTP: pre-orders and backorders."""

import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.channels import ChannelNotFound
from rackhouse.inventory.errors import BundleHasNoStock
from rackhouse.inventory.http.shapes import QUANTITY_LIMIT, Handle, Reason, Sku, Time
from rackhouse.inventory.inbound_errors import InboundNotFound, NotInInbound
from rackhouse.inventory.promise_errors import (
    CapBelowSold,
    CapOrChannelCaps,
    PromiseAlreadyOpen,
    PromiseInThePast,
    PromiseIsClosed,
    PromiseNotFound,
)
from rackhouse.inventory.promises import (
    PromiseChanges,
    change_promise,
    close_promise,
    open_promise,
    promise_of,
    promises,
)
from rackhouse.inventory.rules import PromiseKind, PromiseNow, PromisePart, PromiseTerms
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

CHANNELS_LIMIT = 100

Note = Annotated[str, Meta(max_length=500)]
Cap = Annotated[int, Meta(ge=0, le=QUANTITY_LIMIT)]
ChannelCaps = Annotated[dict[Handle, Cap], Meta(max_length=CHANNELS_LIMIT)]

_CAP = "How many pieces may be promised that have not come, by every channel together."
_CHANNEL_CAPS = "How many each of these channels may promise, instead of `cap`."
_PROMISED_AT = "When they are promised for."


class PromiseBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A promise to open: give ``cap`` or ``channel_caps``, not both."""

    sku: Sku
    kind: Annotated[
        PromiseKind,
        Meta(
            description="`pre_order` for what has never been here yet, `backorder` for what comes "
            "again."
        ),
    ]
    promised_at: Annotated[Time, Meta(description=_PROMISED_AT)]
    cap: Annotated[Cap | None, Meta(description=_CAP)] = None
    channel_caps: Annotated[ChannelCaps | None, Meta(description=_CHANNEL_CAPS)] = None
    note: Note | None = None
    inbound_id: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100)] | None,
        Meta(
            description="The shipment that brings the pieces: the promise moves with it, and "
            "shrinks by what comes with it."
        ),
    ] = None


class PromiseChangeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be otherwise; what is left out stays."""

    promised_at: Annotated[Time | None, Meta(description=_PROMISED_AT)] = None
    cap: Annotated[Cap | None, Meta(description=_CAP)] = None
    channel_caps: Annotated[ChannelCaps | None, Meta(description=_CHANNEL_CAPS)] = None
    note: Note | None = None
    reason: Reason = "changed"


class PartAnswer(msgspec.Struct, frozen=True):
    """The figures of one channel's own part of a promise."""

    channel: str
    cap: int
    available: int
    held: int
    sold: int


class PromiseAnswer(msgspec.Struct, frozen=True):
    """Pieces that are sold before they come.

    ``cap`` counts pieces that have not come: those that may still be sold (``available``), those
    in holds (``held``) and those that wait to be served (``sold``). It shrinks as they come.
    """

    sku: str
    kind: str
    status: Literal["open", "closed"]
    promised_at: datetime.datetime
    cap: int
    available: int
    held: int
    sold: int
    channels: list[PartAnswer]
    note: str | None
    inbound_id: str | None
    opened_at: datetime.datetime
    closed_at: datetime.datetime | None
    version: int


class PromiseDetail(PromiseAnswer, frozen=True):
    """A promise, and how many orders wait for what it promised."""

    waiting_orders: int


class PromisesQuery(PageQuery, frozen=True, kw_only=True):
    """Which promises to list."""

    status: Annotated[
        Literal["open", "closed"] | None, Meta(description="Only the open or the closed ones.")
    ] = None


async def post_promise(call: Call) -> PromiseNow:
    body: PromiseBody = call.body
    facts = {name: getattr(body, name) for name in PromiseTerms.__struct_fields__}
    return await open_promise(context=call.context, sku=body.sku, terms=PromiseTerms(**facts))


async def get_promises(call: Call) -> Answer:
    query: PromisesQuery = call.query
    found = await promises(
        context=call.context,
        after=query.after(str) or "",
        is_open=None if query.status is None else query.status == "open",
        limit=query.limit + 1,
    )
    page = Page.of(found, query.limit, lambda each: each.promise.sku)
    return Answer(200, Page([_detail(each) for each in page.items], page.next_cursor))


async def get_promise(call: Call) -> Answer:
    return _shown(await promise_of(context=call.context, sku=call.path["sku"]))


async def patch_promise(call: Call) -> Answer:
    """Whoever has bought is served by the new date."""
    changed = await change_promise(
        context=call.context,
        sku=call.path["sku"],
        changes=PromiseChanges(**msgspec.structs.asdict(call.body)),
        expected_version=version_matched(call),
    )
    return _shown(changed)


async def delete_promise(call: Call) -> Answer:
    """Nothing more is sold; what was sold stays promised until it has come or is cancelled."""
    closed = await close_promise(
        context=call.context,
        sku=call.path["sku"],
        reason="closed",
        expected_version=version_matched(call),
    )
    return _shown(closed)


def _opened(now: PromiseNow) -> Answer:
    location = (b"location", f"/api/v1/promises/{now.promise.sku}".encode())
    tag = entity_tag(now.promise.version)
    return Answer(201, PromiseAnswer(**_facts(now)), (tag, location))


def _shown(now: PromiseNow) -> Answer:
    return Answer(200, _detail(now), (entity_tag(now.promise.version),))


def _detail(now: PromiseNow) -> PromiseDetail:
    return PromiseDetail(**_facts(now), waiting_orders=now.waiting_orders)


def _facts(now: PromiseNow) -> dict[str, Any]:
    is_open = now.promise.closed_at is None
    parts = [_part(part, is_open=is_open) for part in now.parts]
    return {
        **msgspec.structs.asdict(now.promise),
        "status": "open" if is_open else "closed",
        "cap": sum(part.cap for part in parts),
        "available": sum(part.available for part in parts),
        "held": sum(part.held for part in parts),
        "sold": sum(part.sold for part in parts),
        "channels": [part for part in parts if part.channel],
    }


def _part(part: PromisePart, *, is_open: bool) -> PartAnswer:
    """Of a closed promise, what has lapsed of it and is not tidied up yet is on sale no more."""
    taken = part.held + part.sold
    cap = part.cap if is_open else taken
    return PartAnswer(part.channel, cap, cap - taken, part.held, part.sold)


_SKU = {"sku": "The SKU."}

ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/promises",
        handler=post_promise,
        present=_opened,
        permission="inventory:write",
        summary="Let pieces be sold before they come: a pre-order or a backorder",
        body=PromiseBody,
        answers={201: PromiseAnswer},
        refusals=(
            PromiseAlreadyOpen,
            PromiseInThePast,
            CapOrChannelCaps,
            CapBelowSold,
            InboundNotFound,
            NotInInbound,
            BundleHasNoStock,
            SkuUnknown,
            ChannelNotFound,
        ),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/promises",
        handler=get_promises,
        permission="inventory:read",
        summary="Promises in order of their SKUs",
        query=PromisesQuery,
        answers={200: Page[PromiseDetail]},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/promises/{sku}",
        handler=get_promise,
        permission="inventory:read",
        summary="A promise as it is now",
        answers={200: PromiseDetail},
        refusals=(PromiseNotFound,),
        path_descriptions=_SKU,
    ),
    Endpoint(
        method="PATCH",
        path="/api/v1/promises/{sku}",
        handler=patch_promise,
        permission="inventory:write",
        summary="Move the date of a promise, or allow more or fewer",
        body=PromiseChangeBody,
        answers={200: PromiseDetail},
        refusals=(
            PromiseNotFound,
            PromiseIsClosed,
            PromiseInThePast,
            CapOrChannelCaps,
            CapBelowSold,
            ChannelNotFound,
        ),
        needs_if_match=True,
        path_descriptions=_SKU,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/promises/{sku}",
        handler=delete_promise,
        permission="inventory:write",
        summary="Let nothing more be sold by a promise",
        answers={200: PromiseDetail},
        refusals=(PromiseNotFound,),
        needs_if_match=True,
        path_descriptions=_SKU,
    ),
]
