"""Products without references to what is not there yet: how circles too long for one transaction
are written. Afterwards they are written once more, with all that they say."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from rackhouse.catalog import Product, ProductType

__all__ = ["without_references"]


def without_references(
    product: Product, product_types: Mapping[str, ProductType], there: Collection[str]
) -> Product:
    """A product that names only what is there. What its type requires stays as it is."""
    product_type = product_types[product.type]
    said: dict[str, Any] = dict(product.attributes)
    for attribute in product_type.attributes:
        value = said.get(attribute.name)
        if value is None or "reference" not in (attribute.kind, attribute.of):
            continue
        kept = [each for each in _listed(value) if each in there]
        if kept or not attribute.required:
            said[attribute.name] = kept if isinstance(value, list) else next(iter(kept), None)
    attributes = {name: value for name, value in said.items() if value not in (None, [])}
    return msgspec.structs.replace(product, attributes=attributes)


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
