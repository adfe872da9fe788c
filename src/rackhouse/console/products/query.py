"""What is asked of the list of products: words, conditions and an order, as its address says. Pure.

A condition is a field and a value, as in ``f=brand:Ardbeg``. Values of one field are alternatives.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec

from rackhouse.catalog import ListedType

__all__ = ["ListQuery", "facet_fields", "orders_of"]

FACETS_LIMIT = 16
OWN_FACETS = {
    "type": "Type",
    "category": "Category",
    "brand": "Brand",
    "tag": "Tag",
    "stage": "Stage",
}
OWN_ORDERS = {
    "relevance": "Best match",
    "newest": "Newest",
    "price": "Price, lowest first",
    "-price": "Price, highest first",
}
WITH_ORDER = ("number", "integer", "date")
COUNTED = ("text", "enum", "boolean", "number", "integer")
RESERVED = frozenset(
    ("type", "brand", "category", "tag", "stage", "currency", "price_minor", "release_date")
)
RESERVED_ORDERS = frozenset(("relevance", "price", "newest"))

_ESCAPED = re.compile(r'(["\\])')


class ListQuery(msgspec.Struct, frozen=True):
    """What the list is asked for. ``after`` is the place of the last product of the page before."""

    words: str = ""
    conditions: tuple[tuple[str, str], ...] = ()
    order: str = "relevance"
    after: str | None = None

    @staticmethod
    def of(words: str, conditions: Sequence[str], order: str, after: str | None) -> "ListQuery":
        """A query as the parts of an address say it; what is no condition is left out."""
        pairs = [each.partition(":") for each in conditions]
        said = dict.fromkeys((name, value) for name, colon, value in pairs if name and value)
        return ListQuery(words.strip(), tuple(said), order, after)

    @property
    def filter(self) -> str:
        """The conditions as search takes them."""
        by_field: dict[str, list[str]] = {}
        for name, value in self.conditions:
            by_field.setdefault(name, []).append(f'"{_ESCAPED.sub(_escape, value)}"')
        return ";".join(f"{name}:{','.join(values)}" for name, values in by_field.items())

    @property
    def only_type(self) -> str | None:
        """The one type that is asked for, if it is one."""
        types = [value for name, value in self.conditions if name == "type"]
        return types[0] if len(types) == 1 else None

    def has(self, name: str, value: str) -> bool:
        """Whether a condition is asked for."""
        return (name, value) in self.conditions

    def address(self, **changed: object) -> str:
        """The address of the list with something of the query changed. It begins anew."""
        query = msgspec.structs.replace(self, **{"after": None, **changed})
        said = [("q", query.words)] if query.words else []
        said += [("f", f"{name}:{value}") for name, value in query.conditions]
        said += [("sort", query.order)] if query.order != "relevance" else []
        said += [("after", query.after)] if query.after else []
        return f"/products?{urlencode(said)}" if said else "/products"

    def without(self, name: str, value: str) -> str:
        """The address of the list without a condition."""
        left = tuple(each for each in self.conditions if each != (name, value))
        return self.address(conditions=left)


def facet_fields(only_type: ListedType | None) -> dict[str, str]:
    """The fields that are counted beside the list, with what they are called: of every product,
    and of the one type that is asked for."""
    further = {
        _field_name(each.name): each.title
        for each in (only_type.attributes if only_type else ())
        if each.facet and each.item_kind in COUNTED
    }
    return {**OWN_FACETS, **dict(list(further.items())[:FACETS_LIMIT])}


def orders_of(only_type: ListedType | None) -> Mapping[str, str]:
    """The orders of the list, with what they are called."""
    orders = dict(OWN_ORDERS)
    for each in only_type.attributes if only_type else ():
        name = _field_name(each.name)
        if each.sortable and each.kind in WITH_ORDER:
            orders[name] = f"{each.title}, lowest first"
            orders[f"-{name}"] = f"{each.title}, highest first"
        elif each.sortable and each.kind in ("enum", "boolean"):
            orders[name] = each.title
    return orders


def _field_name(attribute: str) -> str:
    """What search calls an attribute among its fields."""
    taken = attribute in RESERVED or attribute in RESERVED_ORDERS
    return f"attributes.{attribute}" if taken else attribute


def _escape(found: re.Match[str]) -> str:
    return "\\" + found[1]
