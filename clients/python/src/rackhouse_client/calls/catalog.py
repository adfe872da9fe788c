"""Requests about the catalog."""

from collections.abc import Mapping
from typing import Any

from rackhouse_client.answers import Page, Product
from rackhouse_client.calls.request import Request, asked

__all__ = ["create_product", "product", "products", "remove_product", "replace_product"]


def products(
    *,
    type: str | None = None,  # noqa: A002
    brand: str | None = None,
    category: str | None = None,
    tag: str | None = None,
    q: str | None = None,
    sort: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Request[Page[Product]]:
    """Products, filtered and sorted: by `name`, `price`, `-price`, `-updated_at` or
    `-release_date`."""
    query = {
        "type": type,
        "brand": brand,
        "category": category,
        "tag": tag,
        "q": q,
        "sort": sort,
        "cursor": cursor,
        "limit": limit,
    }
    return asked("GET", "/api/v1/products", Page[Product], query=query)


def product(product_id: str) -> Request[Product]:
    """A product."""
    places = {"product_id": product_id}
    return asked("GET", "/api/v1/products/{product_id}", Product, places=places)


def create_product(draft: Mapping[str, Any], *, key: str | None = None) -> Request[Product]:
    """Put a product into the catalog, as the draft describes it."""
    return asked("POST", "/api/v1/products", Product, body=draft, key=key)


def replace_product(
    product_id: str, draft: Mapping[str, Any], *, version: int | None = None
) -> Request[Product]:
    """Describe a product anew, wholly; with a version, only if it is still that one."""
    path, places = "/api/v1/products/{product_id}", {"product_id": product_id}
    return asked("PUT", path, Product, places=places, body=draft, version=version)


def remove_product(product_id: str, *, version: int | None = None) -> Request[None]:
    """Take a product out of the catalog."""
    path, places = "/api/v1/products/{product_id}", {"product_id": product_id}
    return asked("DELETE", path, None, places=places, version=version)
