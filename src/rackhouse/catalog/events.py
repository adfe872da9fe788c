"""What can happen to a product. Each event belongs to the stream of one product."""

from typing import TypeAlias

import msgspec

__all__ = ["EVENT_TYPES", "ProductChanged", "ProductCreated", "ProductEvent", "ProductRemoved"]


class ProductCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A product came into the catalog. Its price is in minor units of ``currency``."""

    product_id: str
    type: str
    name: str
    skus: tuple[str, ...]
    price_minor: int | None
    currency: str | None


class ProductChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A product is described otherwise: ``fields`` says which of its fields differ, and
    ``removed_skus`` which variants are gone."""

    product_id: str
    type: str
    name: str
    skus: tuple[str, ...]
    removed_skus: tuple[str, ...]
    fields: tuple[str, ...]
    price_minor: int | None
    price_minor_before: int | None
    currency: str | None


class ProductRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A product left the catalog, with all its variants."""

    product_id: str
    type: str
    name: str
    skus: tuple[str, ...]


ProductEvent: TypeAlias = ProductCreated | ProductChanged | ProductRemoved

EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    each.__name__: each for each in (ProductCreated, ProductChanged, ProductRemoved)
}
