"""Removing what a file lacks."""

from collections.abc import Collection, Iterable

from rackhouse.catalog import ProductNotFound, product_ids, remove_product
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal

__all__ = ["missing_ids", "remove_all"]

IDS_AT_ONCE = 5_000


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
    """Remove products, what is named by others after these; says why some of them stay."""
    waiting, refused = list(ids), dict[str, Refusal]()
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
