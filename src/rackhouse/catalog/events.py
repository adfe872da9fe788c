"""What can happen to products and product types. Each event belongs to the stream of one."""

import datetime
from typing import TypeAlias

import msgspec

from rackhouse.catalog.rules.attributes import Attribute
from rackhouse.catalog.rules.life import State

__all__ = [
    "EVENT_TYPES",
    "LifeEvent",
    "ProductChanged",
    "ProductCreated",
    "ProductEvent",
    "ProductInStock",
    "ProductRemoved",
    "ProductSoldOut",
    "ProductTypeChanged",
    "ProductTypeDefined",
    "ProductTypeEvent",
    "ProductTypeRemoved",
    "ProductWentLive",
    "ProductWithdrawn",
]


class ProductCreated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product came into the catalog. Its price is in minor units of ``currency``. ``state`` is
    what it is then by the clock; ``hidden`` is one that is not live. ``restored_version`` is that
    of a removed product that came back as it was in it."""

    product_id: str
    type: str
    name: str
    skus: tuple[str, ...]
    price_minor: int | None
    currency: str | None
    state: State = "live"
    hidden: bool = False
    restored_version: int | None = None


class ProductChanged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product is described otherwise: ``fields`` says which of its fields differ, and
    ``removed_skus`` which variants are gone. ``state`` is what it is then by the clock; ``hidden``
    is one that neither was live nor is. ``restored_version`` is that which it is again."""

    product_id: str
    type: str
    name: str
    skus: tuple[str, ...]
    removed_skus: tuple[str, ...]
    fields: tuple[str, ...]
    price_minor: int | None
    price_minor_before: int | None
    currency: str | None
    state: State = "live"
    hidden: bool = False
    restored_version: int | None = None


class ProductRemoved(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product left the catalog, with all its variants. ``hidden`` is one that was not live."""

    product_id: str
    type: str
    name: str
    skus: tuple[str, ...]
    hidden: bool = False


class ProductWentLive(msgspec.Struct, frozen=True, kw_only=True):
    """A product is for sale from now on: its moment has come, or somebody said so. ``since`` is
    that moment."""

    product_id: str
    type: str
    name: str
    skus: tuple[str, ...]
    since: datetime.datetime


class ProductWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """A product is not for sale any more: its time is over, or somebody said so. ``state`` is what
    it is instead, ``since`` when."""

    product_id: str
    type: str
    name: str
    skus: tuple[str, ...]
    state: State
    since: datetime.datetime


class ProductSoldOut(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nothing of a product can be had any more, at no location. ``hidden`` is one that is not
    live."""

    product_id: str
    type: str
    name: str
    skus: tuple[str, ...]
    hidden: bool = False


class ProductInStock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something of a product can be had: for the first time, or ``again``. ``hidden`` is one that
    is not live."""

    product_id: str
    type: str
    name: str
    skus: tuple[str, ...]
    again: bool
    hidden: bool = False


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
LifeEvent: TypeAlias = ProductWentLive | ProductWithdrawn | ProductSoldOut | ProductInStock
ProductTypeEvent: TypeAlias = ProductTypeDefined | ProductTypeChanged | ProductTypeRemoved

EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    each.__name__: each
    for each in (
        ProductCreated,
        ProductChanged,
        ProductRemoved,
        ProductWentLive,
        ProductWithdrawn,
        ProductSoldOut,
        ProductInStock,
        ProductTypeDefined,
        ProductTypeChanged,
        ProductTypeRemoved,
    )
}
