"""The pages of products: the list, the form of each, and what others changed meanwhile."""

from rackhouse.console.products.browsing import get_products_page
from rackhouse.console.products.editing import (
    get_new_product_page,
    get_product_page,
    get_product_removal_page,
    post_new_product,
    post_product,
    post_product_removal,
)
from rackhouse.console.products.stale import post_product_merge
from rackhouse.console.products.version_pages import (
    get_version_page,
    get_versions_page,
    post_restoration,
)

__all__ = ["PRODUCT_PAGES"]

PRODUCT_PAGES = (
    get_versions_page,
    get_version_page,
    post_restoration,
    get_products_page,
    get_new_product_page,
    post_new_product,
    get_product_page,
    post_product,
    post_product_merge,
    get_product_removal_page,
    post_product_removal,
)
