"""Rows on their way to the database and back."""

from typing import Any

import msgspec

from rackhouse.catalog.rules.listing import ListedProduct, SkuPlace


def read_product(document: str) -> ListedProduct:
    """A product from a row of the view ``catalog.listed_product``."""
    return _DECODER.decode(document)


def read_sku_place(sku: str, product_id: str, is_bundle: bool) -> tuple[str, SkuPlace]:
    """Where a SKU belongs, from its row."""
    return sku, SkuPlace(product_id, is_bundle)


_DECODER = msgspec.json.Decoder(ListedProduct)


def encoded(rows: object) -> str:
    """Rows as one JSON parameter."""
    return msgspec.json.encode(rows).decode()


def row(*values: Any) -> tuple[Any, ...]:
    """A row as it came."""
    return values
