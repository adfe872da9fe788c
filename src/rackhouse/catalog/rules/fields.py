"""Fields: what products can be narrowed by, of all that their types say of them. Pure."""

from collections.abc import Iterable, Mapping

import msgspec

from .attributes import Attribute
from .product_types import ProductType

DAY, FLAG, NUMBER, TEXT = "day", "flag", "number", "text"

_KINDS = {
    "text": TEXT,
    "enum": TEXT,
    "number": NUMBER,
    "integer": NUMBER,
    "boolean": FLAG,
    "date": DAY,
    "reference": TEXT,
}
"""What the kinds of attributes are as fields; those of any other kind are not narrowed by."""


class Field(msgspec.Struct, frozen=True):
    """Something that is said of products. ``kinds`` are text, number, flag and day: more than one
    where types of the same attribute differ."""

    name: str
    kinds: frozenset[str]
    is_facet: bool

    @property
    def has_words(self) -> bool:
        """Whether there are texts or flags among its values."""
        return not self.kinds.isdisjoint((TEXT, FLAG))

    @property
    def has_ranges(self) -> bool:
        """Whether its values have an order."""
        return not self.kinds.isdisjoint((NUMBER, DAY))

    @property
    def in_days(self) -> bool:
        """Whether its figures are days, and are written so."""
        return DAY in self.kinds and NUMBER not in self.kinds


OWN = {
    each.name: each
    for each in (
        Field("type", frozenset({TEXT}), True),
        Field("stage", frozenset({TEXT}), True),
        Field("brand", frozenset({TEXT}), True),
        Field("category", frozenset({TEXT}), True),
        Field("tag", frozenset({TEXT}), True),
        Field("currency", frozenset({TEXT}), True),
        Field("price_minor", frozenset({NUMBER}), True),
        Field("release_date", frozenset({DAY}), True),
    )
}
"""What is said of every product. An attribute of one of these names goes by it with
``attributes.`` before it, as does one that is called like an order of lists."""

ORDERS_OF_LISTS = frozenset({"relevance", "price", "newest", "scarcity"})


def filterable_fields(types: Iterable[ProductType]) -> dict[str, Field]:
    """The fields of a catalog with these product types, by name."""
    known = dict(OWN)
    for product_type in types:
        for attribute in product_type.attributes:
            if is_filterable(attribute):
                name = field_name(attribute.name)
                before = known.get(name)
                kinds = frozenset({kind_of(attribute)})
                known[name] = Field(
                    name,
                    kinds | before.kinds if before else kinds,
                    attribute.facet or (before is not None and before.is_facet),
                )
    return known


def is_filterable(attribute: Attribute) -> bool:
    """Whether products can be narrowed by it."""
    return attribute.filterable and attribute.item_kind in _KINDS


def kind_of(attribute: Attribute) -> str:
    """What an attribute that is filterable is as a field."""
    return _KINDS[attribute.item_kind]


def field_name(attribute: str) -> str:
    """What an attribute is called among the fields."""
    taken = attribute in OWN or attribute in ORDERS_OF_LISTS
    return f"attributes.{attribute}" if taken else attribute


def attributes_called(
    name: str, types: Mapping[str, ProductType]
) -> Iterable[tuple[ProductType, Attribute]]:
    """The attributes that are one field, each with its type."""
    return (
        (product_type, attribute)
        for product_type in types.values()
        for attribute in product_type.attributes
        if is_filterable(attribute) and field_name(attribute.name) == name
    )
