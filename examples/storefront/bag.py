"""Bags: what a visitor holds. The house knows the holds; the browser remembers which to ask for."""

import asyncio
import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from examples.storefront.house import House
from rackhouse_client import Hold, Line, NotFound, Product, Variant

__all__ = [
    "LINES_MAX",
    "Bag",
    "BagLine",
    "bag_of",
    "is_running",
    "lines_of",
    "put_into_bag",
    "variant_words",
]

LINES_MAX = 12
HELD = "held"


@dataclass(frozen=True, kw_only=True)
class BagLine:
    """One hold, with what it is of."""

    hold: Hold
    product: Product
    variant: Variant
    sku: str
    quantity: int

    @property
    def price_minor(self) -> int | None:
        """What all pieces of it cost."""
        each = self.variant.price_minor
        each = self.product.price_minor if each is None else each
        return None if each is None else each * self.quantity

    @property
    def units(self) -> list[int]:
        """The numbers of its pieces, where they are numbered."""
        return sorted(number for each in self.hold.allocations for number in each.units)

    @property
    def name(self) -> str:
        """What it is called: the product, and which variant."""
        words = variant_words(self.variant)
        return f"{self.product.name}, {words}" if words else self.product.name


@dataclass(frozen=True, kw_only=True)
class Bag:
    """What is held, what was held until its time was over, and the holds that can be forgotten."""

    lines: list[BagLine]
    ended: list[BagLine]
    forgotten: list[str]

    @property
    def total_minor(self) -> int:
        """What it costs."""
        return sum(each.price_minor or 0 for each in self.lines)

    @property
    def currency(self) -> str | None:
        """In which currency."""
        return next((each.product.currency for each in self.lines), None)

    @property
    def hold_ids(self) -> list[str]:
        """The holds that are running."""
        return [each.hold.id for each in self.lines]

    @property
    def ends_at(self) -> datetime.datetime | None:
        """When the first of the holds ends."""
        return min((each.hold.expires_at for each in self.lines), default=None)


async def lines_of(house: House, visitor: str, hold_ids: Iterable[str]) -> dict[str, BagLine]:
    """The holds of a visitor by id, whatever became of them; those of others are left out."""
    wanted = sorted(set(hold_ids))[:LINES_MAX]
    holds = await asyncio.gather(*(_hold(house, each) for each in wanted))
    own = [each for each in holds if each is not None and each.customer_id == visitor]
    lines = await asyncio.gather(*(_line_of(house, each) for each in own))
    return {each.hold.id: each for each in lines if each is not None}


async def bag_of(house: House, visitor: str, hold_ids: Iterable[str]) -> Bag:
    """The bag of a visitor. A hold of somebody else is forgotten, whoever put it into a cookie."""
    wanted = set(hold_ids)
    found = await lines_of(house, visitor, wanted)
    now = datetime.datetime.now(datetime.UTC)
    live = [each for each in found.values() if is_running(each.hold, now)]
    running = {each.hold.id for each in live}
    ended = [each for each in found.values() if _ended_by_itself(each.hold, now)]
    live.sort(key=lambda each: each.hold.placed_at)
    return Bag(lines=live, ended=ended, forgotten=sorted(wanted - running))


def is_running(hold: Hold, now: datetime.datetime) -> bool:
    """Whether a hold still keeps what it is of."""
    return hold.status == HELD and hold.expires_at > now


def _ended_by_itself(hold: Hold, now: datetime.datetime) -> bool:
    return hold.status == "expired" or (hold.status == HELD and hold.expires_at <= now)


async def put_into_bag(
    house: House, visitor: str, line: Line, *, ttl_seconds: int, key: str
) -> Hold:
    """Hold something for a visitor; refuses with `NotEnoughStock` and what else the house refuses.
    The same key holds once."""
    return await house.client.place_hold(
        house.channel, [line], ttl_seconds=ttl_seconds, customer_id=visitor, key=key
    )


def variant_words(variant: Variant) -> str:
    """Which variant: its options, or else its name."""
    return ", ".join(variant.options.values()) or variant.name or ""


async def _hold(house: House, hold_id: str) -> Hold | None:
    try:
        return await house.client.hold(hold_id)
    except NotFound:
        return None


async def _line_of(house: House, hold: Hold) -> BagLine | None:
    if not hold.lines:
        return None
    sku, quantity = hold.lines[0].sku, hold.lines[0].quantity
    product = await house.product_of_sku(sku)
    if product is None:
        return None
    variant = next((each for each in product.variants if each.sku == sku), None)
    if variant is None:
        return None
    return BagLine(hold=hold, product=product, variant=variant, sku=sku, quantity=quantity)
