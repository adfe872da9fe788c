"""Writing a product feed: the catalog page by page, with the figures of each page as the channel
sees them, into a compressed file. No more than a page is in memory at a time."""

import asyncio
import datetime
import hashlib
import os
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from rackhouse.catalog import ORDERS, ListedProduct, Sought, products_page
from rackhouse.channels import ChannelDisabled, ChannelNotFound
from rackhouse.connectors.product_feeds.layout import FeedLayout
from rackhouse.connectors.product_feeds.shown import NotShown, Seen, Shown, shown_of
from rackhouse.connectors.product_feeds.terms import FeedTerms
from rackhouse.inventory import AvailabilityOfSku, availability_of_many, promises
from rackhouse.platform.context import Context

__all__ = ["FeedReport", "LeftOut", "write_feed"]

PRODUCTS_A_PAGE = 200
PROMISES_A_PAGE = 500
COMPRESSION_LEVEL = 5
GZIP_WINDOW = 31


class LeftOut(msgspec.Struct, frozen=True):
    """How many SKUs are left out for a reason, and one of them."""

    reason: str
    count: int
    example: str


class FeedReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a product feed and what is not, when it was made, and since when it says the
    same."""

    items: int
    left_out: list[LeftOut]
    made_at: datetime.datetime
    changed_at: datetime.datetime
    etag: str
    size_bytes: int


class _Writing:
    """A file that is being written: compressed, counted and hashed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._packing = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, GZIP_WINDOW)
        self._hash = hashlib.sha256()
        self._size = self._items = 0
        self._left_out: dict[str, LeftOut] = {}

    def add(self, text: str) -> None:
        """Write some more."""
        content = text.encode()
        self._hash.update(content)
        self._size += len(content)
        self._file.write(self._packing.compress(content))

    def count(self, items: int, refused: list[tuple[str, str]]) -> None:
        """Count what was written, and what was left out for which reasons."""
        self._items += items
        for sku, reason in refused:
            known = self._left_out.get(reason, LeftOut(reason, 0, sku))
            self._left_out[reason] = LeftOut(reason, known.count + 1, known.example)

    def end(self, now: datetime.datetime) -> FeedReport:
        """Write the last of it; tells what it has become."""
        self._file.write(self._packing.flush())
        return FeedReport(
            items=self._items,
            left_out=sorted(self._left_out.values(), key=lambda each: each.reason),
            made_at=now,
            changed_at=now,
            etag=self._hash.hexdigest(),
            size_bytes=self._size,
        )


async def write_feed(
    context: Context,
    *,
    channel: str,
    layout: FeedLayout,
    terms: FeedTerms,
    path: Path,
    now: datetime.datetime,
) -> FeedReport:
    """Write the feed of a channel to a file, which is there at once and whole."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    backorders = await _backorders(context)
    try:
        with draft.open("wb") as file:
            writing = _Writing(file)
            writing.add(layout.head)
            async for page in _pages(context):
                seen = Seen(await _figures(context, channel, page), backorders, now)
                pieces, refused = await asyncio.to_thread(_laid_out, page, seen, layout, terms)
                await asyncio.to_thread(writing.add, "".join(pieces))
                writing.count(len(pieces), refused)
            writing.add(layout.tail)
            report = writing.end(now)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return report


async def _pages(context: Context) -> AsyncIterator[list[ListedProduct]]:
    """The catalog in the order of names; what was renamed meanwhile comes once all the same."""
    order, after, seen = ORDERS["name"], None, set[str]()
    while True:
        page = await products_page(
            context=context, sought=Sought(), order=order, after=after, limit=PRODUCTS_A_PAGE
        )
        new = [product for product in page if product.id not in seen]
        seen.update(product.id for product in new)
        if new:
            yield new
        if len(page) < PRODUCTS_A_PAGE:
            return
        after = order.place_of(page[-1])


async def _backorders(context: Context) -> frozenset[str]:
    """The SKUs that are promised as backorders."""
    found, after = set[str](), ""
    while True:
        page = await promises(context=context, after=after, is_open=True, limit=PROMISES_A_PAGE)
        found.update(each.promise.sku for each in page if each.promise.kind == "backorder")
        if len(page) < PROMISES_A_PAGE:
            return frozenset(found)
        after = page[-1].promise.sku


async def _figures(
    context: Context, channel: str, page: list[ListedProduct]
) -> dict[str, AvailabilityOfSku]:
    ids = [product.id for product in page if product.variants]
    try:
        found = await availability_of_many(context=context, ids=ids, channel=channel)
    except (ChannelDisabled, ChannelNotFound):
        return {}  # who does not sell at present has nothing in stock
    return {sku.sku: sku for item in found.items for sku in item.skus}


def _laid_out(
    page: list[ListedProduct], seen: Seen, layout: FeedLayout, terms: FeedTerms
) -> tuple[list[str], list[tuple[str, str]]]:
    pieces, refused = [], []
    for product in page:
        for shown in shown_of(product, seen, terms):
            if not isinstance(shown, Shown):
                refused.append((shown[0], str(shown[1])))
                continue
            try:
                pieces.append(layout.piece(shown))
            except NotShown as reason:
                refused.append((shown.id, str(reason)))
    return pieces, refused
