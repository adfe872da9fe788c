"""Product types: which kinds of product there are, and what is said of each.

They are files of this package, so all processes of one release know the same ones.
"""

from rackhouse.catalog.errors import ProductTypeNotFound
from rackhouse.catalog.rules import ProductType
from rackhouse.catalog.types import built_in_types
from rackhouse.platform.context import Context, operation

__all__ = ["product_type_of", "product_types"]


@operation("catalog:read")
async def product_types(*, context: Context) -> list[ProductType]:
    """Every product type, in the order of their names."""
    types = built_in_types()
    return [types[name] for name in sorted(types)]


@operation("catalog:read")
async def product_type_of(*, context: Context, name: str) -> ProductType:
    """A product type. Refuses with `ProductTypeNotFound`."""
    found = built_in_types().get(name)
    if found is None:
        raise ProductTypeNotFound(name=name)
    return found
