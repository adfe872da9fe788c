"""The warehouse: it takes goods in, sets some apart, and sends out what was paid for."""

import msgspec

from rackhouse.simulation.network import Client, GaveUp
from rackhouse.simulation.stage import Stage

__all__ = ["Warehouse"]

ROUND_SECONDS = (600.0, 1800.0)
PAGE_LIMIT = 200
OK, CONFLICT = 200, 409


class _Order(msgspec.Struct, frozen=True):
    id: str
    channel: str
    external_id: str


class _Orders(msgspec.Struct, frozen=True):
    items: list[_Order]


class Warehouse:
    """Whoever handles the goods."""

    def __init__(self, stage: Stage, client: Client) -> None:
        self._stage = stage
        self._client = client
        self._chance = stage.chance("warehouse")
        self._receipts = 0

    async def fill(self) -> None:
        """Take in what is there when the doors open."""
        world = self._stage.world
        later = int(world.units * world.arrives_later)
        for sku in self._stage.skus:
            await self._receive(sku, world.units - later)

    async def act(self) -> None:
        """Take the rest in at some time, and ship on rounds."""
        for sku in self._stage.skus:
            at = self._chance.uniform(0, self._stage.closes_at)
            self._stage.timeline.begin(self._arrive(sku), after=at)
        while self._stage.is_open():
            await self._stage.timeline.sleep(self._chance.uniform(*ROUND_SECONDS))
            await self.ship()

    async def ship(self) -> None:
        """Send out every order that is paid for."""
        target = f"/api/v1/orders?status=confirmed&limit={PAGE_LIMIT}"
        try:
            answer = await self._client.get(target)
            for order in msgspec.json.decode(answer.body, type=_Orders).items:
                await self._send_out(order)
        except GaveUp:
            self._stage.books.count("gave_up")

    async def _send_out(self, order: _Order) -> None:
        target = f"/api/v1/orders/{order.id}/ship"
        answer = await self._client.post(target, {}, key=f"ship-{order.external_id}")
        sale = self._stage.books.sales.get((order.channel, order.external_id))
        if answer.status == OK and sale is not None:
            sale.shipped = True
        elif answer.status not in (OK, CONFLICT):
            self._stage.books.unexpected.append(
                f"the warehouse was answered {answer.status} for {target}: {answer.body.decode()}"
            )

    async def _arrive(self, sku: str) -> None:
        await self._receive(sku, int(self._stage.world.units * self._stage.world.arrives_later))

    async def _receive(self, sku: str, quantity: int) -> None:
        """Take pieces in at both locations."""
        first = (quantity + 1) // 2
        for location, part in zip(self._stage.locations, (first, quantity - first), strict=True):
            if part:
                await self._receive_at(location, sku, part)

    async def _receive_at(self, location: str, sku: str, quantity: int) -> None:
        self._receipts += 1
        body = {"location": location, "lines": [{"sku": sku, "quantity": quantity}]}
        answer = await self._client.post(
            "/api/v1/inventory/receive", body, key=f"receipt-{self._receipts}"
        )
        if answer.status == OK:
            received = self._stage.books.received
            received[sku] = received.get(sku, 0) + quantity
        else:
            self._stage.books.unexpected.append(
                f"a receipt was answered {answer.status}: {answer.body.decode()}"
            )
