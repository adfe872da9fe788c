"""The house, as the shop asks it: what is sold, what there is of it, and what it is made of."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import msgspec

from rackhouse_client import AsyncClient, Availability, NotAllowed, NotFound, Page, Product
from rackhouse_client.calls import Request

__all__ = ["Attribute", "Card", "Collection", "Facets", "House", "Part", "ProductType", "Results"]

KEPT_SECONDS = 30.0
KEPT_MAX = 5000
AVAILABILITY_MAX = 100
TYPES_PAGE = 200
COLLECTIONS_MAX = 100

Told = TypeVar("Told")


class Card(msgspec.Struct, frozen=True):
    """A product as a list shows it."""

    id: str
    type: str
    name: str
    brand: str | None = None
    categories: list[str] = []
    price_minor: int | None = None
    currency: str | None = None
    image: str | None = None
    skus: list[str] = []


class FacetCount(msgspec.Struct, frozen=True):
    """A value, and how many products have it."""

    value: str | float | bool
    count: int


Facets = dict[str, list[FacetCount]]


class Results(msgspec.Struct, frozen=True):
    """A page of what was found."""

    items: list[Card]
    total: int
    facets: Facets = {}
    did_you_mean: str | None = None
    next_cursor: str | None = None


class Attribute(msgspec.Struct, frozen=True):
    """What products of a type say of themselves."""

    name: str
    title: str
    kind: str = "text"
    unit: str | None = None
    facet: bool = False


class ProductType(msgspec.Struct, frozen=True):
    """A kind of product."""

    name: str
    title: str
    attributes: list[Attribute] = []


class Collection(msgspec.Struct, frozen=True):
    """Products that somebody put together."""

    id: str
    title: str
    description: str = ""


class Part(msgspec.Struct, frozen=True):
    """Pieces of one lot at one location."""

    sku: str
    location: str
    lot: str | None = None
    status: str = ""
    available: int = 0
    numbered: int | None = None
    free_numbers: list[int] = []


class LotTold(msgspec.Struct, frozen=True):
    """What is known of a lot."""

    sku: str
    lot: str
    numbered: int | None = None
    made_on: str | None = None
    flavor_profile: Any = None
    attributes: dict[str, Any] = {}


class House:
    """Asks over HTTP only. Products, types and lots are kept for some seconds; stock never is."""

    def __init__(self, client: AsyncClient, channel: str) -> None:
        self.client = client
        self.channel = channel
        self.numbered: dict[str, int] = {}
        self._kept: dict[tuple[str, str], tuple[float, Any]] = {}

    async def found(self, query: dict[str, Any]) -> Results:
        """Search: words, filters, facets, an order and a page."""
        asked = {name: value for name, value in query.items() if value not in (None, "", False)}
        if asked.pop("available", False):
            asked |= {"available": "true", "channel": self.channel}
        return await self.client.send(_get("/api/v1/search", Results, query=asked))

    async def collections(self) -> list[Collection]:
        """The collections that are open for the shop's channel; none where a house has none."""

        async def ask() -> list[Collection]:
            query = {"channel": self.channel, "limit": COLLECTIONS_MAX}
            try:
                page = await self.client.send(
                    _get("/api/v1/collections", Page[Collection], query=query)
                )
            except (NotFound, NotAllowed):
                return []
            return list(page.items)

        return await self._keeping("collections", "", ask)

    async def collected(
        self, collection_id: str, *, types: Iterable[str] | None, cursor: str, limit: int
    ) -> Results:
        """The products of a collection in its own order; only of these types, if any are given."""
        query: dict[str, Any] = {"limit": limit}
        if types is not None:
            query["filter"] = "type:" + ",".join(f'"{each}"' for each in types)
        if cursor:
            query["cursor"] = cursor
        path, places = "/api/v1/collections/{id}/products", {"id": collection_id}
        return await self.client.send(_get(path, Results, places=places, query=query))

    async def types(self) -> dict[str, ProductType]:
        """The product types by name."""

        async def ask() -> dict[str, ProductType]:
            path = "/api/v1/product-types"
            page = await self.client.send(
                _get(path, Page[ProductType], query={"limit": TYPES_PAGE})
            )
            return {each.name: each for each in page.items}

        return await self._keeping("types", "", ask)

    async def product(self, product_id: str) -> Product:
        """A product; refuses with `NotFound`."""
        return await self._keeping("product", product_id, lambda: self.client.product(product_id))

    def forget(self, product_id: str) -> None:
        """Ask for a product anew next time: it was changed."""
        for kind in ("product", "parts"):
            self._kept.pop((kind, product_id), None)

    async def product_of_sku(self, sku: str) -> Product | None:
        """The product that a SKU belongs to."""
        return (await self.products_of_skus([sku])).get(sku)

    async def products_of_skus(self, skus: Iterable[str]) -> dict[str, Product]:
        """The products that SKUs belong to, by SKU; without those that are not sold any more."""
        wanted = list(dict.fromkeys(skus))
        new = [each for each in wanted if not self._is_kept("sku", each)]
        found = await self.availability(new) if new else {}
        for sku in new:
            self._keep("sku", sku, found[sku].product_id if sku in found else "")
        ids = {sku: self._kept["sku", sku][1] for sku in wanted}
        products = await asyncio.gather(*(self.product(each) for each in {*ids.values()} if each))
        by_id = {each.id: each for each in products}
        return {sku: by_id[ids[sku]] for sku in wanted if ids[sku]}

    async def availability(self, ids: Iterable[str]) -> dict[str, Availability]:
        """What there is of products, as the shop's channel may sell it, at this moment."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, Availability] = {}
        for start in range(0, len(wanted), AVAILABILITY_MAX):
            part = wanted[start : start + AVAILABILITY_MAX]
            answer = await self.client.availability(part, channel=self.channel)
            found |= {each.id: each for each in answer.items}
        return found

    async def parts(self, product_id: str) -> list[Part]:
        """The stock of a product by location and lot, where it is in lots."""
        path = "/api/v1/inventory/{id}/lots"
        try:
            page = await self.client.send(_get(path, Page[Part], places={"id": product_id}))
        except NotFound:
            return []
        parts = [each for each in page.items if each.lot is not None]
        totals: dict[str, dict[str, int]] = {}
        for each in parts:
            if each.numbered is not None:
                totals.setdefault(each.sku, {})[each.lot or ""] = each.numbered
        self.numbered |= {sku: sum(lots.values()) for sku, lots in totals.items()}
        return parts

    async def lot(self, sku: str, lot: str) -> LotTold:
        """What is known of a lot."""

        async def ask() -> LotTold:
            places = {"sku": sku, "lot": lot}
            return await self.client.send(_get("/api/v1/lots/{sku}/{lot}", LotTold, places=places))

        return await self._keeping("lot", f"{sku}/{lot}", ask)

    async def _keeping(self, kind: str, name: str, ask: Callable[[], Awaitable[Told]]) -> Told:
        if self._is_kept(kind, name):
            kept: Told = self._kept[kind, name][1]
            return kept
        told = await ask()
        self._keep(kind, name, told)
        return told

    def _is_kept(self, kind: str, name: str) -> bool:
        known = self._kept.get((kind, name))
        return known is not None and known[0] > time.monotonic()

    def _keep(self, kind: str, name: str, told: object) -> None:
        if len(self._kept) >= KEPT_MAX:
            self._kept.clear()
        self._kept[kind, name] = (time.monotonic() + KEPT_SECONDS, told)


def _get(
    path: str,
    answer: Any,
    *,
    places: dict[str, str] | None = None,
    query: dict[str, Any] | None = None,
) -> Request[Any]:
    return Request(method="GET", path=path, answer=answer, places=places or {}, query=query or {})
