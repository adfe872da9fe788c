"""What an import changes, product by product and field by field."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from rackhouse.catalog import Product, Variant

from .fields import APART

__all__ = ["ADDED", "CHANGED", "REMOVED", "Difference", "FieldChange", "difference"]

ADDED, CHANGED, REMOVED = "added", "changed", "removed"


class FieldChange(msgspec.Struct, frozen=True):
    """One field before and after; None is not said."""

    field: str
    before: Any
    after: Any


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one product: it is added, removed, or changed in some fields."""

    product_id: str
    change: str
    fields: tuple[FieldChange, ...] = ()


def difference(before: Product | None, after: Product) -> Difference:
    """What becomes of a product that is described otherwise, or comes in."""
    if before is None:
        return Difference(product_id=after.id, change=ADDED)
    fields = (
        *_plain_changes(before, after),
        *_changes_of(before.attributes, after.attributes),
        *_variant_changes(before, after),
    )
    return Difference(product_id=after.id, change=CHANGED, fields=fields)


def _plain_changes(before: Product, after: Product) -> Iterator[FieldChange]:
    for name in Product.__struct_fields__:
        one, other = getattr(before, name), getattr(after, name)
        if name not in APART and other not in (one, msgspec.UNSET):
            yield FieldChange(name, msgspec.to_builtins(one), msgspec.to_builtins(other))


def _changes_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    for name in dict.fromkeys((*before, *after)):
        one, other = before.get(name), after.get(name)
        if _written(one) != _written(other):
            yield FieldChange(f"attributes.{name}", one, other)


def _variant_changes(before: Product, after: Product) -> Iterator[FieldChange]:
    were = {each.sku: each for each in before.variants}
    are = {each.sku: each for each in after.variants}
    for sku in dict.fromkeys((*were, *are)):
        one, other = were.get(sku), are.get(sku)
        if one is None or other is None:
            yield FieldChange(f"variants[{sku}]", _said(one), _said(other))
        else:
            yield from _changes_within(sku, one, other)
    if list(were) != list(are) and were.keys() == are.keys():
        yield FieldChange("variants", list(were), list(are))


def _changes_within(sku: str, before: Variant, after: Variant) -> Iterator[FieldChange]:
    for name in Variant.__struct_fields__:
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            path = f"variants[{sku}].{name}"
            yield FieldChange(path, msgspec.to_builtins(one), msgspec.to_builtins(other))


def _said(variant: Variant | None) -> Any:
    return None if variant is None else msgspec.to_builtins(variant)


def _written(value: Any) -> bytes:
    return msgspec.json.encode(value, order="deterministic")
