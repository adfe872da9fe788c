"""The catalog: what exists and how it is described. Products, their types, and files of either."""

from rackhouse.catalog.errors import (
    InvalidMapping,
    InvalidProduct,
    ProductExists,
    ProductNotFound,
    ProductTypeNotFound,
    SkuInBundle,
    SkuTaken,
    SkuUnknown,
    UnreadableFile,
)
from rackhouse.catalog.events import ProductChanged, ProductCreated, ProductRemoved
from rackhouse.catalog.facts import (
    Offer,
    ProductSkus,
    components_of,
    offers_of,
    skus_of,
    skus_of_many,
)
from rackhouse.catalog.importing import (
    AS_PRODUCTS,
    ImportReport,
    import_products,
    load_demo_catalog,
)
from rackhouse.catalog.mapping import (
    BadRow,
    ReadProduct,
    Row,
    RowMapping,
    draft_rows,
    drafts,
    load_mapping,
    products_of,
    read_rows,
)
from rackhouse.catalog.paging import ORDERS, Order, Sought, products_page
from rackhouse.catalog.product_types import product_type_of, product_types
from rackhouse.catalog.products import (
    create_product,
    listed_products,
    product_of,
    products_with_skus,
    remove_product,
    replace_product,
)
from rackhouse.catalog.rules import Attribute, Component, Media, Product, ProductType, Variant
from rackhouse.catalog.rules.listing import ListedProduct
from rackhouse.catalog.types import built_in_types

__all__ = [
    "AS_PRODUCTS",
    "ORDERS",
    "Attribute",
    "BadRow",
    "Component",
    "ImportReport",
    "InvalidMapping",
    "InvalidProduct",
    "ListedProduct",
    "Media",
    "Offer",
    "Order",
    "Product",
    "ProductChanged",
    "ProductCreated",
    "ProductExists",
    "ProductNotFound",
    "ProductRemoved",
    "ProductSkus",
    "ProductType",
    "ProductTypeNotFound",
    "ReadProduct",
    "Row",
    "RowMapping",
    "SkuInBundle",
    "SkuTaken",
    "SkuUnknown",
    "Sought",
    "UnreadableFile",
    "Variant",
    "built_in_types",
    "components_of",
    "create_product",
    "draft_rows",
    "drafts",
    "import_products",
    "listed_products",
    "load_demo_catalog",
    "load_mapping",
    "offers_of",
    "product_of",
    "product_type_of",
    "product_types",
    "products_of",
    "products_page",
    "products_with_skus",
    "read_rows",
    "remove_product",
    "replace_product",
    "skus_of",
    "skus_of_many",
]
