"""References: which other products a product names in its attributes."""

from collections.abc import Mapping
from typing import Any

import msgspec

from .product_types import ProductType
from .products import Product


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """One product that another one names: in which attribute, and where in its list."""

    attribute: str
    position: int
    product_id: str
    path: str


def references_of(
    product: Product, product_types: Mapping[str, ProductType]
) -> tuple[Reference, ...]:
    """Every reference of a product, in the order of its type's attributes."""
    product_type = product_types.get(product.type)
    return () if product_type is None else references_in(product.attributes, product_type)


def references_in(
    attributes: Mapping[str, Any], product_type: ProductType
) -> tuple[Reference, ...]:
    """Every reference in what is said of a product, in the order of its type's attributes."""
    return tuple(
        found
        for attribute in product_type.attributes
        if attribute.item_kind == "reference"
        for found in _references(attributes.get(attribute.name), attribute.name)
    )


def _references(said: Any, name: str) -> tuple[Reference, ...]:
    path = f"attributes.{name}"
    if said is None:
        return ()
    if isinstance(said, str):
        return (Reference(attribute=name, position=0, product_id=said, path=path),)
    return tuple(
        Reference(attribute=name, position=position, product_id=each, path=f"{path}[{position}]")
        for position, each in enumerate(said)
    )
