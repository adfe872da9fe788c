"""What SKUs cost, and the prices in a list, over HTTP."""

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.channels import BoundToAnotherChannel, ChannelNotFound
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    cursor_of,
    entity_tag,
    version_matched,
)
from rackhouse.pricing.asking import SKUS_LIMIT, prices_of
from rackhouse.pricing.errors import (
    CustomersHaveNoGroup,
    InvalidPricing,
    PriceListNotFound,
    PricesCollide,
)
from rackhouse.pricing.rules import (
    QUANTITY_LIMIT,
    Country,
    Currency,
    Handle,
    Priced,
    Region,
    Sku,
    Time,
)
from rackhouse.pricing.setting import (
    PRICES_LIMIT,
    ListedPrice,
    PricePlace,
    PricesWritten,
    prices_in_list,
    set_prices,
)

__all__ = ["ENDPOINTS"]

SKUS_LENGTH_LIMIT = 8_000
EARLIEST = datetime.datetime(1980, 1, 1, tzinfo=datetime.UTC)
LATEST = datetime.datetime(9000, 1, 1, tzinfo=datetime.UTC)
_PRICE_LIST_ID = {"price_list": "The id of the price list."}


class PricesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Whose prices, of how many pieces, for whom, where and when."""

    sku: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=SKUS_LENGTH_LIMIT,
            description=f"1 to {SKUS_LIMIT} SKUs, with commas between them.",
        ),
    ]
    quantity: Annotated[
        int, Meta(ge=1, le=QUANTITY_LIMIT, description="Of how many pieces of each.")
    ] = 1
    channel: Annotated[
        Handle | None, Meta(description="Through which channel; without, what counts everywhere.")
    ] = None
    currency: Annotated[
        Currency | None,
        Meta(description="Without, the first price list that has a price decides."),
    ] = None
    group: Annotated[Handle | None, Meta(description="For which customer group.")] = None
    country: Annotated[
        Country | None, Meta(description="Whose taxes; without, those of the price list.")
    ] = None
    region: Annotated[Region | None, Meta(description="The part of the country.")] = None
    as_of: Annotated[
        Time | None,
        Meta(description="A time that has passed or is to come, as `2026-11-20T12:00:00Z`."),
    ] = None


class PricesAnswer(msgspec.Struct, frozen=True):
    """The price of each SKU, in the order in which they were asked for."""

    items: list[Priced]


class ListQuery(PageQuery, frozen=True, kw_only=True):
    """Which prices of a list."""

    sku: Annotated[Sku | None, Meta(description="Only of this SKU.")] = None


class PricesBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prices to set. Each SKU that is named has these and no other in the list from now on."""

    prices: Annotated[tuple[ListedPrice, ...], Meta(max_length=PRICES_LIMIT)] = ()
    removed_skus: Annotated[
        tuple[Sku, ...],
        Meta(max_length=PRICES_LIMIT, description="SKUs that have no price there any more."),
    ] = ()


async def get_prices(call: Call) -> Answer:
    """What each SKU costs, with the price list and the promotions that make it, the lowest price of
    the last 30 days and the reasons in words. An SKU with a comma in it can not be asked for."""
    query: PricesQuery = call.query
    as_of = query.as_of
    if as_of is not None and not EARLIEST <= as_of <= LATEST:
        raise InvalidPricing(field="as_of", problem="write a time from 1980 to 8999")
    found = await prices_of(
        context=call.context,
        skus=[each.strip() for each in query.sku.split(",")],
        quantity=query.quantity,
        channel=query.channel,
        currency=query.currency,
        customer_group=query.group,
        country=query.country,
        region=query.region,
        as_of=None if as_of is None else as_of.astimezone(datetime.UTC),
    )
    return Answer(200, PricesAnswer(found))


async def get_price_list_prices(call: Call) -> Answer:
    """The prices in a list, in the order of SKUs and quantities. The ETag is the version of them
    all."""
    query: ListQuery = call.query
    page = await prices_in_list(
        context=call.context,
        price_list=call.path["price_list"],
        sku=query.sku,
        after=query.after(PricePlace),
        limit=query.limit + 1,
    )
    items = [price for _, price in page.prices[: query.limit]]
    more = len(page.prices) > query.limit
    cursor = cursor_of(page.prices[query.limit - 1][0]) if more else None
    return Answer(200, Page(items, cursor), (entity_tag(page.version),))


async def put_price_list_prices(call: Call) -> Answer:
    """Set prices of up to 1,000 SKUs and quantities at once; all or none. SKUs that are not named
    keep theirs. If-Match is the ETag of the prices, or `*`."""
    body: PricesBody = call.body
    written = await set_prices(
        context=call.context,
        price_list=call.path["price_list"],
        prices=body.prices,
        removed_skus=body.removed_skus,
        expected_version=version_matched(call),
    )
    return Answer(200, written, (entity_tag(written.version),))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/prices",
        handler=get_prices,
        permission="prices:read",
        summary="What SKUs cost, and why",
        query=PricesQuery,
        answers={200: PricesAnswer},
        refusals=(
            SkuUnknown,
            ChannelNotFound,
            BoundToAnotherChannel,
            CustomersHaveNoGroup,
            InvalidPricing,
        ),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/price-lists/{price_list}/prices",
        handler=get_price_list_prices,
        permission="pricing:read",
        summary="List the prices in a price list",
        query=ListQuery,
        answers={200: Page[ListedPrice]},
        refusals=(PriceListNotFound,),
        path_descriptions=_PRICE_LIST_ID,
    ),
    Endpoint(
        method="PUT",
        path="/api/v1/price-lists/{price_list}/prices",
        handler=put_price_list_prices,
        permission="pricing:write",
        summary="Set prices in a price list",
        body=PricesBody,
        answers={200: PricesWritten},
        refusals=(PriceListNotFound, SkuUnknown, InvalidPricing, PricesCollide),
        needs_if_match=True,
        path_descriptions=_PRICE_LIST_ID,
    ),
)
