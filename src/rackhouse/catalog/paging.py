"""Lists of products: sought by what is said of them, in one of a few orders, page by page."""

import datetime
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rackhouse.catalog import store
from rackhouse.catalog.rules.fields import filterable_fields
from rackhouse.catalog.rules.filter_paths import path_of
from rackhouse.catalog.rules.filters import wanted_in
from rackhouse.catalog.rules.life import State
from rackhouse.catalog.rules.listing import ListedProduct, lowest_price_minor
from rackhouse.catalog.rules.variants import PRICE_MINOR_MAX
from rackhouse.catalog.seeing import sees_drafts
from rackhouse.catalog.types_in_force import types_in_force
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House

__all__ = ["ORDERS", "Order", "Sought", "products_page"]

ID_LENGTH_MAX = 64
KEY_LENGTH_MAX = 200

_Text = Annotated[str, Meta(max_length=KEY_LENGTH_MAX, pattern="^[^\\x00-\\x1f]*$")]
_Price = Annotated[int, Meta(ge=0, le=PRICE_MINOR_MAX)]
_Id = Annotated[str, Meta(max_length=ID_LENGTH_MAX, pattern="^[a-z0-9._-]+$")]


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which products to list; None asks nothing. ``category`` includes all below it, ``q`` is a
    part of the name, in small or capital letters, and ``filter`` is as it is written in search.
    ``state`` is that of the moment."""

    type: str | None = None
    brand: str | None = None
    category: str | None = None
    tag: str | None = None
    q: str | None = None
    filter: str | None = None
    state: State | None = None


class Order(msgspec.Struct, frozen=True):
    """One order of lists. A place in it is the order's name, a product's key in it, and its id;
    ``place_type`` is what a place must look like."""

    name: str
    place_type: Any
    key: Callable[[ListedProduct], Any]
    page: Callable[..., Awaitable[list[ListedProduct]]]

    def place_of(self, product: ListedProduct) -> tuple[Any, ...]:
        """The place of a product in this order."""
        return (self.name, self.key(product), product.id)


_BY_NAME = Order(
    "name",
    tuple[Literal["name"], _Text, _Id],
    lambda product: product.name,
    store.page_by_name,
)
_CHEAPEST_FIRST = Order(
    "price",
    tuple[Literal["price"], _Price | None, _Id],
    lowest_price_minor,
    store.page_by_lowest_price,
)
_DEAREST_FIRST = Order(
    "-price",
    tuple[Literal["-price"], _Price | None, _Id],
    lowest_price_minor,
    store.page_by_highest_price,
)
_LATEST_CHANGE_FIRST = Order(
    "-updated_at",
    tuple[Literal["-updated_at"], datetime.datetime, _Id],
    lambda product: product.updated_at,
    store.page_by_update,
)
_LATEST_RELEASE_FIRST = Order(
    "-release_date",
    tuple[Literal["-release_date"], datetime.date | None, _Id],
    lambda product: product.release_date,
    store.page_by_release,
)

ORDERS = {
    order.name: order
    for order in (
        _BY_NAME,
        _CHEAPEST_FIRST,
        _DEAREST_FIRST,
        _LATEST_CHANGE_FIRST,
        _LATEST_RELEASE_FIRST,
    )
}


@operation("catalog:read")
async def products_page(
    *,
    context: Context,
    sought: Sought,
    order: Order,
    after: tuple[Any, ...] | None,
    limit: int,
) -> list[ListedProduct]:
    """At most ``limit`` products that are as sought, after a place in an order. Who sees no drafts
    gets those that are live. Refuses with `FilterUnknown` and `FilterUnreadable`."""
    path = await _path(context.house, sought.filter)
    if not sees_drafts(context.caller):
        if sought.state not in (None, "live"):
            return []
        sought = msgspec.structs.replace(sought, state="live")
    asked = {**msgspec.structs.asdict(sought), "fits": path}
    del asked["filter"]
    async with context.house.database("catalog").transaction() as tx:
        return await order.page(tx, asked, after[1:] if after else None, limit)


async def _path(house: House, text: str | None) -> str | None:
    if text is None:
        return None
    types = await types_in_force(house=house)
    wanted = wanted_in(text, filterable_fields(types.values()))
    return path_of(wanted, types) if wanted else None
