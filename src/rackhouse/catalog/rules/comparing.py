"""What differs between two descriptions of a product, field by field."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from .attribute_values import alike
from .products import Product

__all__ = ["Difference", "differences"]

Described = Mapping[str, Any]


class Difference(msgspec.Struct, frozen=True):
    """One field of which two descriptions say something else; null is nothing. ``field`` is its
    path: `name`, `attributes.abv`, `variants[SKU-1].price_minor`."""

    field: str
    before: Any
    after: Any


def differences(before: Described, after: Described) -> tuple[Difference, ...]:
    """What differs, in the order of a product's fields. Attributes are compared one by one, and
    variants by their SKU; lists of other things are compared whole."""
    return tuple(_differences(before, after))


def _differences(before: Described, after: Described) -> Iterator[Difference]:
    for field in dict.fromkeys((*Product.__struct_fields__, *before, *after)):
        if field == "attributes":
            yield from _of_tables("attributes.", before.get(field), after.get(field))
        elif field == "variants":
            yield from _of_variants(before.get(field) or (), after.get(field) or ())
        else:
            yield from _of_values(field, before.get(field), after.get(field))


def _of_values(field: str, before: Any, after: Any) -> Iterator[Difference]:
    if not alike(before, after):
        yield Difference(field, before, after)


def _of_tables(
    path: str, before: Described | None, after: Described | None
) -> Iterator[Difference]:
    old, new = before or {}, after or {}
    for name in dict.fromkeys((*old, *new)):
        yield from _of_values(f"{path}{name}", old.get(name), new.get(name))


def _of_variants(before: Any, after: Any) -> Iterator[Difference]:
    old = {each["sku"]: each for each in before}
    new = {each["sku"]: each for each in after}
    for sku in dict.fromkeys((*old, *new)):
        path = f"variants[{sku}]"
        if sku not in old or sku not in new:
            yield Difference(path, old.get(sku), new.get(sku))
        else:
            yield from _of_tables(f"{path}.", old[sku], new[sku])
    if old.keys() == new.keys() and list(old) != list(new):
        yield Difference("variants", list(old), list(new))
