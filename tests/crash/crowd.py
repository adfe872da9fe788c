"""A crowd of seeded buyers who ask under keys until they are answered, whatever breaks."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from purchases import Purchase, Request

from rackhouse.rehearsal.http_client import (
    AnswerUnknown,
    HttpAnswer,
    HttpClient,
    ServiceUnreachable,
)
from rackhouse.rehearsal.shop import back_off_seconds, problem_of
from rackhouse.rehearsal.staging import Stage, StageChannel

__all__ = ["AT_ONCE_LIMIT", "Crowd", "answers_otherwise", "ask_until_answered"]

ASKED_LIMIT = 80
AT_ONCE_LIMIT = 48
BUSY = (429, 503)
IN_FLIGHT = "/problems/request-in-flight"
KEPT_FOR_SECONDS = 600
SOON_SECONDS = (0.3, 1.5)


class Crowd:
    """All buyers of a drop, so many at once; ``purchases`` is what they asked and were told."""

    def __init__(self, http: HttpClient, stage: Stage, *, buyers: int, seed: int) -> None:
        self.purchases: list[Purchase] = []
        self._http = http
        self._stage = stage
        self._buyers = buyers
        self._seed = seed
        self._served = 0
        self._awaited: list[tuple[int, asyncio.Event]] = []

    async def reached(self, served: int) -> None:
        """Wait until so many buyers have gone home."""
        event = asyncio.Event()
        self._awaited.append((served, event))
        await event.wait()

    async def go(self) -> None:
        """Let everybody in."""
        doors = asyncio.Semaphore(AT_ONCE_LIMIT)

        async def enter(buyer: _Buyer) -> None:
            async with doors:
                await buyer.go()
            self._served += 1
            for served, event in self._awaited:
                if self._served >= served:
                    event.set()

        async with asyncio.TaskGroup() as group:
            for number in range(self._buyers):
                chance = random.Random(f"{self._seed}/{number}")
                name = f"{self._stage.run}-{number}"
                buyer = _Buyer(self._http, self._stage, name, chance)
                self.purchases.append(buyer.purchase)
                group.create_task(enter(buyer))


async def answers_otherwise(
    http: HttpClient, stage: Stage, purchases: Sequence[Purchase]
) -> list[str]:
    """Send every answered request once more; says which get another status or body."""
    found: list[str] = []

    async def again(purchase: Purchase, request: Request) -> None:
        copy = Request(target=request.target, key=request.key, body=request.body)
        token = _channel_of(stage, purchase.name).token
        await ask_until_answered(http, token, copy, random.Random(request.key))
        if (copy.status, copy.answer) != (request.status, request.answer):
            told = f"{request.key} {request.target}: {request.status} {request.answer!r}"
            found.append(f"{told}, and now {copy.status} {copy.answer!r}")

    async with asyncio.TaskGroup() as group:
        for purchase in purchases:
            for request in purchase.requests:
                group.create_task(again(purchase, request))
    return found


def _channel_of(stage: Stage, name: str) -> StageChannel:
    return stage.channels[int(name.rpartition("-")[2]) % len(stage.channels)]


async def ask_until_answered(
    http: HttpClient, token: str, request: Request, chance: random.Random
) -> None:
    """Send a request under its key until it is answered."""
    for rounds in range(ASKED_LIMIT):
        try:
            answer = await http.ask(
                "POST",
                request.target,
                token=token,
                key=request.key,
                body=request.body,
            )
        except (AnswerUnknown, ServiceUnreachable):
            request.cut += 1
        else:
            if not _wants_patience(answer):
                request.status, request.answer = answer.status, answer.body
                request.replayed = answer.header(b"idempotency-replayed") == b"true"
                return
            request.put_off += 1
        await asyncio.sleep(back_off_seconds(chance, rounds))


def _wants_patience(answer: HttpAnswer) -> bool:
    return answer.status in BUSY or (answer.status == 409 and problem_of(answer) == IN_FLIGHT)


class _Buyer:
    def __init__(self, http: HttpClient, stage: Stage, name: str, chance: random.Random) -> None:
        self.purchase = Purchase(name=name, quantity=chance.choice((1, 1, 1, 2)))
        self._http = http
        self._channel = _channel_of(stage, name)
        self._sku = stage.sku
        self._chance = chance

    async def go(self) -> None:
        """Buy in one of the ways."""
        ways: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (8, self._hold_and_keep),
            (8, self._hold_and_let_lapse),
            (12, self._hold_and_release),
            (12, self._hold_and_sell),
            (20, self._hold_then_order_and_pay),
            (12, self._order_and_pay),
            (12, self._order_and_cancel),
            (6, self._order_and_never_pay),
            (12, self._pay_at_once_and_get_it_piece_by_piece),
            (8, self._buy_at_the_till),
        ]
        (way,) = self._chance.choices([way for _, way in ways], [weight for weight, _ in ways])
        await way()

    async def _hold_and_keep(self) -> None:
        await self._hold(KEPT_FOR_SECONDS)

    async def _hold_and_let_lapse(self) -> None:
        await self._hold(self._chance.uniform(*SOON_SECONDS))

    async def _hold_and_release(self) -> None:
        hold = await self._hold(KEPT_FOR_SECONDS)
        if hold is not None:
            await self._post("/api/v1/inventory/release", hold_id=hold["id"])

    async def _hold_and_sell(self) -> None:
        hold = await self._hold(KEPT_FOR_SECONDS)
        if hold is not None:
            await self._post(f"/api/v1/holds/{hold['id']}/confirm")

    async def _hold_then_order_and_pay(self) -> None:
        hold = await self._hold(KEPT_FOR_SECONDS)
        if hold is None:
            return
        order = await self._post("/api/v1/orders", channel=self._channel.id, hold_id=hold["id"])
        await self._step(order, "confirm")

    async def _order_and_pay(self) -> None:
        await self._step(await self._order(ttl_seconds=KEPT_FOR_SECONDS), "confirm")

    async def _order_and_cancel(self) -> None:
        await self._step(await self._order(ttl_seconds=KEPT_FOR_SECONDS), "cancel")

    async def _order_and_never_pay(self) -> None:
        await self._order(ttl_seconds=self._chance.uniform(*SOON_SECONDS))

    async def _pay_at_once_and_get_it_piece_by_piece(self) -> None:
        order = await self._order(complete="confirm")
        for _ in range(self.purchase.quantity):
            await self._step(order, "ship", lines=[{"sku": self._sku, "quantity": 1}])

    async def _buy_at_the_till(self) -> None:
        await self._order(complete="hand_over", external_id=self.purchase.name)

    async def _hold(self, ttl_seconds: float) -> dict[str, Any] | None:
        return await self._post("/api/v1/holds", **self._wanted, ttl_seconds=ttl_seconds)

    async def _order(self, **further: object) -> dict[str, Any] | None:
        return await self._post("/api/v1/orders", **self._wanted, **further)

    async def _step(self, order: dict[str, Any] | None, step: str, **body: object) -> None:
        if order is not None:
            await self._post(f"/api/v1/orders/{order['id']}/{step}", **body)

    @property
    def _wanted(self) -> dict[str, Any]:
        return {
            "channel": self._channel.id,
            "customer_id": self.purchase.name,
            "lines": [{"sku": self._sku, "quantity": self.purchase.quantity}],
        }

    async def _post(self, target: str, **body: object) -> dict[str, Any] | None:
        """The answer to a request of its own; None for a no."""
        key = f"{self.purchase.name}.{len(self.purchase.requests) + 1}"
        request = Request(target=target, key=key, body=msgspec.json.encode(body))
        self.purchase.requests.append(request)
        await ask_until_answered(self._http, self._channel.token, request, self._chance)
        if not request.granted:
            return None
        answer: dict[str, Any] = msgspec.json.decode(request.answer)
        return answer
