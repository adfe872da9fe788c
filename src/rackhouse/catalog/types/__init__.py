"""The product types that come with Rackhouse, one JSON file each."""

from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from ..rules import ProductType, validate_product_type

BUILT_IN = ("apparel", "bundle", "goods", "spirit", "wine")


@cache
def built_in_types() -> MappingProxyType[str, ProductType]:
    """The built-in product types by name."""
    here = files(__name__)
    drafts = [msgspec.json.decode((here / f"{name}.json").read_bytes()) for name in BUILT_IN]
    types = [validate_product_type(draft) for draft in drafts]
    return MappingProxyType({product_type.name: product_type for product_type in types})
