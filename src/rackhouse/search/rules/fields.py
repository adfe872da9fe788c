"""Fields: what the products of a catalog can be narrowed, counted and ordered by."""

from collections.abc import Iterable, Mapping

import msgspec

from rackhouse.catalog import Attribute, Field, ProductType, field_name, filterable_fields

__all__ = ["SCARCITY", "Fields", "fields_of", "has_place"]

SCARCITY = "scarcity"
"""Puts in front what fewest can be had of now: it comes from the shelf, not from an index."""

_WITH_ORDER = ("number", "integer", "boolean", "date", "enum")


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
        """What an index orders lists by, beside relevance."""
        return ["price", "newest", *self.sortable]

    @property
    def orders(self) -> list[str]:
        """The orders of lists. A minus puts the largest in front."""
        by_attribute = (order for name in self.sortable for order in (name, f"-{name}"))
        return ["relevance", "price", "-price", "newest", SCARCITY, *by_attribute]


def fields_of(types: Iterable[ProductType]) -> Fields:
    """The fields of a catalog with these product types."""
    types = list(types)
    attributes = (each for product_type in types for each in product_type.attributes)
    sortable = dict.fromkeys(field_name(each.name) for each in attributes if has_place(each))
    return Fields(filterable_fields(types), tuple(sortable))


def has_place(attribute: Attribute) -> bool:
    """Whether lists are ordered by it: numbers, days, flags, and an enum as its type lists it.
    Texts are not, since one name is not before another one in what customers look for."""
    return attribute.sortable and attribute.kind in _WITH_ORDER
