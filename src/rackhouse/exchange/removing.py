"""Removing what a file lacks."""

from collections.abc import Collection, Iterable, Iterator

from rackhouse.catalog import (
    ListedProduct,
    Product,
    ProductNotFound,
    ProductReferenced,
    listed_products,
    product_ids,
    put_products,
    remove_product,
    types_in_force,
)
from rackhouse.exchange.unnaming import without_references
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal

__all__ = ["missing_ids", "remove_all"]

IDS_AT_ONCE = 5_000
PRODUCTS_AT_ONCE = 500


async def missing_ids(
    context: Context, known: Collection[str], only_types: Iterable[str] | None
) -> list[str]:
    """The ids of products (of some types, or of all) that are not among the known ones."""
    types = None if only_types is None else frozenset(only_types)
    missing: list[str] = []
    after_id = ""
    while ids := await product_ids(
        context=context, only_types=types, after_id=after_id, limit=IDS_AT_ONCE
    ):
        missing += [each for each in ids if each not in known]
        after_id = ids[-1]
    return missing


async def remove_all(context: Context, ids: Iterable[str]) -> dict[str, Refusal]:
    """Remove products, what is named by others after these, circles too; says why some stay."""
    refused = await _remove(context, list(ids))
    in_circles = [id_ for id_, why in refused.items() if isinstance(why, ProductReferenced)]
    if not in_circles:
        return refused
    types = await types_in_force(house=context.house)
    listed = await listed_products(context=context, product_ids=in_circles)
    for some in _batches(list(listed.values())):
        products = [without_references(_said(each), types, ()) for each in some]
        await put_products(context=context, products=products)
    return await _remove(context, list(refused))


async def _remove(context: Context, ids: list[str]) -> dict[str, Refusal]:
    waiting, refused = ids, dict[str, Refusal]()
    while waiting:
        refused = {}
        for product_id in waiting:
            try:
                await remove_product(
                    context=context, product_id=product_id, only_type=None, expected_version=None
                )
            except ProductNotFound:
                continue  # somebody else has removed it meanwhile
            except Refusal as refusal:
                refused[product_id] = refusal
        if len(refused) == len(waiting):
            return refused
        waiting = list(refused)
    return refused


def _batches(products: list[ListedProduct]) -> Iterator[list[ListedProduct]]:
    for start in range(0, len(products), PRODUCTS_AT_ONCE):
        yield products[start : start + PRODUCTS_AT_ONCE]


def _said(listed: ListedProduct) -> Product:
    return Product(**{name: getattr(listed, name) for name in Product.__struct_fields__})
