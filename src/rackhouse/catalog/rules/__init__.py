"""What may be in the catalog: products, their variants and the types they follow. Pure."""

from .attribute_values import LANGUAGES_MAX, LIST_ITEMS_MAX, RANGE_ENDS
from .attributes import ATTRIBUTE_KINDS, TEXT_LENGTH_USUAL, Attribute
from .problems import Problems, suggestion
from .product_types import ListedType, ProductType, validate_product_type
from .products import Media, Product, validate_product
from .variants import SKU_LENGTH_MAX, VARIANTS_MAX, Component, Variant, sku_of

__all__ = [
    "ATTRIBUTE_KINDS",
    "LANGUAGES_MAX",
    "LIST_ITEMS_MAX",
    "RANGE_ENDS",
    "SKU_LENGTH_MAX",
    "TEXT_LENGTH_USUAL",
    "VARIANTS_MAX",
    "Attribute",
    "Component",
    "ListedType",
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
