"""Fields: what the products of a catalog can be narrowed, counted and ordered by."""

from collections.abc import Iterable, Mapping

import msgspec

from rackhouse.catalog import Attribute, ProductType

__all__ = ["OWN", "Field", "Fields", "fields_of"]

TEXT, NUMBER, FLAG, DAY = "text", "number", "flag", "day"

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

_WITH_ORDER = ("number", "integer", "boolean", "date", "enum")


class Field(msgspec.Struct, frozen=True):
    """Something that is said of products. ``kinds`` are text, number, flag and day: more than one
    where types of the same attribute differ."""

    name: str
    kinds: frozenset[str]
    is_facet: bool

    @property
    def has_ranges(self) -> bool:
        """Whether its values have an order."""
        return not self.kinds.isdisjoint((NUMBER, DAY))

    @property
    def in_days(self) -> bool:
        """Whether its figures are days, and are written so."""
        return DAY in self.kinds and NUMBER not in self.kinds


class Fields(msgspec.Struct, frozen=True):
    """All fields by name, and the attributes by which lists are ordered."""

    known: Mapping[str, Field]
    sortable: tuple[str, ...]

    @property
    def facets(self) -> list[str]:
        """The names of those that are counted."""
        return [each.name for each in self.known.values() if each.is_facet]

    @property
    def ordered_by(self) -> list[str]:
        """What lists are ordered by, beside relevance."""
        return ["price", "newest", *self.sortable]

    @property
    def orders(self) -> list[str]:
        """The orders of lists. A minus puts the largest in front."""
        by_attribute = (order for name in self.sortable for order in (name, f"-{name}"))
        return ["relevance", "price", "-price", "newest", *by_attribute]


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
``attributes.`` before it."""

RESERVED = frozenset({"relevance", "price", "newest"})


def fields_of(types: Iterable[ProductType]) -> Fields:
    """The fields of a catalog with these product types."""
    known = dict(OWN)
    sortable: dict[str, None] = {}
    for product_type in types:
        for attribute in product_type.attributes:
            name = field_name(attribute.name)
            if has_place(attribute):
                sortable[name] = None
            if is_field(attribute):
                before = known.get(name)
                kinds = frozenset({_KINDS[attribute.item_kind]})
                known[name] = Field(
                    name,
                    kinds | before.kinds if before else kinds,
                    attribute.facet or (before is not None and before.is_facet),
                )
    return Fields(known, tuple(sortable))


def is_field(attribute: Attribute) -> bool:
    """Whether products can be narrowed by it."""
    return attribute.filterable and attribute.item_kind in _KINDS


def has_place(attribute: Attribute) -> bool:
    """Whether lists are ordered by it: numbers, days, flags, and an enum as its type lists it.
    Texts are not, since one name is not before another one in what customers look for."""
    return attribute.sortable and attribute.kind in _WITH_ORDER


def field_name(attribute: str) -> str:
    """What an attribute is called among the fields."""
    return f"attributes.{attribute}" if attribute in OWN or attribute in RESERVED else attribute
