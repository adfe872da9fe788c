"""Lots and numbered bottles for tests to start from."""

import datetime
from typing import Any

from houses import Shop
from rackhouse.inventory import (
    Hold,
    Line,
    LotFacts,
    LotNow,
    place_hold,
    receive_stock,
    register_lot,
)

__all__ = ["LONG_AGO", "SOON", "hold_of_lot", "lot_in", "numbered_lot"]

LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
SOON = datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC)


async def lot_in(
    shop: Shop,
    lot: str,
    *,
    pieces: int = 0,
    location: str | None = None,
    sku: str | None = None,
    **facts: Any,
) -> LotNow:
    """Make a lot of a shop's SKU known, and take some pieces of it in."""
    registered = await register_lot(
        context=shop.context, sku=sku or shop.sku, lot=lot, facts=LotFacts(**facts)
    )
    if pieces:
        numbers = tuple(range(1, pieces + 1)) if registered.numbered else ()
        await receive_stock(
            context=shop.context,
            location=location or shop.location,
            lines=[Line(sku or shop.sku, pieces, lot, numbers)],
            reference=None,
        )
    return registered


async def numbered_lot(shop: Shop, lot: str, bottles: int) -> LotNow:
    """A lot whose bottles are numbered and have all come in."""
    return await lot_in(shop, lot, pieces=bottles, numbered=bottles)


async def hold_of_lot(shop: Shop, quantity: int = 1, **asked: Any) -> Hold:
    """Set pieces aside."""
    line = {each: asked.pop(each) for each in ("lot", "units", "picking") if each in asked}
    return await place_hold(
        **{
            "context": shop.context,
            "channel": shop.channel,
            "lines": [Line(shop.sku, quantity, **line)],
            "ttl_seconds": 600,
            **asked,
        }
    )
