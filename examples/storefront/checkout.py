"""Checkout: from holds to orders, once, however often it is asked for.

Each hold becomes an order of its own, because an order takes one hold over. They are bought in
steps that can each be repeated: the holds are made to last, the payment is authorized, and the
orders are placed, each under a name that follows from the purchase. Only what was really sold is
captured.
"""

import asyncio
import datetime
from dataclasses import dataclass

from examples.storefront.bag import BagLine, is_running
from examples.storefront.house import House
from examples.storefront.sealed import number_for, seal, unsealed
from rackhouse_client import Conflict, NotFound, Order, OrderDetail

__all__ = ["Basket", "Purchase", "buy", "purchase_numbered", "purchases_of"]

SAFE_SECONDS = 120
ORDERS_PAGE = 100


@dataclass(frozen=True, kw_only=True)
class Basket:
    """What a visitor saw when they said that they buy it: which holds, for how much. It goes to the
    browser sealed, so that what is bought is what was shown, and twice is one purchase."""

    number: str
    total_minor: int
    hold_ids: tuple[str, ...]

    @staticmethod
    def of(secret: bytes, visitor: str, hold_ids: list[str], total_minor: int) -> "Basket":
        """The purchase of these holds."""
        number = number_for(secret, visitor, hold_ids)
        return Basket(number=number, total_minor=total_minor, hold_ids=tuple(hold_ids))

    def sealed(self, secret: bytes, visitor: str) -> str:
        """As it goes to the browser of this visitor."""
        text = " ".join([self.number, str(self.total_minor), *self.hold_ids])
        return seal(secret, f"basket {visitor}", text)

    @staticmethod
    def unsealed(secret: bytes, visitor: str, sealed: str) -> "Basket | None":
        """As it came back; None where it is not what this visitor was given."""
        text = unsealed(secret, f"basket {visitor}", sealed)
        if text is None:
            return None
        number, total, *hold_ids = text.split(" ")
        return Basket(number=number, total_minor=int(total), hold_ids=tuple(hold_ids))


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """The orders that have one number, and the lines that could not be bought after all."""

    number: str
    orders: list[Order]
    lost: tuple[BagLine, ...] = ()

    @property
    def total_minor(self) -> int:
        """What was paid."""
        return sum(each.total_minor or 0 for each in self.orders)

    @property
    def currency(self) -> str | None:
        """In which currency."""
        return next((each.currency for each in self.orders if each.currency), None)

    @property
    def placed_at(self) -> datetime.datetime:
        """When."""
        return min(each.placed_at for each in self.orders)

    @property
    def units(self) -> dict[str, list[int]]:
        """The numbers of what is numbered, by SKU; of orders that were read one by one."""
        found: dict[str, list[int]] = {}
        for order in self.orders:
            for each in order.allocations if isinstance(order, OrderDetail) else ():
                found.setdefault(each.sku, []).extend([*each.units, *each.shipped_units])
        return {sku: sorted(numbers) for sku, numbers in found.items() if numbers}


async def buy(house: House, visitor: str, number: str, lines: list[BagLine]) -> Purchase:
    """Buy what is held. What the house refuses because it ended meanwhile is told as lost; when the
    house does not answer, the same number is bought again and goes on where it was."""
    lasting = await asyncio.gather(*(_lasts(house, each, number) for each in lines))
    orders: list[Order] = []
    lost = [line for line, lasts in zip(lines, lasting, strict=True) if not lasts]
    for line in lines:
        if line in lost:
            continue
        name = f"{number}-{line.hold.id}"
        try:
            placed = await house.client.place_order(
                house.channel,
                hold_id=line.hold.id,
                customer_id=visitor,
                external_id=name,
                complete="confirm",
                key=f"{name}-order",
            )
        except (Conflict, NotFound):
            lost.append(line)
        else:
            orders.append(placed)
    return Purchase(number=number, orders=orders, lost=tuple(lost))


async def purchase_numbered(house: House, visitor: str, number: str) -> Purchase | None:
    """What a visitor bought under a number; None where they bought nothing under it."""
    for each in await purchases_of(house, visitor):
        if each.number == number:
            orders = await asyncio.gather(*(house.client.order(one.id) for one in each.orders))
            return Purchase(number=number, orders=list(orders))
    return None


async def purchases_of(house: House, visitor: str) -> list[Purchase]:
    """What a visitor bought, the newest first."""
    page = await house.client.orders(channel=house.channel, customer_id=visitor, limit=ORDERS_PAGE)
    by_number: dict[str, list[Order]] = {}
    for order in page.items:
        number = "-".join((order.external_id or "").split("-")[:2])
        by_number.setdefault(number, []).append(order)
    return [Purchase(number=number, orders=orders) for number, orders in by_number.items()]


async def _lasts(house: House, line: BagLine, number: str) -> bool:
    """Whether a hold lasts until it is paid; one that is about to end is made to. One that was
    bought already has no end."""
    if line.hold.status == "confirmed":
        return True
    now = datetime.datetime.now(datetime.UTC)
    if not is_running(line.hold, now):
        return False
    if (line.hold.expires_at - now).total_seconds() > SAFE_SECONDS:
        return True
    try:
        await house.client.extend_hold(
            line.hold.id, ttl_seconds=SAFE_SECONDS, key=f"{number}-{line.hold.id}-lasts"
        )
    except (Conflict, NotFound):
        return False
    return True
