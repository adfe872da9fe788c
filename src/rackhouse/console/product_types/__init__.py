"""The pages of product types: what is said of each kind of product, changed with its products."""

from rackhouse.console.product_types.pages import (
    get_new_type_page,
    get_type_page,
    get_type_removal_page,
    get_types_page,
    post_new_type,
    post_type,
    post_type_removal,
)

__all__ = ["TYPE_PAGES"]

TYPE_PAGES = (
    get_types_page,
    get_new_type_page,
    post_new_type,
    get_type_page,
    post_type,
    get_type_removal_page,
    post_type_removal,
)
