"""Buyers: they race, send things twice, hang up, change their minds, come back, and pay."""

import asyncio
import random

import msgspec

from rackhouse.rehearsal.http_client import HttpAnswer
from rackhouse.rehearsal.plan import DropPlan, Intent
from rackhouse.rehearsal.shop import NoAnswer, Shop, back_off_seconds, problem_of
from rackhouse.rehearsal.tally import Outcome

__all__ = ["Buyer", "Levels"]

ROUNDS_LIMIT = 200

NOT_ENOUGH = "/problems/not-enough-stock"
# What a reservation is told that ran out before it was paid.
RAN_OUT = (
    "/problems/hold-has-ended",
    "/problems/order-is-not",
    "/problems/stock-not-moved",
)


class _Made(msgspec.Struct, frozen=True):
    id: str


class _Level(msgspec.Struct, frozen=True):
    on_hand: int
    held: int
    committed: int
    version: int


class _SkuLevels(msgspec.Struct, frozen=True):
    sku: str
    locations: list[_Level]


class Levels(msgspec.Struct, frozen=True):
    """What the API says there is of a SKU."""

    skus: list[_SkuLevels]

    def sum_of(self, field: str) -> int:
        """The sum of ``on_hand``, ``held``, ``committed`` or ``version`` over all locations."""
        return sum(int(getattr(at, field)) for sku in self.skus for at in sku.locations)

    @property
    def sold_out(self) -> bool:
        """Whether every piece is sold, and none merely held."""
        return self.sum_of("committed") >= self.sum_of("on_hand")


class _Unexpected(Exception):
    """An answer that ends the buyer's day; it is in the tally."""


class Buyer:
    """One buyer of one piece. ``go`` always ends: by rounds, by time, or with the goods."""

    def __init__(self, plan: DropPlan, intent: Intent, shop: Shop, *, sku: str, run: str) -> None:
        self._plan = plan
        self._intent = intent
        self._shop = shop
        self._sku = sku
        self._key = f"{run}-{intent.buyer}"
        self._sent = 0
        # Drawn from the seed like the intent, but apart from it: how often it is drawn from
        # depends on the answers.
        self._chance = random.Random(f"{plan.seed}/{intent.buyer}/day")  # noqa: S311

    async def go(self) -> Outcome:
        """The buyer's whole day."""
        await asyncio.sleep(self._intent.arrives_after_seconds)
        try:
            for rounds in range(ROUNDS_LIMIT):
                outcome = await self._try_once()
                if outcome is not None:
                    return outcome
                if await self._sold_out():
                    return Outcome("refused")
                if self._shop.time_is_over():
                    break
                await asyncio.sleep(back_off_seconds(self._chance, rounds))
        except NoAnswer:
            return Outcome("gave_up")
        except _Unexpected:
            return Outcome("failed")
        return Outcome("gave_up")

    async def _try_once(self) -> Outcome | None:
        """Reserve and go on as intended; None where there was nothing to reserve."""
        if not self._intent.by_hold:
            return await self._order({"lines": self._lines(), "ttl_seconds": self._ttl_seconds})
        wanted = {"lines": self._lines(), "ttl_seconds": self._ttl_seconds}
        hold = await self._made("/api/v1/holds", wanted)
        if hold is None:
            return None
        match self._intent.ending:
            case "abandon":
                return Outcome("abandoned")
            case "cancel":
                await self._think()
                await self._released(hold)
                return Outcome("cancelled")
        return await self._order({"hold_id": hold})

    async def _order(self, wanted: dict[str, object]) -> Outcome | None:
        order = await self._made("/api/v1/orders", wanted)
        if order is None:
            return None
        if self._intent.ending == "abandon":
            return Outcome("abandoned")
        await self._think()
        if self._intent.ending == "cancel":
            await self._post(f"/api/v1/orders/{order}/cancel", {}, good=200, bad=())
            return Outcome("cancelled")
        paid = await self._post(f"/api/v1/orders/{order}/confirm", {}, good=200, bad=RAN_OUT)
        return None if paid is None else Outcome("bought", order)

    async def _made(self, target: str, wanted: dict[str, object]) -> str | None:
        body = {"channel": self._shop.channel, **wanted}
        answer = await self._post(target, body, good=201, bad=(NOT_ENOUGH, *RAN_OUT))
        return None if answer is None else msgspec.json.decode(answer.body, type=_Made).id

    async def _released(self, hold: str) -> None:
        target = f"/api/v1/holds/{hold}"
        answer = await self._shop.delete(target, chance=self._chance)
        self._judge(target, answer, good=200, bad=())

    async def _sold_out(self) -> bool:
        target = f"/api/v1/inventory/{self._sku}"
        answer = await self._shop.get(target, chance=self._chance)
        self._judge(target, answer, good=200, bad=())
        return msgspec.json.decode(answer.body, type=Levels).sold_out

    async def _post(
        self, target: str, body: dict[str, object], *, good: int, bad: tuple[str, ...]
    ) -> HttpAnswer | None:
        """The answer to a POST with a key of its own, sent twice where that is intended; None
        for a foreseen refusal."""
        self._sent += 1
        key, text = f"{self._key}-{self._sent}", msgspec.json.encode(body)
        answer = await self._answered(target, key, text)
        return answer if self._judge(target, answer, good=good, bad=bad) else None

    async def _answered(self, target: str, key: str, text: bytes) -> HttpAnswer:
        shop, chance = self._shop, self._chance
        match self._intent.repeats:
            case "at_once":
                one, other = await asyncio.gather(
                    shop.post(target, key=key, body=text, chance=chance),
                    shop.post(target, key=key, body=text, chance=chance),
                )
                shop.tally.compare(target, one, other)
                return one
            case "afterwards":
                one = await shop.post(target, key=key, body=text, chance=chance)
                other = await shop.post(target, key=key, body=text, chance=chance)
                shop.tally.compare(target, one, other)
                return one
            case "impatient":
                after = self._intent.hangs_up_after_seconds
                early = await shop.hang_up(target, key=key, body=text, after_seconds=after)
                answer = await shop.post(target, key=key, body=text, chance=chance)
                if early is not None:
                    shop.tally.compare(target, early, answer)
                return answer
        return await shop.post(target, key=key, body=text, chance=chance)

    def _judge(self, target: str, answer: HttpAnswer, *, good: int, bad: tuple[str, ...]) -> bool:
        if answer.status == good:
            return True
        if problem_of(answer) not in bad:
            self._shop.tally.wonder(target, answer)
            raise _Unexpected
        return False

    async def _think(self) -> None:
        await asyncio.sleep(self._intent.thinks_for_seconds)

    def _lines(self) -> list[dict[str, object]]:
        return [{"sku": self._sku, "quantity": 1}]

    @property
    def _ttl_seconds(self) -> float:
        if self._intent.ending == "abandon":
            return self._plan.abandoned_after_seconds
        return self._plan.reserved_for_seconds
