"""Facts about SKUs and products, answered from memory: every hold and every order asks."""

import datetime
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rackhouse.catalog import store
from rackhouse.catalog.errors import SkuUnknown
from rackhouse.catalog.rules import Component
from rackhouse.catalog.rules.life import ALWAYS_LIVE, Life, Stage
from rackhouse.catalog.types_in_force import TypesInForce
from rackhouse.platform.cache import FactCache
from rackhouse.platform.events import Event
from rackhouse.platform.house import House

__all__ = [
    "CatalogFacts",
    "Offer",
    "ProductSkus",
    "Sale",
    "components_of",
    "forget_changed",
    "offers_of",
    "sales_of",
    "skus_of",
    "skus_of_many",
]


OF_A_TYPE = "product-type:"


class Offer(msgspec.Struct, frozen=True):
    """What a SKU is called and costs, in minor units of ``currency``; None is not priced."""

    sku: str
    product_id: str
    name: str
    price_minor: int | None
    currency: str | None


class ProductSkus(msgspec.Struct, frozen=True):
    """SKUs of one product, in the order of its variants."""

    product_id: str
    skus: tuple[str, ...]


class Sale(msgspec.Struct, frozen=True):
    """What a SKU takes from stock, and when it is for sale: ``life`` is that of its product, None
    for one that always is."""

    components: tuple[Component, ...]
    life: Life | None


class _SkuFacts(msgspec.Struct, frozen=True):
    sale: Sale
    offer: Offer


class CatalogFacts:
    """This process's memory of SKUs and products."""

    def __init__(self, house: House) -> None:
        self._database = house.database("catalog")
        self.skus: FactCache[str, _SkuFacts] = FactCache(self._load_skus)
        self.products: FactCache[str, ProductSkus] = FactCache(self._load_products)

    def forget(self, names: Iterable[str]) -> None:
        """Forget what is known under some product ids and SKUs."""
        names = list(names)
        self.skus.forget(names)
        self.products.forget(names)

    async def _load_skus(self, skus: Sequence[str]) -> Mapping[str, _SkuFacts]:
        async with self._database.reading() as tx:
            rows = await store.sku_facts(tx, _writable(skus))
        return {row[0]: _facts(*row) for row in rows}

    async def _load_products(self, ids: Sequence[str]) -> Mapping[str, ProductSkus]:
        async with self._database.reading() as tx:
            rows = await store.skus_of_products(tx, _writable(ids))
        return {
            asked: ProductSkus(product_id, msgspec.json.decode(skus, type=tuple[str, ...]))
            for asked, product_id, skus in rows
        }


async def components_of(*, house: House, skus: Sequence[str]) -> dict[str, tuple[Component, ...]]:
    """What each SKU takes from stock: a bundle its components, any other SKU one of itself.

    Answered without waiting where all SKUs are in memory. Refuses with `SkuUnknown`.
    """
    return {sku: facts.sale.components for sku, facts in (await _sku_facts(house, skus)).items()}


async def sales_of(*, house: House, skus: Sequence[str]) -> dict[str, Sale]:
    """What each SKU takes from stock, and when it is for sale. What a bundle is made of need not be
    for sale by itself.

    Answered without waiting where all SKUs are in memory. Refuses with `SkuUnknown`.
    """
    return {sku: facts.sale for sku, facts in (await _sku_facts(house, skus)).items()}


async def offers_of(*, house: House, skus: Sequence[str]) -> dict[str, Offer]:
    """What each SKU is called and costs: its own price, or else its product's, in minor units.

    Answered without waiting where all SKUs are in memory. Refuses with `SkuUnknown`.
    """
    return {sku: facts.offer for sku, facts in (await _sku_facts(house, skus)).items()}


async def skus_of(*, house: House, id: str) -> ProductSkus | None:  # noqa: A002
    """The SKUs of a product, or the one SKU that ``id`` names; None where it names neither.

    A product goes before a SKU that is spelt the same.
    """
    return await house.the(CatalogFacts).products.get(id)


async def skus_of_many(*, house: House, ids: Sequence[str]) -> dict[str, ProductSkus]:
    """What ``skus_of`` answers, for many ids at once; those that name nothing are left out."""
    return await house.the(CatalogFacts).products.get_many(ids)


def forget_changed(house: House, events: Sequence[Event]) -> None:
    """Forget what some events of the catalog changed."""
    if any(event.stream.startswith(OF_A_TYPE) for event in events):
        house.the(TypesInForce).forget()
    named = [
        msgspec.json.decode(event.data, type=_Named)
        for event in events
        if not event.stream.startswith(OF_A_TYPE)
    ]
    house.the(CatalogFacts).forget(
        name for each in named for name in (each.product_id, *each.skus, *each.removed_skus)
    )


class _Named(msgspec.Struct, frozen=True):
    """The ids and SKUs in any event of a product."""

    product_id: str
    skus: tuple[str, ...]
    removed_skus: tuple[str, ...] = ()


async def _sku_facts(house: House, skus: Sequence[str]) -> dict[str, _SkuFacts]:
    known = await house.the(CatalogFacts).skus.get_many(skus)
    for sku in skus:
        if sku not in known:
            raise SkuUnknown(sku=sku)
    return known


def _writable(names: Sequence[str]) -> list[str]:
    """Those that the database can read; nothing in the catalog is called otherwise."""
    return [name for name in names if name.isprintable()]


def _facts(
    sku: str,
    product_id: str,
    product_name: str,
    name: str | None,
    price_minor: int | None,
    currency: str | None,
    stage: Stage,
    goes_live_at: datetime.datetime | None,
    archives_at: datetime.datetime | None,
    components: str,
) -> _SkuFacts:
    made_of = msgspec.json.decode(components, type=tuple[Component, ...])
    life = Life(stage, goes_live_at, archives_at)
    return _SkuFacts(
        sale=Sale(
            made_of or (Component(sku=sku, quantity=1),), None if life == ALWAYS_LIVE else life
        ),
        offer=Offer(
            sku=sku,
            product_id=product_id,
            name=f"{product_name}, {name}" if name else product_name,
            price_minor=price_minor,
            currency=currency,
        ),
    )
