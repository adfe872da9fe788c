"""What there is at this moment, by product or SKU, at every location."""

from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.catalog import Component, components_of, skus_of_many
from rackhouse.inventory import store
from rackhouse.inventory.errors import StockNotFound
from rackhouse.inventory.rules import Key, Stock
from rackhouse.platform.context import Context, operation
from rackhouse.platform.group_read import GroupRead
from rackhouse.platform.house import House

__all__ = [
    "Availability",
    "AvailabilityAtLocation",
    "AvailabilityOfSku",
    "availability",
    "availability_text",
    "figures_of_sku",
    "recorded_stock",
    "stock_page",
]

READ_BATCH_LIMIT = 200


class AvailabilityAtLocation(msgspec.Struct, frozen=True):
    """The figures of a SKU at a location. ``version`` is the sequence number of its events."""

    location: str
    on_hand: int
    held: int
    committed: int
    available: int
    version: int


class AvailabilityOfSku(msgspec.Struct, frozen=True):
    """The figures of a SKU, in sum and by location."""

    sku: str
    on_hand: int
    reserved: int
    available: int
    locations: list[AvailabilityAtLocation]


class Availability(msgspec.Struct, frozen=True):
    """The figures of a product's SKUs."""

    product_id: str
    skus: list[AvailabilityOfSku]


class _AvailabilityReads:
    """This process's one reader of availability: equal questions share a query and its answer."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.texts: GroupRead[str, str] = GroupRead(self._texts, batch_limit=READ_BATCH_LIMIT)

    async def _texts(self, ids: Sequence[str]) -> Mapping[str, str]:
        found = await _availability_of(self._house, ids)
        return {id_: msgspec.json.encode(each).decode() for id_, each in found.items()}


@operation("inventory:read")
async def availability_text(*, context: Context, id: str) -> str:  # noqa: A002
    """The `Availability` of a product or SKU as JSON text; refuses with `StockNotFound`."""
    found = await context.house.the(_AvailabilityReads).texts.get(id)
    if found is None:
        raise StockNotFound(id=id)
    return found


@operation("inventory:read")
async def availability(*, context: Context, id: str) -> Availability:  # noqa: A002
    """What there is of a product or SKU as of now; refuses with `StockNotFound`.

    A bundle's figures are those of its scarcest component at each location.
    """
    found = await _availability_of(context.house, [id])
    if id not in found:
        raise StockNotFound(id=id)
    return found[id]


@operation("inventory:read")
async def recorded_stock(
    *, context: Context, skus: Sequence[str] | None, locations: Sequence[str] | None
) -> list[Stock]:
    """The figures as the newest events left them: what a stream's events continue."""
    async with context.house.database("inventory").transaction() as tx:
        return await store.recorded_stock(tx, skus=skus, locations=locations)


@operation("inventory:read")
async def stock_page(
    *, context: Context, after: Key | None, location: str | None, limit: int
) -> list[Stock]:
    """Stock rows in order of SKU and location."""
    async with context.house.database("inventory").transaction() as tx:
        return await store.stock_page(tx, after=after, location=location, limit=limit)


async def _availability_of(house: House, ids: Sequence[str]) -> dict[str, Availability]:
    products = await skus_of_many(house=house, ids=ids)
    asked = [sku for product in products.values() for sku in product.skus]
    components = await components_of(house=house, skus=asked)
    stocked = {each.sku for sku in asked for each in components[sku]}
    async with house.database("inventory").reading() as tx:
        rows = await store.stock_of_skus(tx, stocked)
    by_sku: dict[str, list[Stock]] = {}
    for row in rows:
        by_sku.setdefault(row[0], []).append(Stock(*row))
    return {
        id_: Availability(
            product.product_id,
            [figures_of_sku(sku, components[sku], by_sku) for sku in product.skus],
        )
        for id_, product in products.items()
    }


def figures_of_sku(
    sku: str, components: Sequence[Component], by_sku: Mapping[str, list[Stock]]
) -> AvailabilityOfSku:
    """The figures of a SKU from those of what it takes from stock."""
    if len(components) == 1 and components[0].sku == sku:
        places = [_at_location(row) for row in by_sku.get(sku, ())]
    else:
        places = _of_bundle(components, by_sku)
    return AvailabilityOfSku(
        sku,
        sum(place.on_hand for place in places),
        sum(place.held + place.committed for place in places),
        sum(place.available for place in places),
        places,
    )


def _at_location(row: Stock) -> AvailabilityAtLocation:
    return AvailabilityAtLocation(
        row.location, row.on_hand, row.held, row.committed, row.available, row.version
    )


def _of_bundle(
    components: Sequence[Component], by_sku: Mapping[str, list[Stock]]
) -> list[AvailabilityAtLocation]:
    rows = {(row.sku, row.location): row for each in components for row in by_sku.get(each.sku, ())}
    places = []
    for location in sorted({location for _, location in rows}):
        at = [rows.get((each.sku, location), Stock(each.sku, location)) for each in components]
        bundles = [(row, each.quantity) for row, each in zip(at, components, strict=True)]
        on_hand = min(row.on_hand // count for row, count in bundles)
        available = min(row.available // count for row, count in bundles)
        version = sum(row.version for row in at)
        places.append(
            AvailabilityAtLocation(location, on_hand, on_hand - available, 0, available, version)
        )
    return places
