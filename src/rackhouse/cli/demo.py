"""The demo house: something to look at and to sell on the first evening."""

import hashlib
from collections.abc import Iterator

from rackhouse.catalog import ORDERS, ListedProduct, Sought, load_demo_catalog, products_page
from rackhouse.channels import Terms, list_channels, open_channel
from rackhouse.cli.demo_lots import LOTS, lines_of_lots, register_lots
from rackhouse.cli.session import administrator
from rackhouse.inventory import Line, open_location, receive_stock, recorded_stock
from rackhouse.platform.context import Context
from rackhouse.platform.house import House

__all__ = ["load_demo"]

LOCATIONS = (
    ("warehouse", "Warehouse Rotterdam", "warehouse", 51.8865, 4.4279),
    ("shop-berlin", "Shop Berlin", "shop", 52.5027, 13.3310),
    ("shop-paris", "Shop Paris", "shop", 48.8606, 2.3376),
)
CHANNELS = {
    "web": Terms(
        name="Web shop",
        kind="web_shop",
        locations=("warehouse", "shop-berlin", "shop-paris"),
        enabled=True,
    ),
    "pos-berlin": Terms(
        name="Till Berlin", kind="pos", locations=("shop-berlin", "warehouse"), enabled=True
    ),
    "pos-paris": Terms(
        name="Till Paris", kind="pos", locations=("shop-paris", "warehouse"), enabled=True
    ),
    "marketplace": Terms(
        name="Marketplace", kind="marketplace", locations=("warehouse",), enabled=True
    ),
    "social": Terms(name="Social shop", kind="social_shop", locations=("warehouse",), enabled=True),
}
LIMITED_TAG = "limited"
SKUS_WITH_LOTS = frozenset(each.sku for each in LOTS)
PRODUCTS_LIMIT = 1000
LINES_LIMIT = 200


async def load_demo(house: House) -> bool:
    """Put a catalog, locations, stock and channels into a house that has no channel yet; says
    whether it did.

    The channels come last, so that a load that was cut short is done again; stock is received
    only where none was received before.
    """
    context = administrator(house)
    if await list_channels(context=context, after=None, limit=1):
        return False
    await load_demo_catalog(context=context)
    await _open_locations(context)
    await register_lots(context)
    products = await products_page(
        context=context, sought=Sought(), order=ORDERS["name"], after=None, limit=PRODUCTS_LIMIT
    )
    for location, *_ in LOCATIONS:
        await _open_stock(context, location, products)
    for channel_id, terms in CHANNELS.items():
        await open_channel(context=context, channel_id=channel_id, terms=terms)
    return True


async def _open_locations(context: Context) -> None:
    for location, name, kind, latitude, longitude in LOCATIONS:
        await open_location(
            context=context,
            location=location,
            name=name,
            kind=kind,
            latitude=latitude,
            longitude=longitude,
        )


async def _open_stock(context: Context, location: str, products: list[ListedProduct]) -> None:
    lines = [line for product in products for line in _opening_lines(product, location)]
    recorded = await recorded_stock(context=context, skus=None, locations=[location])
    stocked = {row.sku for row in recorded if row.version}
    missing = [line for line in lines if line.sku not in stocked]
    for start in range(0, len(missing), LINES_LIMIT):
        await receive_stock(
            context=context,
            location=location,
            lines=missing[start : start + LINES_LIMIT],
            reference="demo: opening stock",
        )


def _opening_lines(product: ListedProduct, location: str) -> Iterator[Line]:
    """The pieces of each SKU at a location: the same on every machine, few of what is limited; by
    lot where there are any."""
    limited = LIMITED_TAG in product.tags
    most = 3 if limited else 60 if location == "warehouse" else 12
    for variant in product.variants:
        if variant.is_bundle:
            continue
        if variant.sku in SKUS_WITH_LOTS:
            yield from lines_of_lots(variant.sku, location)
            continue
        chance = hashlib.blake2b(f"{variant.sku}@{location}".encode(), digest_size=4).digest()
        pieces = int.from_bytes(chance) % (most + 1)
        if location == "warehouse":
            pieces = max(pieces, 1)
        if pieces:
            yield Line(variant.sku, pieces)
