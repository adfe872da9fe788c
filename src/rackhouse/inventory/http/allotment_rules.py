"""The rules that fill allotments up, over HTTP."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.channels import ChannelDisabled, ChannelNotFound
from rackhouse.inventory.allotment_rules import (
    AllotmentRulePlace,
    allotment_rules,
    remove_allotment_rule,
    set_allotment_rule,
)
from rackhouse.inventory.errors import (
    AllotmentRuleNotFound,
    AllotmentRuleStale,
    BundleHasNoStock,
    InvalidAllotmentRule,
    LocationNotFound,
    OtherChannel,
    SellsElsewhere,
)
from rackhouse.inventory.http.shapes import QUANTITY_LIMIT
from rackhouse.inventory.rules import AllotmentRule
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS"]


class AllotmentRuleBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When fewer than ``minimum`` pieces are left in the allotment, it is filled up to
    ``level``."""

    level: Annotated[int, Meta(ge=1, le=QUANTITY_LIMIT)]
    minimum: Annotated[int, Meta(ge=1, le=QUANTITY_LIMIT, description="At most the level.")]
    paused: Annotated[bool, Meta(description="Whether the rule rests for now.")] = False
    expected_version: Annotated[int, Meta(ge=0)] | None = None


class RulesQuery(PageQuery, frozen=True, kw_only=True):
    """Which rules to list."""

    sku: Annotated[str | None, Meta(description="Only of this SKU.")] = None


class RemovalQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which version to remove."""

    expected_version: Annotated[
        Annotated[int, Meta(ge=0)] | None, Meta(description="Only if it is at this version.")
    ] = None


async def put_allotment_rule(call: Call) -> Answer:
    """The same again changes nothing."""
    body: AllotmentRuleBody = call.body
    rule = await set_allotment_rule(
        context=call.context,
        channel=call.path["channel"],
        sku=call.path["sku"],
        location=call.path["location"],
        level=body.level,
        minimum=body.minimum,
        paused=body.paused,
        expected_version=body.expected_version,
    )
    return Answer(200, rule)


async def delete_allotment_rule(call: Call) -> Answer:
    """What is in the allotment stays there."""
    query: RemovalQuery = call.query
    await remove_allotment_rule(
        context=call.context,
        channel=call.path["channel"],
        sku=call.path["sku"],
        location=call.path["location"],
        expected_version=query.expected_version,
    )
    return Answer(204)


async def get_allotment_rules(call: Call) -> Answer:
    query: RulesQuery = call.query
    found = await allotment_rules(
        context=call.context,
        channel=call.path["channel"],
        sku=query.sku,
        after=query.after(AllotmentRulePlace),
        limit=query.limit + 1,
    )
    place = lambda last: AllotmentRulePlace(last.channel, last.sku, last.location)  # noqa: E731
    return Answer(200, Page.of(found, query.limit, place))


_CHANNEL = {"channel": "The channel's handle, such as `pos-3`."}
_RULE = {**_CHANNEL, "sku": "A SKU.", "location": "A location that the channel sells from."}
_PATH = "/api/v1/channels/{channel}/allotments/rules"

ENDPOINTS = [
    Endpoint(
        method="GET",
        path=_PATH,
        handler=get_allotment_rules,
        permission="inventory:read",
        summary="The rules that fill a channel's allotments up",
        query=RulesQuery,
        answers={200: Page[AllotmentRule]},
        refusals=(ChannelNotFound, OtherChannel),
        path_descriptions=_CHANNEL,
    ),
    Endpoint(
        method="PUT",
        path=_PATH + "/{sku}/{location}",
        handler=put_allotment_rule,
        permission="inventory:write",
        summary="Fill an allotment up whenever little is left of it",
        body=AllotmentRuleBody,
        answers={200: AllotmentRule},
        refusals=(
            InvalidAllotmentRule,
            AllotmentRuleStale,
            SellsElsewhere,
            LocationNotFound,
            SkuUnknown,
            BundleHasNoStock,
            ChannelNotFound,
            ChannelDisabled,
            OtherChannel,
        ),
        path_descriptions=_RULE,
    ),
    Endpoint(
        method="DELETE",
        path=_PATH + "/{sku}/{location}",
        handler=delete_allotment_rule,
        permission="inventory:write",
        summary="Fill an allotment up no more",
        query=RemovalQuery,
        answers={204: None},
        refusals=(AllotmentRuleNotFound, AllotmentRuleStale, OtherChannel),
        path_descriptions=_RULE,
    ),
]
