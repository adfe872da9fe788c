"""Lots over HTTP."""

import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from rackhouse.catalog import SkuUnknown
from rackhouse.inventory import lots, recalls
from rackhouse.inventory.errors import BundleHasNoStock, LotNotFound
from rackhouse.inventory.http.shapes import Lot, Reason, Sku
from rackhouse.inventory.lot_errors import (
    InvalidLot,
    LotExists,
    LotIsRecalled,
    LotNotRecalled,
    LotVersionStale,
    NumberedIsFixed,
)
from rackhouse.inventory.lots import LotPlace
from rackhouse.inventory.recalls import HoldWithLot
from rackhouse.inventory.rules.lot_attributes import ATTRIBUTES_SCHEMA, FLAVOR_SCHEMA
from rackhouse.inventory.rules.lots import NUMBERED_LIMIT, LotChanges, LotFacts, LotNow
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    entity_tag,
    version_matched,
)

__all__ = ["ENDPOINTS", "OF_LOT"]

Moment = Annotated[datetime.datetime, Meta(tz=True)]
Numbered = Annotated[int, Meta(ge=1, le=NUMBERED_LIMIT)]
Status = Literal["sellable", "unreleased", "expired", "recalled"]

_MADE_ON = Meta(description="The day on which it was made or bottled.")
_RELEASE_AT = Meta(description="Before this time none of it is sold.")
_EXPIRES_AT = Meta(description="From this time on none of it is sold.")
_NUMBERED = Meta(description="How many numbered units there are in all; null for none.")
_FLAVORS = Meta(
    description="Flavors with scores from 0 to 100, or a list of words.",
    extra_json_schema=FLAVOR_SCHEMA,
)
_ATTRIBUTES = Meta(
    description="Anything else, by name, each with its `kind` and a `value` of that kind.",
    extra_json_schema=ATTRIBUTES_SCHEMA,
)


class LotBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch to make known."""

    sku: Sku
    lot: Lot
    made_on: Annotated[datetime.date | None, _MADE_ON] = None
    release_at: Annotated[Moment | None, _RELEASE_AT] = None
    expires_at: Annotated[Moment | None, _EXPIRES_AT] = None
    numbered: Annotated[Numbered | None, _NUMBERED] = None
    flavor_profile: Annotated[Any, _FLAVORS] = None
    attributes: Annotated[Any, _ATTRIBUTES] = msgspec.field(default_factory=dict)

    def facts(self) -> LotFacts:
        """What is said of it."""
        return LotFacts(**{name: getattr(self, name) for name in LotFacts.__struct_fields__})


class LotChangesBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a lot: what is left out stays, null takes it away."""

    made_on: Annotated[datetime.date | UnsetType | None, _MADE_ON] = UNSET
    release_at: Annotated[Moment | UnsetType | None, _RELEASE_AT] = UNSET
    expires_at: Annotated[Moment | UnsetType | None, _EXPIRES_AT] = UNSET
    numbered: Annotated[Numbered | UnsetType | None, _NUMBERED] = UNSET
    flavor_profile: Annotated[Any, _FLAVORS] = UNSET
    attributes: Annotated[Any, _ATTRIBUTES] = UNSET

    def changes(self) -> LotChanges:
        """What is to be changed."""
        return LotChanges(**msgspec.structs.asdict(self))


class WhyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why, which is kept."""

    reason: Reason


class LotsQuery(PageQuery, frozen=True, kw_only=True):
    """Which lots to list."""

    sku: Annotated[Sku | None, Meta(description="Only of this SKU.")] = None
    status: Annotated[Status | None, Meta(description="Only in this status.")] = None


async def post_lot(call: Call) -> LotNow:
    body: LotBody = call.body
    return await lots.register_lot(
        context=call.context, sku=body.sku, lot=body.lot, facts=body.facts()
    )


async def get_lots(call: Call) -> Answer:
    query: LotsQuery = call.query
    found = await lots.lots_of(
        context=call.context,
        sku=query.sku,
        status=query.status,
        after=query.after(LotPlace),
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, lambda each: LotPlace(each.sku, each.lot)))


async def get_lot(call: Call) -> Answer:
    return _lot(await lots.lot_of(context=call.context, **call.path))


async def patch_lot(call: Call) -> Answer:
    body: LotChangesBody = call.body
    found = await lots.change_lot(
        context=call.context,
        changes=body.changes(),
        expected_version=version_matched(call),
        **call.path,
    )
    return _lot(found)


async def post_recall(call: Call) -> LotNow:
    return await lots.recall_lot(context=call.context, reason=call.body.reason, **call.path)


async def post_reinstatement(call: Call) -> LotNow:
    return await lots.reinstate_lot(context=call.context, reason=call.body.reason, **call.path)


async def get_holds_with_lot(call: Call) -> Answer:
    """Holds of another channel or customer than the caller's own are left out."""
    query: PageQuery = call.query
    found = await recalls.holds_with_lot(
        context=call.context, after=query.after(UUID), limit=query.limit + 1, **call.path
    )
    return Answer(200, Page.of(found, query.limit, lambda each: each.hold_id))


def _lot(lot: LotNow) -> Answer:
    return Answer(200, lot, (entity_tag(lot.version),))


def _registered(lot: LotNow) -> Answer:
    location = (b"location", f"/api/v1/lots/{quote(lot.sku, safe='')}/{lot.lot}".encode())
    return Answer(201, lot, (entity_tag(lot.version), location))


OF_LOT = {"sku": "The SKU.", "lot": "The lot, which is its batch number."}
_LOT_PATH = "/api/v1/lots/{sku}/{lot}"

ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/lots",
        handler=post_lot,
        present=_registered,
        permission="inventory:write",
        summary="Make a lot known",
        body=LotBody,
        answers={201: LotNow},
        refusals=(InvalidLot, LotExists, SkuUnknown, BundleHasNoStock),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/lots",
        handler=get_lots,
        permission="inventory:read",
        summary="Lots with their status at this moment",
        query=LotsQuery,
        answers={200: Page[LotNow]},
    ),
    Endpoint(
        method="GET",
        path=_LOT_PATH,
        handler=get_lot,
        permission="inventory:read",
        summary="A lot with its status at this moment",
        answers={200: LotNow},
        refusals=(LotNotFound,),
        path_descriptions=OF_LOT,
    ),
    Endpoint(
        method="PATCH",
        path=_LOT_PATH,
        handler=patch_lot,
        permission="inventory:write",
        summary="Say something else of a lot",
        body=LotChangesBody,
        answers={200: LotNow},
        refusals=(LotNotFound, LotVersionStale, InvalidLot, NumberedIsFixed),
        needs_if_match=True,
        path_descriptions=OF_LOT,
    ),
    Endpoint(
        method="POST",
        path=f"{_LOT_PATH}/recall",
        handler=post_recall,
        present=_lot,
        permission="inventory:recall",
        summary="Freeze a lot everywhere: none of it is held, sold or sent out any more",
        body=WhyBody,
        answers={200: LotNow},
        refusals=(LotNotFound, LotIsRecalled),
        path_descriptions=OF_LOT,
    ),
    Endpoint(
        method="POST",
        path=f"{_LOT_PATH}/reinstate",
        handler=post_reinstatement,
        present=_lot,
        permission="inventory:recall",
        summary="Lift the recall of a lot",
        body=WhyBody,
        answers={200: LotNow},
        refusals=(LotNotFound, LotNotRecalled),
        path_descriptions=OF_LOT,
    ),
    Endpoint(
        method="GET",
        path=f"{_LOT_PATH}/holds",
        handler=get_holds_with_lot,
        permission="holds:read",
        summary="Who has pieces of a lot: every hold and order, shipped or not",
        query=PageQuery,
        answers={200: Page[HoldWithLot]},
        refusals=(LotNotFound,),
        path_descriptions=OF_LOT,
    ),
]
