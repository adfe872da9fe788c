"""Tills and what they have, for tests of allotments."""

import uuid
from typing import Any

from houses import Shop, context_of
from rackhouse.channels import Terms, open_channel
from rackhouse.inventory import (
    Allotment,
    Hold,
    Line,
    LotFacts,
    MovedPieces,
    Portion,
    allot,
    allotments,
    availability,
    give_back,
    place_hold,
    receive_stock,
    register_lot,
)
from rackhouse.platform.context import Context

__all__ = ["apart", "back", "buy", "buyable", "downloaded", "lot", "till"]


async def till(shop: Shop, *locations: str) -> str:
    """A till that sells from the shop's locations."""
    name = f"till-{uuid.uuid4().hex[:8]}"
    terms = Terms(name=name, kind="pos", locations=locations or shop.locations, enabled=True)
    await open_channel(context=shop.context, channel_id=name, terms=terms)
    return name


async def lot(shop: Shop, name: str, *units: int, **facts: Any) -> None:
    """Make a lot known, and take its numbered units in, or five pieces."""
    numbered = max(units) if units else None
    known = LotFacts(numbered=numbered, **facts)
    await register_lot(context=shop.context, sku=shop.sku, lot=name, facts=known)
    await receive_stock(
        context=shop.context,
        location=shop.location,
        lines=[Line(shop.sku, len(units) or 5, name, units)],
        reference=None,
    )


async def apart(shop: Shop, channel: str, quantity: int, **portion: Any) -> list[MovedPieces]:
    """Set pieces apart for a channel."""
    portion = {"sku": shop.sku, "location": shop.location, **portion}
    return await allot(
        context=shop.context, channel=channel, portions=[Portion(quantity=quantity, **portion)]
    )


async def back(
    shop: Shop, channel: str, quantity: int, *, context: Context | None = None, **said: Any
) -> list[MovedPieces]:
    """Give pieces back, as the channel's own client."""
    context = context or context_of(shop.house, channel=channel)
    agrees = said.pop("channel_agrees", False)
    portion = Portion(sku=shop.sku, location=shop.location, quantity=quantity, **said)
    return await give_back(
        context=context, channel=channel, portions=[portion], channel_agrees=agrees
    )


async def buy(shop: Shop, quantity: int, channel: str | None = None, **line: Any) -> Hold:
    """Set pieces aside."""
    return await place_hold(
        context=shop.context,
        channel=channel or shop.channel,
        lines=[Line(shop.sku, quantity, **line)],
        ttl_seconds=600,
    )


async def downloaded(shop: Shop, own: str, **asked: Any) -> list[Allotment]:
    """What a till reads before it goes offline."""
    given: dict[str, Any] = {
        "context": context_of(shop.house, channel=own),
        "channel": own,
        "sku": None,
        "location": None,
        "after": None,
        "limit": 50,
        **asked,
    }
    return await allotments(**given)


async def buyable(shop: Shop, channel: str | None = None) -> int:
    """How many pieces of the first location may be sold, by everybody or through a channel."""
    found = await availability(context=shop.context, id=shop.sku, channel=channel)
    (at,) = [each for each in found.skus[0].locations if each.location == shop.location]
    return at.available
