"""Bundles of a shop's SKUs, for tests to sell."""

import uuid
from collections.abc import Mapping
from typing import Any

from houses import Shop
from rackhouse.catalog import create_product, replace_product

__all__ = ["bundle_of", "remade"]


async def bundle_of(shop: Shop, components: Mapping[str, int]) -> str:
    """A bundle that takes so many of some SKUs; answers its SKU."""
    sku = f"BUNDLE-{uuid.uuid4().hex[:10]}"
    await create_product(context=shop.context, draft=_draft_of(sku, components))
    return sku


async def remade(shop: Shop, sku: str, components: Mapping[str, int]) -> None:
    """Let a bundle be made of something else from now on."""
    await replace_product(
        context=shop.context,
        product_id=sku.lower(),
        only_type=None,
        draft=_draft_of(sku, components),
        expected_version=None,
    )


def _draft_of(sku: str, components: Mapping[str, int]) -> dict[str, Any]:
    made_of = [{"sku": each, "quantity": count} for each, count in components.items()]
    return {
        "id": sku.lower(),
        "type": "bundle",
        "name": "Bundle",
        "price_minor": 5000,
        "currency": "EUR",
        "variants": [{"sku": sku, "components": made_of}],
    }
