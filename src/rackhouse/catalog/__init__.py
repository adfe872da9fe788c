"""The catalog: what exists and how it is described. Products, their types, and files of either."""

from rackhouse.catalog.errors import (
    InvalidProduct,
    ProductExists,
    ProductNotFound,
    SkuInBundle,
    SkuTaken,
    SkuUnknown,
)
from rackhouse.catalog.events import ProductChanged, ProductCreated, ProductRemoved
from rackhouse.catalog.facts import Offer, ProductSkus, components_of, offers_of, skus_of
from rackhouse.catalog.products import create_product, product_of, remove_product, replace_product
from rackhouse.catalog.rules import Component, Media, Product, Variant
from rackhouse.catalog.rules.listing import ListedProduct

__all__ = [
    "Component",
    "InvalidProduct",
    "ListedProduct",
    "Media",
    "Offer",
    "Product",
    "ProductChanged",
    "ProductCreated",
    "ProductExists",
    "ProductNotFound",
    "ProductRemoved",
    "ProductSkus",
    "SkuInBundle",
    "SkuTaken",
    "SkuUnknown",
    "Variant",
    "components_of",
    "create_product",
    "offers_of",
    "product_of",
    "remove_product",
    "replace_product",
    "skus_of",
]
