"""Showing assets: put among the media of products, taken off again, and told as a page needs it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from rackhouse.catalog import ListedProduct, Media, Product, product_of, replace_product
from rackhouse.media.assets import MediaAssets, locked_asset
from rackhouse.media.errors import MediaNotShown
from rackhouse.media.rules.assets import asset_in
from rackhouse.media.rules.galleries import Gallery, gallery_of
from rackhouse.media.rules.placing import Placing, placed, without
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House
from rackhouse.platform.http.endpoint import VersionIsStale

__all__ = ["gallery", "show_media", "unshow_media"]

SHOWN_AT_ONCE = 2
ATTEMPTS = 10


class _Showing:
    """How many products this process changes at once while it keeps an asset from being removed:
    each takes two connections, and must not wait for others that hold one each."""

    def __init__(self, _: House) -> None:
        self.turns = asyncio.Semaphore(SHOWN_AT_ONCE)


@operation("catalog:write")
async def show_media(
    *,
    context: Context,
    product_id: str,
    asset_id: str,
    placing: Placing,
    expected_version: int | None,
) -> ListedProduct:
    """Show an asset on a product, or show it otherwise; it can not be removed meanwhile. Needs
    `catalog:read`, too.

    Refuses with `MediaNotFound`, `ProductNotFound`, `VersionIsStale` (None expects any version),
    and `InvalidProduct`, as one that shows too much already.
    """
    async with (
        context.house.the(_Showing).turns,
        context.house.database("media").transaction() as tx,
    ):
        asset = (await locked_asset(tx, asset_id)).asset
        return await _changed(
            context, product_id, expected_version, lambda media: placed(media, asset, placing)
        )


@operation("catalog:write")
async def unshow_media(
    *, context: Context, product_id: str, asset_id: str, expected_version: int | None
) -> ListedProduct:
    """Take an asset off a product. Needs `catalog:read`, too.

    Refuses with `ProductNotFound`, `MediaNotShown` and `VersionIsStale` (None expects any version).
    """

    def taken_off(media: Sequence[Media]) -> list[Media]:
        left = without(media, asset_id)
        if len(left) == len(media):
            raise MediaNotShown(product_id=product_id, asset_id=asset_id)
        return left

    return await _changed(context, product_id, expected_version, taken_off)


@operation("catalog:read")
async def gallery(*, context: Context, product_id: str) -> Gallery:
    """What a page of a product shows, with every size. Refuses with `ProductNotFound`."""
    product = await product_of(context=context, product_id=product_id, only_type=None)
    ids = [found for each in product.media if (found := asset_in(each.url))]
    assets = await context.house.the(MediaAssets).known(ids)
    return gallery_of(product.id, product.version, product.media, assets)


async def _changed(
    context: Context,
    product_id: str,
    expected_version: int | None,
    change: Callable[[Sequence[Media]], list[Media]],
) -> ListedProduct:
    """The product with other media. Where any version is expected, it is read again if somebody
    else changed it in between."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await _changed_once(context, product_id, expected_version, change)
        except VersionIsStale:
            if expected_version is not None:
                raise
    return await _changed_once(context, product_id, expected_version, change)


async def _changed_once(
    context: Context,
    product_id: str,
    expected_version: int | None,
    change: Callable[[Sequence[Media]], list[Media]],
) -> ListedProduct:
    """The product with other media; what else is said of it is as it was read."""
    found = await product_of(context=context, product_id=product_id, only_type=None)
    if expected_version not in (None, found.version):
        raise VersionIsStale(current=found.version)
    said: dict[str, Any] = msgspec.to_builtins(found)
    draft = {field: said[field] for field in Product.__struct_fields__}
    draft["media"] = msgspec.to_builtins(change(found.media))
    return await replace_product(
        context=context,
        product_id=product_id,
        only_type=None,
        draft=draft,
        expected_version=found.version,
    )
