"""The product types of a file: which are new, which are otherwise, and having them in force."""

from collections.abc import Mapping
from typing import Any

import msgspec

from rackhouse.catalog import (
    ListedType,
    ProductType,
    change_product_type,
    define_product_type,
    validate_product_type,
)
from rackhouse.exchange.rules import Head
from rackhouse.platform.context import Context

__all__ = ["TypePlan", "apply_types", "plan_types"]

KEPT_FIELDS = frozenset(ListedType.__struct_fields__) - frozenset(ProductType.__struct_fields__)


class TypePlan(msgspec.Struct, frozen=True):
    """What has to be done for the types of a file; ``types`` are those in force afterwards."""

    added: tuple[ProductType, ...]
    changed: tuple[ProductType, ...]
    types: Mapping[str, ProductType]


def plan_types(head: Head, in_force: Mapping[str, ListedType]) -> TypePlan:
    """What a file does to the types in force. Refuses with `InvalidProductType`."""
    told = [validate_product_type(_plain(each)) for each in head.product_types]
    added = [each for each in told if each.name not in in_force]
    changed = [
        each for each in told if each.name in in_force and in_force[each.name].definition() != each
    ]
    types = {**in_force, **{each.name: each for each in told}}
    return TypePlan(tuple(added), tuple(changed), types)


async def apply_types(context: Context, plan: TypePlan) -> None:
    """Have the types of a file in force. Refuses as `define_product_type` and
    `change_product_type` do."""
    for each in plan.added:
        await define_product_type(context=context, draft=msgspec.to_builtins(each))
    for each in plan.changed:
        await change_product_type(
            context=context,
            name=each.name,
            draft=msgspec.to_builtins(each),
            conversions=(),
            on_misfit=None,
            expected_version=None,
        )


def _plain(draft: Mapping[str, Any]) -> dict[str, Any]:
    return {field: said for field, said in draft.items() if field not in KEPT_FIELDS}
