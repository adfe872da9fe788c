"""A web shop: its customers reserve, think, and pay, change their minds or walk away."""

import asyncio
import random

import msgspec

from rackhouse.simulation.books import Sale
from rackhouse.simulation.network import Answer, GaveUp, Request
from rackhouse.simulation.stage import HOUR, Stage

__all__ = ["WebShop"]

CREATED, OK, CONFLICT = 201, 200, 409
THINKS_SECONDS = 1800.0
PAYS, CANCELS = 0.7, 0.85
BY_HOLD = 0.3
RETURNS = 0.1


class _Made(msgspec.Struct, frozen=True):
    id: str


class WebShop:
    """One channel that asks before it sells."""

    def __init__(self, stage: Stage, channel: str, token: str) -> None:
        self._stage = stage
        self._channel = channel
        self._token = token
        self._client = stage.client(channel, token)
        self._chance = stage.chance(channel)
        self._numbers = 0

    async def act(self) -> None:
        """Let customers come until the doors close."""
        stage = self._stage
        rate = stage.world.web_customers_per_hour / HOUR
        while stage.is_open():
            await stage.timeline.sleep(self._chance.expovariate(rate))
            chance = stage.chance(f"{self._channel} customer {self._numbers}")
            stage.timeline.begin(self._customer(self._number(), chance))

    async def rush(self) -> None:
        """A crowd asks for one piece of the first SKU in the same moment."""
        crowd, sku = range(self._stage.world.rush), self._stage.skus[0]
        sales = [self._open(self._number(), {sku: 1}) for _ in crowd]
        for sale in sales:
            sale.name = f"{self._channel}-rush"
        bodies = [msgspec.json.encode(self._order(sale)) for sale in sales]
        answers = await asyncio.gather(
            *(
                self._stage.service.serve(
                    Request("POST", "/api/v1/orders", self._token, sale.external_id, body)
                )
                for sale, body in zip(sales, bodies, strict=True)
            )
        )
        for sale, answer in zip(sales, answers, strict=True):
            if answer is None:  # the service is down: nobody is served
                sale.status = "refused"
            else:
                self._placed(sale, answer)
        served = [
            (await self._stage.survey.location_of(sale.order_id), sale.external_id, sale)
            for sale in sales
            if sale.order_id is not None
        ]
        for number, (_, _, sale) in enumerate(sorted(served, key=lambda each: each[:2])):
            chance = self._stage.chance(f"{self._channel} rush {number}")
            self._stage.timeline.begin(self._decide(sale, chance))
        told = f"{self._channel}-rush: {len(served)} served"
        self._stage.books.note(self._stage.timeline.now, told)

    async def _customer(self, number: str, chance: random.Random) -> None:
        sale = self._open(number, self._stage.wanted(chance))
        try:
            hold = await self._hold(sale, chance) if chance.random() < BY_HOLD else None
            if sale.status == "refused":
                return
            answer = await self._client.post(
                "/api/v1/orders", self._order(sale, hold), key=f"{number}-order"
            )
            self._placed(sale, answer)
            if sale.status == "pending":
                await self._decide(sale, chance)
        except GaveUp:
            self._stage.books.count("gave_up")
        self._stage.books.note(self._stage.timeline.now, f"{number}: {sale.status}")

    async def _hold(self, sale: Sale, chance: random.Random) -> str | None:
        """Set the pieces aside first, and put them into a cart for a while."""
        body = {
            "channel": self._channel,
            "ttl_seconds": self._stage.world.reserved_for_seconds,
            "lines": _lines(sale.lines),
        }
        answer = await self._client.post("/api/v1/holds", body, key=f"{sale.external_id}-hold")
        if answer.status != CREATED:
            self._refused(sale, answer)
            return None
        await self._stage.timeline.sleep(chance.uniform(0, self._stage.world.reserved_for_seconds))
        return msgspec.json.decode(answer.body, type=_Made).id

    async def _decide(self, sale: Sale, chance: random.Random) -> None:
        """Think, then pay, cancel, or walk away; thinking may take longer than the reservation."""
        try:
            await self._stage.timeline.sleep(chance.uniform(0, THINKS_SECONDS))
            drawn = chance.random()
            if drawn < PAYS:
                await self._turn(sale, "confirm", "confirmed")
            elif drawn < CANCELS:
                await self._turn(sale, "cancel", "cancelled")
            if sale.status == "confirmed" and chance.random() < RETURNS:
                await self._send_back(sale, chance)
        except GaveUp:
            self._stage.books.count("gave_up")

    async def _turn(self, sale: Sale, verb: str, status: str) -> None:
        target = f"/api/v1/orders/{sale.order_id}/{verb}"
        answer = await self._client.post(target, {}, key=f"{sale.external_id}-{verb}")
        if answer.status == OK:
            sale.status = status  # type: ignore[assignment]
        elif answer.status == CONFLICT:
            # The reservation was over: it is not theirs any more.
            sale.status = "cancelled"
        else:
            self._unexpected(answer, target)

    async def _send_back(self, sale: Sale, chance: random.Random) -> None:
        """Return one piece of what has been shipped, if it has."""
        await self._stage.timeline.sleep(chance.uniform(600, 3600))
        if not sale.shipped:
            return
        sku = sorted(sale.lines)[0]
        body = {"lines": [{"sku": sku, "quantity": 1}], "reason": "changed their mind"}
        target = f"/api/v1/orders/{sale.order_id}/return"
        answer = await self._client.post(target, body, key=f"{sale.external_id}-return")
        if answer.status == OK:
            sale.returned[sku] = 1
        else:
            self._unexpected(answer, target)

    def _number(self) -> str:
        self._numbers += 1
        return f"{self._channel}-{self._numbers}"

    def _open(self, number: str, lines: dict[str, int]) -> Sale:
        return self._stage.books.open(self._channel, number, lines)

    def _order(self, sale: Sale, hold: str | None = None) -> dict[str, object]:
        order: dict[str, object] = {"channel": self._channel, "external_id": sale.external_id}
        if hold is not None:
            return {**order, "hold_id": hold}
        seconds = self._stage.world.reserved_for_seconds
        return {**order, "lines": _lines(sale.lines), "ttl_seconds": seconds}

    def _placed(self, sale: Sale, answer: Answer) -> bool:
        """Write down how an order was answered; says whether it was placed."""
        if answer.status != CREATED:
            self._refused(sale, answer)
            return False
        sale.status = "pending"
        sale.order_id = msgspec.json.decode(answer.body, type=_Made).id
        return True

    def _refused(self, sale: Sale, answer: Answer) -> None:
        if answer.status != CONFLICT:
            self._unexpected(answer, "what was wanted")
        sale.status = "refused"

    def _unexpected(self, answer: Answer, target: str) -> None:
        self._stage.books.unexpected.append(
            f"{self._channel} was answered {answer.status} for {target}: {answer.body.decode()}"
        )


def _lines(lines: dict[str, int]) -> list[dict[str, object]]:
    return [{"sku": sku, "quantity": quantity} for sku, quantity in lines.items()]
