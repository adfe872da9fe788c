"""Every SQL statement of the catalog."""

from rackhouse.catalog.store.facts import (
    fingerprints,
    product,
    products_of_ids,
    products_of_skus,
    send_bundles_with,
    send_last_versions,
    send_products,
    send_sku_places,
    sku_facts,
    skus_of_products,
)
from rackhouse.catalog.store.pages import (
    page_by_highest_price,
    page_by_lowest_price,
    page_by_name,
    page_by_release,
    page_by_update,
)
from rackhouse.catalog.store.rows import read_product, read_sku_place
from rackhouse.catalog.store.writing import delete_product, lock_catalog, write_products

__all__ = [
    "delete_product",
    "fingerprints",
    "lock_catalog",
    "page_by_highest_price",
    "page_by_lowest_price",
    "page_by_name",
    "page_by_release",
    "page_by_update",
    "product",
    "products_of_ids",
    "products_of_skus",
    "read_product",
    "read_sku_place",
    "send_bundles_with",
    "send_last_versions",
    "send_products",
    "send_sku_places",
    "sku_facts",
    "skus_of_products",
    "write_products",
]
