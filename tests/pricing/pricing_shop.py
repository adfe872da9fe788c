"""A shop with price lists of its own: every rule is for its channel, so that no other test's prices
change."""

import datetime
import uuid
from typing import Any

from houses import Shop
from rackhouse.pricing import (
    ListedPrice,
    PriceList,
    PriceListTerms,
    Promotion,
    PromotionTerms,
    create_price_list,
    create_promotion,
    prices_of,
    set_prices,
)
from rackhouse.pricing.log import LOG

__all__ = ["asked", "events_of", "fresh", "list_with", "promotion_for", "set_price"]

LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


def fresh(word: str) -> str:
    """An id that no other test uses."""
    return f"{word}-{uuid.uuid4().hex[:12]}"


async def list_with(shop: Shop, price_minor: int | None = None, **said: Any) -> PriceList:
    """A price list of the shop's channel, with a price of its SKU."""
    terms = PriceListTerms(
        **{"title": "Some", "currency": "EUR", "channel": shop.channel, "starts_at": LONG_AGO}
        | said
    )
    made = await create_price_list(context=shop.context, price_list=fresh("list"), terms=terms)
    if price_minor is not None:
        await set_price(shop, made.id, price_minor)
    return made


async def set_price(shop: Shop, price_list: str, price_minor: int, **said: Any) -> None:
    """Set the one price of the shop's SKU in a list."""
    await set_prices(
        context=shop.context,
        price_list=price_list,
        prices=[ListedPrice(sku=shop.sku, price_minor=price_minor, **said)],
        removed_skus=[],
        expected_version=None,
    )


async def promotion_for(shop: Shop, discount: Any, position: int = 1, **said: Any) -> Promotion:
    """A promotion in the shop's channel."""
    terms = PromotionTerms(
        **{"title": "Off", "discount": discount, "position": position, "channel": shop.channel}
        | said
    )
    return await create_promotion(context=shop.context, promotion=fresh("promo"), terms=terms)


async def asked(shop: Shop, **said: Any) -> Any:
    """What the shop's SKU costs through its channel."""
    question = {
        "context": shop.context,
        "skus": [shop.sku],
        "quantity": 1,
        "channel": shop.channel,
        "currency": None,
        "customer_group": None,
        "country": None,
        "region": None,
        "as_of": None,
    }
    (found,) = await prices_of(**question | said)
    return found


async def events_of(shop: Shop, stream: str) -> list[str]:
    """The types of the events of a stream, the oldest first."""
    async with shop.house.database("pricing").transaction() as tx:
        found = await LOG.read_streams(
            tx, streams=[stream], recorded_before=None, position_before=None, limit=100
        )
    return [each.type for each in reversed(found)]
