"""A till that can be cut off: a small point of sale with a drawer, a clock and a bad line.

It knows what it downloaded, sells that without asking anybody, writes receipts under its own
numbers, and reports them when it can: as often and in whichever order the line lets it.
"""

import datetime
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from towns import Person

__all__ = ["BadLine", "Clock", "CutOffTill", "LineIsDown"]

BATCH_LIMIT = 7
ATTEMPTS_LIMIT = 200


class LineIsDown(Exception):
    """No answer came, so nobody here knows whether the request arrived."""


class Clock:
    """A device's clock, which nobody waits for."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now

    def forward(self, **passed: float) -> None:
        """Let time pass."""
        self.now += datetime.timedelta(**passed)


@dataclass
class BadLine:
    """A line between a till and the service. While it is ``down`` nothing gets through; while it is
    ``bad``, requests are lost, arrive in part, or are answered into the void."""

    person: Person
    chance: random.Random
    down: bool = False
    bad: bool = False
    happened: dict[str, int] = field(default_factory=dict)

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """Post, and give the answer if one comes; raises `LineIsDown`."""
        content = msgspec.json.encode(body)
        fate = "down" if self.down else self._fate()
        self.happened[fate] = self.happened.get(fate, 0) + 1
        if fate in ("down", "request lost"):
            raise LineIsDown
        if fate == "request cut":
            content = content[: self.chance.randrange(1, len(content))]
        answer = await self.person.send(path, content)
        if fate == "request cut":
            assert answer.status_code == 422, answer.text
            raise LineIsDown
        assert answer.status_code == 200, answer.text
        if fate == "answer lost":
            raise LineIsDown
        return answer.json()

    def _fate(self) -> str:
        if not self.bad:
            return "fine"
        fates = ("fine", "request lost", "request cut", "answer lost")
        return self.chance.choices(fates, weights=(4, 1, 1, 3))[0]


class CutOffTill:
    """The till."""

    def __init__(self, person: Person, clock: Clock, *, seed: int) -> None:
        self.clock = clock
        self.line = BadLine(person, random.Random(seed))
        self.drawer: dict[str, int] = {}
        self.receipts: dict[str, dict[str, Any]] = {}
        self.returned: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, list[str]] = {}
        self._person = person
        self._numbers: Iterator[int] = itertools.count(1)

    async def download(self) -> None:
        """Read what may be sold without asking: only with nothing left to report, or it would be
        counted twice."""
        assert not self.unsettled(), "report first, then download"
        found = await self._person.get(f"channels/{self._person.channel}/allotments")
        assert found["next_cursor"] is None
        self.drawer = {}
        for each in found["items"]:
            if each["lot_status"] == "sellable":
                self.drawer[each["sku"]] = self.drawer.get(each["sku"], 0) + each["free"]

    def sell(self, sku: str, quantity: int = 1) -> str | None:
        """Sell what is in the drawer, and write a receipt; None if there is not enough."""
        if self.drawer.get(sku, 0) < quantity:
            return None
        self.drawer[sku] -= quantity
        return self.write_receipt(sku, quantity)

    def write_receipt(self, sku: str, quantity: int) -> str:
        """A receipt, whether or not the drawer knew of the pieces."""
        number = f"R-{next(self._numbers):04}"
        self.receipts[number] = {
            "external_id": number,
            "sold_at": self.clock.now.isoformat(),
            "lines": [{"sku": sku, "quantity": quantity}],
        }
        return number

    def take_back(self, receipt: str, quantity: int = 1) -> str:
        """Take something back that was sold; it does not go into the drawer, but into the pool."""
        number = f"{receipt}-back-{next(self._numbers)}"
        (line,) = self.receipts[receipt]["lines"]
        self.returned[number] = {
            "external_id": number,
            "sale": receipt,
            "returned_at": self.clock.now.isoformat(),
            "lines": [{**line, "quantity": quantity}],
        }
        return number

    def unsettled(self) -> list[str]:
        """The receipts of which it does not know yet that they are booked."""
        every = {**self.receipts, **self.returned}
        return [number for number in every if not self._is_settled(number)]

    async def report(self) -> None:
        """Report until everything is known to be booked."""
        for _ in range(ATTEMPTS_LIMIT):
            if not self.unsettled():
                return
            await self.report_some()
        raise AssertionError(f"never booked: {self.unsettled()}")

    async def report_some(self) -> None:
        """Report one batch, in any order, with some of it again that was answered already."""
        chance, left = self.line.chance, self.unsettled()
        known = [number for number in self.answers if self._is_settled(number)]
        again = chance.sample(known, k=min(2, len(known)))
        batch = chance.sample(left, k=min(BATCH_LIMIT, len(left))) + again
        chance.shuffle(batch)
        await self._send("sales", [self.receipts[x] for x in batch if x in self.receipts])
        await self._send("returns", [self.returned[x] for x in batch if x in self.returned])

    async def _send(self, what: str, batch: list[dict[str, Any]]) -> None:
        if not batch:
            return
        try:
            told = await self.line.post(f"channels/{self._person.channel}/{what}", {what: batch})
        except LineIsDown:
            return
        for each in told[what]:
            self.answers.setdefault(each["external_id"], []).append(each["status"])

    def _is_settled(self, number: str) -> bool:
        return bool({"recorded", "repeated"} & {*self.answers.get(number, ())})
