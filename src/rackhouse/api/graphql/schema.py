"""The GraphQL schema: what may be asked for."""

from typing import Annotated

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from rackhouse.api.graphql.asking import Info
from rackhouse.api.graphql.changes import STREAM_TYPES, Subscription
from rackhouse.api.graphql.orders import Hold, Order, OrderStatus
from rackhouse.api.graphql.paging import (
    BIG_INT,
    FIRST_DEFAULT,
    After,
    BigInt,
    Connection,
    First,
    TextKey,
    asked_page,
    described,
    field,
    page_of,
)
from rackhouse.api.graphql.products import Product, Variant, products_found, variant_of
from rackhouse.api.graphql.stock import Location, Lot, LotStatus, StockRow
from rackhouse.catalog import Sought, product_of
from rackhouse.inventory import Hold as InventoryHold
from rackhouse.inventory import (
    HoldPlace,
    LotPlace,
    hold_of,
    hold_page,
    locations,
    lot_of,
    lots_of,
    stock_page,
)
from rackhouse.orders import Order as PlacedOrder
from rackhouse.orders import OrderPlace, order_of, order_page

__all__ = ["SCHEMA", "schema_text"]


def _only(what: str) -> object:
    return strawberry.argument(description=f"Only {what}.")


OfSku = Annotated[strawberry.ID | None, _only("of this SKU")]
OfChannel = Annotated[strawberry.ID | None, _only("through this channel")]


@described
class Query:
    """What there is. Each field needs the permission that its path in the REST API needs."""

    @field("A product; needs `catalog:read`.")
    async def product(self, info: Info, id: strawberry.ID) -> Product | None:  # noqa: A002
        context = info.context.context
        return Product.of(await product_of(context=context, product_id=id, only_type=None))

    @field("Products, filtered and sorted; needs `catalog:read`.")
    async def products(
        self,
        info: Info,
        first: First = FIRST_DEFAULT,
        after: After = None,
        type: Annotated[str | None, _only("of this product type")] = None,  # noqa: A002
        brand: Annotated[str | None, _only("of this brand")] = None,
        category: Annotated[str | None, _only("in this category or below it")] = None,
        tag: Annotated[str | None, _only("with this tag")] = None,
        q: Annotated[str | None, _only("with this text in the name")] = None,
        sort: Annotated[
            str,
            strawberry.argument(
                description="name, price, -price, -updated_at or -release_date; `-` is downwards."
            ),
        ] = "name",
    ) -> Connection[Product] | None:
        sought = Sought(type=type, brand=brand, category=category, tag=tag, q=q)
        page: Connection[Product] = await products_found(
            info, sought=sought, sort=sort, first=first, after=after
        )
        return page

    @field("The variant of a SKU, null if there is none; `catalog:read`.")
    async def variant(self, info: Info, sku: strawberry.ID) -> Variant | None:
        return await variant_of(info, sku)

    @field("Locations in order of their ids; needs `inventory:read`.")
    async def locations(
        self, info: Info, first: First = FIRST_DEFAULT, after: After = None
    ) -> Connection[Location] | None:
        place = asked_page(first, after, TextKey) or ""
        found = await locations(context=info.context.context, after=place, limit=first + 1)
        page: Connection[Location] = page_of(found, first, after, lambda each: each.id, Location.of)
        return page

    @field("Stock by SKU and location; needs `inventory:read`.")
    async def stock(
        self,
        info: Info,
        first: First = FIRST_DEFAULT,
        after: After = None,
        location: Annotated[strawberry.ID | None, _only("at this location")] = None,
    ) -> Connection[StockRow] | None:
        place = asked_page(first, after, tuple[TextKey, TextKey])
        found = await stock_page(
            context=info.context.context, after=place, location=location, limit=first + 1
        )
        page: Connection[StockRow] = page_of(
            found, first, after, lambda row: (row.sku, row.location), StockRow.of
        )
        return page

    @field("A lot as it is now; needs `inventory:read`.")
    async def lot(self, info: Info, sku: strawberry.ID, lot: strawberry.ID) -> Lot | None:
        return Lot.now(await lot_of(context=info.context.context, sku=sku, lot=lot))

    @field("Lots in order of SKU and id; needs `inventory:read`.")
    async def lots(
        self,
        info: Info,
        first: First = FIRST_DEFAULT,
        after: After = None,
        sku: OfSku = None,
        status: Annotated[LotStatus | None, _only("in this status")] = None,
    ) -> Connection[Lot] | None:
        found = await lots_of(
            context=info.context.context,
            sku=sku,
            status=status.value if status else None,
            after=asked_page(first, after, LotPlace),
            limit=first + 1,
        )
        page: Connection[Lot] = page_of(
            found, first, after, lambda lot: LotPlace(lot.sku, lot.lot), Lot.now
        )
        return page

    @field("A hold as it is now; needs `holds:read`.")
    async def hold(self, info: Info, id: strawberry.ID) -> Hold | None:  # noqa: A002
        return Hold.of(await hold_of(context=info.context.context, hold_id=id))

    @field("Running holds, the ones that end first in front; needs `holds:read`.")
    async def holds(
        self,
        info: Info,
        first: First = FIRST_DEFAULT,
        after: After = None,
        sku: OfSku = None,
        channel: OfChannel = None,
    ) -> Connection[Hold] | None:
        found = await hold_page(
            context=info.context.context,
            sku=sku,
            channel=channel,
            after=asked_page(first, after, HoldPlace),
            limit=first + 1,
        )
        page: Connection[Hold] = page_of(found, first, after, _hold_place, Hold.of)
        return page

    @field("An order as it is now; needs `orders:read`.")
    async def order(self, info: Info, id: strawberry.ID) -> Order | None:  # noqa: A002
        return Order.of(await order_of(context=info.context.context, order_id=id))

    @field("Orders, the newest first; needs `orders:read`.")
    async def orders(
        self,
        info: Info,
        first: First = FIRST_DEFAULT,
        after: After = None,
        channel: OfChannel = None,
        customer_id: Annotated[strawberry.ID | None, _only("of this customer")] = None,
        external_id: Annotated[str | None, _only("with this number of its channel")] = None,
        status: Annotated[OrderStatus | None, _only("in this status")] = None,
    ) -> Connection[Order] | None:
        found = await order_page(
            context=info.context.context,
            before=asked_page(first, after, OrderPlace),
            channel=channel,
            customer_id=customer_id,
            external_id=external_id,
            status=status.value if status else None,
            limit=first + 1,
        )
        page: Connection[Order] = page_of(found, first, after, _order_place, Order.of)
        return page


def _hold_place(hold: InventoryHold) -> HoldPlace:
    return HoldPlace(hold.expires_at, hold.id)


def _order_place(order: PlacedOrder) -> OrderPlace:
    return OrderPlace(order.placed_at, order.id)


_MADE = strawberry.Schema(
    query=Query,
    subscription=Subscription,
    types=STREAM_TYPES,
    config=StrawberryConfig(scalar_map={BigInt: BIG_INT}),
)

SCHEMA: GraphQLSchema = _MADE._schema
"""What graphql-core parses, validates and executes against."""


def schema_text() -> str:
    """The schema in GraphQL's own language (SDL)."""
    return _MADE.as_str() + "\n"
