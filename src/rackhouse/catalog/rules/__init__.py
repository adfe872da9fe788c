"""What may be in the catalog: products, their variants and the types they follow. Pure."""

from .attribute_values import LIST_ITEMS_MAX
from .problems import Problems, suggestion
from .product_types import ATTRIBUTE_KINDS, Attribute, ProductType, validate_product_type
from .products import Media, Product, validate_product
from .variants import SKU_LENGTH_MAX, VARIANTS_MAX, Component, Variant, sku_of

__all__ = [
    "ATTRIBUTE_KINDS",
    "LIST_ITEMS_MAX",
    "SKU_LENGTH_MAX",
    "VARIANTS_MAX",
    "Attribute",
    "Component",
    "Media",
    "Problems",
    "Product",
    "ProductType",
    "Variant",
    "sku_of",
    "suggestion",
    "validate_product",
    "validate_product_type",
]
