"""Asking what SKUs cost: now, as it was answered then, or as it will be by what is known."""

import datetime
from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.catalog import ListedProduct, SkuUnknown, products_with_skus
from rackhouse.channels import BoundToAnotherChannel, locations_assigned_to
from rackhouse.platform.context import Caller, Context, operation
from rackhouse.platform.house import House
from rackhouse.platform.store import server_time
from rackhouse.pricing import rules, store
from rackhouse.pricing.errors import CustomersHaveNoGroup, InvalidPricing
from rackhouse.pricing.facts import PricingFacts
from rackhouse.pricing.following import listings_of
from rackhouse.pricing.rules import (
    LOWEST_OF_DAYS,
    REDUCTION_LIMIT_DAYS,
    Listing,
    Priced,
    Question,
    Sheet,
)

__all__ = ["SKUS_LIMIT", "LinePrice", "price_lines", "prices_of"]

SKUS_LIMIT = 100
LOOK_BACK = datetime.timedelta(days=REDUCTION_LIMIT_DAYS + LOWEST_OF_DAYS)
READS_THE_CATALOG = frozenset({"catalog:read"})


class LinePrice(msgspec.Struct, frozen=True):
    """What a line of an order costs: each piece, and all of them where that is not the price times
    the quantity. ``rules`` are the price list and the promotions that made it, each with its
    version; none where it is the catalog's price."""

    price_minor: int
    currency: str
    total_minor: int | None
    rules: tuple[str, ...]


@operation("prices:read")
async def prices_of(
    *,
    context: Context,
    skus: Sequence[str],
    quantity: int,
    channel: str | None,
    currency: str | None,
    customer_group: str | None,
    country: str | None,
    region: str | None,
    as_of: datetime.datetime | None,
) -> list[Priced]:
    """What a quantity of each of some SKUs costs, in the order given; at most `SKUS_LIMIT`.

    Without ``as_of`` now; with a time that has passed, what was answered then; with one that is to
    come, what will be by all that is known. Without a currency the first price list that has a
    price decides, or else the catalog. Refuses with `SkuUnknown`, `ChannelNotFound`,
    `BoundToAnotherChannel`, `CustomersHaveNoGroup` and `InvalidPricing`.
    """
    channel = _own_channel(context.caller, channel)
    if customer_group is not None and context.caller.customer_id is not None:
        raise CustomersHaveNoGroup(customer_id=context.caller.customer_id)
    if not 1 <= len(skus) <= SKUS_LIMIT:
        raise InvalidPricing(field="sku", problem=f"name 1 to {SKUS_LIMIT} SKUs")
    if channel is not None:
        await locations_assigned_to(house=context.house, channel=channel)
    now, sheets = await _sheets(context.house, skus, as_of, LOOK_BACK)
    at = now if as_of is None else as_of
    answers = []
    for sku in skus:
        if not any(rules.known(each, min(at, now)) for each in sheets[sku].listings):
            raise SkuUnknown(sku=sku)
        question = Question(
            sku=sku,
            quantity=quantity,
            channel=channel,
            currency=currency,
            customer_group=customer_group,
            country=country,
            region=region,
        )
        answers.append(rules.answer(sheets[sku], question, at, now))
    return answers


async def price_lines(
    *,
    house: House,
    channel: str,
    customer_group: str | None,
    lines: Sequence[tuple[str, int]],
    as_of: datetime.datetime | None,
) -> dict[tuple[str, int], LinePrice]:
    """What lines (SKU, quantity) cost that are sold through a channel, now or at a time; those
    that price lists and promotions say nothing of are left out.

    Without any price list and promotion in the house it is answered without waiting.
    """
    if not await house.the(PricingFacts).any_rules():
        return {}
    now, sheets = await _sheets(house, [sku for sku, _ in lines], as_of, datetime.timedelta(0))
    at = now if as_of is None else min(as_of, now)
    found = {}
    for sku, quantity in lines:
        asked = Question(sku=sku, quantity=quantity, channel=channel, customer_group=customer_group)
        price = _line_price(rules.priced(sheets[sku], asked, at, now))
        if price is not None:
            found[sku, quantity] = price
    return found


def _line_price(found: Priced) -> LinePrice | None:
    if found.price_minor is None or found.currency is None or found.total_minor is None:
        return None
    used = [f"promotion:{each.id}@{each.version}" for each in found.promotions]
    if found.list is not None:
        used.insert(0, f"price-list:{found.list.id}@{found.list.version}")
    if not used:
        return None
    is_product = found.total_minor == found.price_minor * found.quantity
    total = None if is_product else found.total_minor
    return LinePrice(found.price_minor, found.currency, total, tuple(used))


def _own_channel(caller: Caller, channel: str | None) -> str | None:
    if caller.channel is not None and channel not in (None, caller.channel):
        raise BoundToAnotherChannel(
            subject=caller.subject, bound_to=caller.channel, channel=channel
        )
    return caller.channel or channel


async def _sheets(
    house: House,
    skus: Sequence[str],
    as_of: datetime.datetime | None,
    look_back: datetime.timedelta,
) -> tuple[datetime.datetime, dict[str, Sheet]]:
    """The time, and all that bears on the price of each SKU: what is on record, what is to come
    and what was, as far back as is looked."""
    named = [sku for sku in dict.fromkeys(skus) if sku.isprintable()]
    live = await _live(house, named)
    async with house.database("pricing").transaction() as tx:
        now = await server_time(tx)
        since = min(as_of or now, now) - look_back
        async with tx.pipeline():
            asked_rules = await store.send_rules(tx, since=since)
            asked_prices = await store.send_prices(tx, named, since=since)
            asked_listings = await store.send_listings(tx, named, since=since)
        kept = await asked_rules.all(store.read_kind)
        prices = await asked_prices.all(store.read_price)
        listings = await asked_listings.all(store.read_listing)
    of_kind = {kind: [rule for k, rule in kept if k == kind] for kind in store.KINDS}
    return now, {
        sku: Sheet(
            lists=of_kind["price-list"],
            promotions=of_kind["promotion"],
            rates=of_kind["tax-rate"],
            prices=[each for each in prices if each.sku == sku],
            listings=_with_live(sku, listings, live.get(sku), now),
            catalog_includes_tax=house.settings.catalog_prices_include_tax,
        )
        for sku in skus
    }


async def _live(house: House, skus: Sequence[str]) -> Mapping[str, ListedProduct]:
    """What the catalog says at this moment."""
    context = Context.of_service(house, "pricing", READS_THE_CATALOG)
    return await products_with_skus(context=context, skus=skus)


def _with_live(
    sku: str, history: Sequence[Listing], live: ListedProduct | None, now: datetime.datetime
) -> list[Listing]:
    """The history of a SKU with what the catalog says now, which its subscription may not have
    brought yet. What is on record as open of a SKU that is gone ends now."""
    found = [each for each in history if each.sku == sku]
    said = [each for each in listings_of(live) if each.sku == sku] if live is not None else []
    if not said:
        return [msgspec.structs.replace(each, closed_at=each.closed_at or now) for each in found]
    began_at = min(said[0].recorded_at, now)
    return [*found, msgspec.structs.replace(said[0], recorded_at=began_at)]
