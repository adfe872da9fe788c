"""How a feed is laid out: its head, a piece for each SKU, its tail."""

import csv
import io
from collections.abc import Callable, Sequence

import msgspec

from rackhouse.connectors.product_feeds.shown import NotShown, Shown

__all__ = ["FeedLayout", "as_row", "cut", "required_id"]


class FeedLayout(msgspec.Struct, frozen=True, kw_only=True):
    """How a feed is laid out. ``piece`` raises `NotShown` for what this shop does not take."""

    media_type: str
    head: str
    piece: Callable[[Shown], str]
    tail: str = ""


def as_row(values: Sequence[str], delimiter: str) -> str:
    """A row of a file of separated values (RFC 4180), in which each quote is doubled."""
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\r\n").writerow(values)
    return written.getvalue()


def cut(text: str | None, limit: int) -> str:
    """A text that is not longer than a limit, cut between words where that is not far."""
    if text is None or len(text) <= limit:
        return text or ""
    short = text[: limit - 1]
    at = short.rfind(" ")
    return (short[:at] if at > limit // 2 else short) + "…"


def required_id(sku: str, limit: int) -> str:
    """A SKU as the id of an item; raises `NotShown` where it is too long to be one."""
    if len(sku) > limit:
        raise NotShown(f"its SKU has more than {limit} characters")
    return sku
