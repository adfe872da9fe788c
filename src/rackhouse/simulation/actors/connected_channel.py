"""A connected channel: it sells elsewhere, from its own figures, and an adapter speaks to it.

Its customers buy, call off, send back. It tells of that in deliveries, some of which come late,
twice, cut off or never; and it is asked. So it may sell what is gone: such a sale is never booked
on stock that is not there, and waits for a person.
"""

import random
from typing import Any

from rackhouse.simulation.books import Sale
from rackhouse.simulation.stage import HOUR, Stage
from rackhouse.simulation.wires import Wire
from rackhouse.simulators import Order, Setting, Simulator, SoldOut

__all__ = ["ConnectedChannel"]

DELIVERS_SECONDS = (5.0, 300.0)
DECIDES_SECONDS = (600.0, 7200.0)
CANCELS, REFUNDS, SHIPS = 0.15, 0.3, 0.6


class ConnectedChannel:
    """One channel of ours, with the simulator of where it sells."""

    def __init__(self, stage: Stage, channel: str, adapter: str, simulator: Simulator) -> None:
        self.channel = channel
        self.adapter = adapter
        self.simulator = simulator
        self.settings_made: list[Setting] = []
        self._stage = stage
        self._chance = stage.chance(channel)
        self._slow = stage.chance(f"{channel} delivers")
        shop = simulator.shop
        shop.clock = stage.moment
        shop.told = self._tell
        shop.noted = self.settings_made.append
        for sku in stage.skus:
            shop.add_item(sku)
        self.wire = Wire(
            simulator,
            stage.timeline,
            stage.service.serve,
            stage.books,
            stage.faults,
            host=f"{channel}.simulated",
            chance=stage.chance(f"wire to {channel}"),
        )

    async def act(self) -> None:
        """Sell until the doors close, and tell of it meanwhile."""
        self._stage.timeline.begin(self._deliver())
        rate = self._stage.world.connected_customers_per_hour / HOUR
        while self._stage.is_open():
            await self._stage.timeline.sleep(self._chance.expovariate(rate))
            self._sell(self._stage.wanted(self._chance))

    async def deliver(self) -> None:
        """Let all arrive that there is to tell."""
        await self.simulator.deliveries.send_each(self.wire.deliver)

    def mend(self) -> None:
        """Let nothing go wrong any more."""
        self.simulator.mend()
        self.wire.faults = self._stage.world.faults.none()

    def close_books(self, uncovered: set[str]) -> None:
        """Say of each sale what became of it here; ``uncovered`` are those that wait for a
        person."""
        for order in self.simulator.shop.orders.values():
            sale = self._stage.books.sales[self.channel, order.id]
            sale.returned = _back(order)
            if sale.returned == sale.lines:
                sale.status = "cancelled"
            elif order.id in uncovered:
                sale.status = "exceeded"

    def figures(self) -> dict[str, int]:
        """What it would sell of each SKU."""
        return {sku: self.simulator.shop.figure(sku) for sku in self._stage.skus}

    def _sell(self, wanted: dict[str, int]) -> None:
        try:
            order = self.simulator.shop.sell(*wanted.items())
        except SoldOut:
            self._stage.books.count("sold_out_there")
            return
        sale = self._stage.books.open(self.channel, order.id, wanted)
        sale.status, sale.name, sale.by_pieces = "confirmed", f"{self.channel}-{order.id}", True
        sale.sold_at = order.placed_at
        chance = self._stage.chance(sale.name)
        self._stage.timeline.begin(
            self._change_mind(sale, order, chance), after=chance.uniform(*DECIDES_SECONDS)
        )

    async def _change_mind(self, sale: Sale, order: Order, chance: random.Random) -> None:
        """What happens to a sale afterwards: it is called off, paid back in part, sent out."""
        shop, drawn = self.simulator.shop, chance.random()
        if drawn < CANCELS:
            shop.cancel(order.id)
            return
        if drawn < REFUNDS:
            shop.refund(order.id, chance.choice(sorted(sale.lines)), 1)
            await self._stage.timeline.sleep(chance.uniform(*DECIDES_SECONDS))
        if drawn < SHIPS:
            shop.ship(order.id)

    async def _deliver(self) -> None:
        while self._stage.is_open():
            await self._stage.timeline.sleep(self._slow.uniform(*DELIVERS_SECONDS))
            await self.deliver()

    def _tell(self, topic: str, about: Any) -> None:
        """What happens there, in its own books and in ours."""
        told = about
        if topic == "stock_changed":
            told = f"{about[0]} is {self.simulator.shop.stock[about]}"
        elif topic == "refund_created":
            told = f"of {about[0].id}"
        else:
            told = f"{about.id}"
        now = self._stage.timeline.now
        self._stage.books.note(now, f"{self.channel}: {topic} {told}")
        self.simulator.tell(topic, about)


def _back(order: Order) -> dict[str, int]:
    """The pieces of an order that its buyer does not have in the end."""
    back: dict[str, int] = {}
    for line in order.lines:
        refunded = sum(each.quantity for each in order.refunds if each.line == line.id)
        gone = line.quantity if order.cancelled_at is not None else refunded
        if gone:
            back[line.item.sku] = back.get(line.item.sku, 0) + gone
    return back
