"""Who sees what is not live."""

from rackhouse.catalog.errors import ProductNotFound
from rackhouse.catalog.rules.listing import ListedProduct
from rackhouse.platform.context import Caller

__all__ = ["is_seen", "must_be_seen", "sees_drafts"]

DRAFTS_READ = "drafts:read"
CATALOG_WRITE = "catalog:write"


def sees_drafts(caller: Caller) -> bool:
    """Whether a caller sees products that are not live: who may write the catalog, and who has the
    permission for it."""
    return DRAFTS_READ in caller.permissions or CATALOG_WRITE in caller.permissions


def is_seen(caller: Caller, product: ListedProduct) -> bool:
    """Whether a caller sees a product."""
    return product.state == "live" or sees_drafts(caller)


def must_be_seen(caller: Caller, product: ListedProduct) -> ListedProduct:
    """The product, which for those who do not see it is not there: refuses with
    `ProductNotFound`."""
    if not is_seen(caller, product):
        raise ProductNotFound(product_id=product.id)
    return product
