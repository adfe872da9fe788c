"""Shops that sell what has not come yet, for tests of promises."""

import datetime
from typing import Any

from houses import Shop
from rackhouse.channels import Terms, open_channel
from rackhouse.inventory import (
    Hold,
    Line,
    PromiseNow,
    PromiseTerms,
    holds_of,
    open_promise,
    place_hold,
    promise_of,
)
from rackhouse.platform.context import Context

__all__ = [
    "SPRING",
    "allocations",
    "figures",
    "open_sale",
    "other_channel",
    "preorder",
    "served",
]

SPRING = datetime.datetime(2035, 4, 1, tzinfo=datetime.UTC)


async def open_sale(shop: Shop, cap: int | None = 10, **terms: Any) -> PromiseNow:
    """Let pieces of the shop's SKU be pre-ordered."""
    sku = terms.pop("sku", shop.sku)
    asked = {"kind": "pre_order", "promised_at": SPRING, "cap": cap, **terms}
    return await open_promise(context=shop.context, sku=sku, terms=PromiseTerms(**asked))


async def preorder(
    shop: Shop, quantity: int = 1, *, context: Context | None = None, **asked: Any
) -> Hold:
    """Sell pieces, come or not."""
    facts: dict[str, Any] = {
        "channel": shop.channel,
        "lines": [Line(shop.sku, quantity)],
        "ttl_seconds": 600,
        "promise": True,
        "sell": True,
        **asked,
    }
    return await place_hold(context=context or shop.context, **facts)


async def allocations(shop: Shop, hold: Hold) -> dict[str, tuple[int, int]]:
    """How many pieces a hold has held and committed, by location; places without any left out."""
    now = (await holds_of(context=shop.context, hold_ids=[hold.id]))[hold.id]
    found: dict[str, tuple[int, int]] = {}
    for each in now.allocations:
        held, committed = found.get(each.location, (0, 0))
        if each.held or each.committed:
            found[each.location] = (held + each.held, committed + each.committed)
    return found


async def served(shop: Shop, holds: list[Hold]) -> list[int]:
    """How many pieces of each hold have come."""
    return [
        sum(
            sum(pieces)
            for place, pieces in (await allocations(shop, each)).items()
            if place != "~promised"
        )
        for each in holds
    ]


async def figures(shop: Shop, sku: str | None = None) -> tuple[int, int, int]:
    """Cap, held and sold of the promise."""
    parts = (await promise_of(context=shop.context, sku=sku or shop.sku)).parts
    return (
        sum(part.cap for part in parts),
        sum(part.held for part in parts),
        sum(part.sold for part in parts),
    )


async def other_channel(shop: Shop, *locations: str) -> str:
    """Open another channel."""
    name = f"other-{shop.channel}"
    terms = Terms(name=name, kind="pos", locations=locations, enabled=True)
    await open_channel(context=shop.context, channel_id=name, terms=terms)
    return name
