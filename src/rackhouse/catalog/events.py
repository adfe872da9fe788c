"""What can happen to products and product types. Each event belongs to the stream of one."""

from typing import TypeAlias

import msgspec

from rackhouse.catalog.rules.attributes import Attribute

__all__ = [
    "EVENT_TYPES",
    "ProductChanged",
    "ProductCreated",
    "ProductEvent",
    "ProductRemoved",
    "ProductTypeChanged",
    "ProductTypeDefined",
    "ProductTypeEvent",
    "ProductTypeRemoved",
]


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


class ProductTypeDefined(msgspec.Struct, frozen=True, kw_only=True):
    """There is a product type of the seller's own: a new one, or one that goes before what comes
    with Rackhouse under the same name. ``products_converted`` were changed along with it."""

    product_type: str
    title: str
    collection: str
    attributes: tuple[Attribute, ...]
    products_converted: int


class ProductTypeChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A product type is defined otherwise: ``fields`` says which of its fields differ.
    ``products_converted`` were changed along with it, each with an event of its own."""

    product_type: str
    title: str
    collection: str
    attributes: tuple[Attribute, ...]
    fields: tuple[str, ...]
    products_converted: int


class ProductTypeRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A product type of the seller's own is gone; ``built_in`` says that the one that comes with
    Rackhouse under its name is in force again. ``products_converted`` were changed along with it.
    """

    product_type: str
    built_in: bool
    products_converted: int


ProductEvent: TypeAlias = ProductCreated | ProductChanged | ProductRemoved
ProductTypeEvent: TypeAlias = ProductTypeDefined | ProductTypeChanged | ProductTypeRemoved

EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    each.__name__: each
    for each in (
        ProductCreated,
        ProductChanged,
        ProductRemoved,
        ProductTypeDefined,
        ProductTypeChanged,
        ProductTypeRemoved,
    )
}
