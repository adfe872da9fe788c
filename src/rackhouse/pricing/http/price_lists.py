"""Price lists over HTTP."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.channels import ChannelNotFound
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    entity_tag,
    version_matched,
)
from rackhouse.pricing.errors import (
    InvalidPricing,
    PriceListExists,
    PriceListInUse,
    PriceListNotFound,
    PriceListsCollide,
    TooManyPricingRules,
)
from rackhouse.pricing.price_lists import (
    PriceList,
    change_price_list,
    create_price_list,
    price_list_of,
    price_lists,
    remove_price_list,
)
from rackhouse.pricing.rules import Handle, PriceListTerms

__all__ = ["ENDPOINTS"]

_ID = {"price_list": "The id of the price list."}


class PriceListRequest(PriceListTerms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price list to put on record."""

    id: Annotated[
        Handle | None, Meta(description="Such as `vip-summer`; without, it is given one.")
    ] = None

    def terms(self) -> PriceListTerms:
        """All but the id."""
        return PriceListTerms(
            **{field: getattr(self, field) for field in PriceListTerms.__struct_fields__}
        )


class PriceListPlace(msgspec.Struct, frozen=True):
    """Where a page ended."""

    id: Handle


async def get_price_lists(call: Call) -> Answer:
    """The price lists in the order of their ids, as they are now."""
    query: PageQuery = call.query
    after = query.after(PriceListPlace)
    found = await price_lists(
        context=call.context, after=after.id if after else None, limit=query.limit + 1
    )
    return Answer(200, Page.of(found, query.limit, lambda last: PriceListPlace(last.id)))


async def post_price_list(call: Call) -> PriceList:
    """Put a price list on record. One that could not be told from another by which goes first is
    refused, and the other named."""
    request: PriceListRequest = call.body
    return await create_price_list(
        context=call.context, price_list=request.id, terms=request.terms()
    )


def created(made: PriceList) -> Answer:
    """A price list that was just made, and where it is."""
    location = (b"location", f"/api/v1/price-lists/{made.id}".encode())
    return Answer(201, made, (entity_tag(made.version), location))


async def get_price_list(call: Call) -> Answer:
    """One price list as it is now, with its version as the ETag."""
    found = await price_list_of(context=call.context, price_list=call.path["price_list"])
    return Answer(200, found, (entity_tag(found.version),))


async def put_price_list(call: Call) -> Answer:
    """Let a price list say otherwise from now on. What it said before stays on record."""
    changed = await change_price_list(
        context=call.context,
        price_list=call.path["price_list"],
        terms=call.body,
        expected_version=version_matched(call),
    )
    return Answer(200, changed, (entity_tag(changed.version),))


async def delete_price_list(call: Call) -> Answer:
    """Let a price list count no more. What it said before stays on record."""
    await remove_price_list(
        context=call.context,
        price_list=call.path["price_list"],
        expected_version=version_matched(call),
    )
    return Answer(204)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/price-lists",
        handler=get_price_lists,
        permission="pricing:read",
        summary="List the price lists",
        query=PageQuery,
        answers={200: Page[PriceList]},
    ),
    Endpoint(
        method="POST",
        path="/api/v1/price-lists",
        handler=post_price_list,
        present=created,
        permission="pricing:write",
        summary="Make a price list",
        body=PriceListRequest,
        answers={201: PriceList},
        refusals=(
            PriceListExists,
            PriceListsCollide,
            InvalidPricing,
            ChannelNotFound,
            TooManyPricingRules,
        ),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/price-lists/{price_list}",
        handler=get_price_list,
        permission="pricing:read",
        summary="Read a price list",
        answers={200: PriceList},
        refusals=(PriceListNotFound,),
        path_descriptions=_ID,
    ),
    Endpoint(
        method="PUT",
        path="/api/v1/price-lists/{price_list}",
        handler=put_price_list,
        permission="pricing:write",
        summary="Change a price list",
        body=PriceListTerms,
        answers={200: PriceList},
        refusals=(PriceListNotFound, PriceListsCollide, InvalidPricing, ChannelNotFound),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/price-lists/{price_list}",
        handler=delete_price_list,
        permission="pricing:write",
        summary="Remove a price list",
        answers={204: None},
        refusals=(PriceListNotFound, PriceListInUse),
        needs_if_match=True,
        path_descriptions=_ID,
    ),
)
