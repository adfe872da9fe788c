"""Histories: what each client asked and was told, what was broken meanwhile, and what was found in
the end. One JSON line a record, written as it happens, so that a run can be looked at and checked
again later, also one that was cut short.

All times are of one monotonic clock, in seconds; ``Began`` ties it to the time of day.
"""

import datetime
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from rackhouse.platform.ids import new_id

__all__ = [
    "OK",
    "REFUSED",
    "UNKNOWN",
    "Answered",
    "Asked",
    "Attempt",
    "Began",
    "Broken",
    "Event",
    "Found",
    "FoundAllocation",
    "FoundHold",
    "FoundOrder",
    "FoundStock",
    "History",
    "Recorder",
    "Request",
    "Scene",
]

OK, REFUSED, UNKNOWN = "ok", "refused", "unknown"
"""It was done; it was not and never will be under this key; nobody can say."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What a round is about. ``bundles`` say how many of which SKU one of them takes;
    ``channels`` say which locations serve them, in order."""

    skus: tuple[str, ...]
    bundles: dict[str, dict[str, int]]
    locations: tuple[str, ...]
    channels: dict[str, tuple[str, ...]]

    def needs(self, sku: str) -> dict[str, int]:
        """What one of a SKU takes from stock."""
        return self.bundles.get(sku, {sku: 1})


class Began(msgspec.Struct, frozen=True, kw_only=True, tag="began"):
    """A round begins: at ``at`` it was ``wall`` o'clock (seconds since 1970)."""

    run: str
    plan: str
    seed: str
    at: float
    wall: float
    scene: Scene


class Asked(msgspec.Struct, frozen=True, kw_only=True, tag="asked"):
    """An attempt goes out. Attempts of one ``request`` are equal and bear the same key."""

    number: int
    request: str
    client: str
    process: int
    operation: str
    method: str
    target: str
    body: Any
    key: str | None
    at: float


class Answered(msgspec.Struct, frozen=True, kw_only=True, tag="answered"):
    """What became of an attempt. ``answer`` is the body as it came; ``why`` says why an outcome is
    not known."""

    number: int
    outcome: str
    at: float
    status: int | None = None
    answer: msgspec.Raw = msgspec.Raw(b"null")
    replayed: bool = False
    why: str = ""

    def told(self) -> Any:
        """The answer as plain values."""
        return msgspec.json.decode(self.answer)


class Broken(msgspec.Struct, frozen=True, kw_only=True, tag="broken"):
    """A fault was caused."""

    fault: str
    facts: str
    at: float


class FoundStock(msgspec.Struct, frozen=True):
    """A stock row as it was in the end."""

    sku: str
    location: str
    on_hand: int
    held: int
    committed: int
    version: int


class FoundAllocation(msgspec.Struct, frozen=True):
    """An allocation as it was in the end."""

    hold_id: str
    line: int
    sku: str
    location: str
    quantity: int
    held: int
    committed: int
    shipped: int
    returned: int
    held_until: datetime.datetime
    lot: str = ""
    allotment: str = ""


class FoundHold(msgspec.Struct, frozen=True):
    """A hold as it was in the end; ``order_id`` is that of its memo."""

    id: str
    channel: str
    status: str
    lines: list[dict[str, Any]]
    order_id: str | None
    placed_at: datetime.datetime
    expires_at: datetime.datetime
    allocations: list[FoundAllocation]


class FoundOrder(msgspec.Struct, frozen=True):
    """An order as it was in the end."""

    id: str
    hold_id: str
    status: str
    channel: str
    external_id: str | None
    lines: list[dict[str, Any]]
    version: int


class Event(msgspec.Struct, frozen=True):
    """One event of the stock. ``cause`` is its correlation id, which names the attempt."""

    transaction_id: int
    position: int
    stream: str
    version: int
    type: str
    data: dict[str, Any]
    actor: str
    cause: str
    recorded_at: datetime.datetime


class Found(msgspec.Struct, frozen=True, kw_only=True, tag="found"):
    """The database in the end, as of one moment. ``settled`` says whether the jobs had time to
    tidy up and orders to follow their holds."""

    settled: bool
    at: float
    wall: float
    now: datetime.datetime
    stock: list[FoundStock]
    holds: list[FoundHold]
    orders: list[FoundOrder]
    events: list[Event]


Record = Began | Asked | Answered | Broken | Found


class Attempt(msgspec.Struct, frozen=True):
    """One sending of a request and what became of it."""

    asked: Asked
    answered: Answered | None

    @property
    def outcome(self) -> str:
        """What the client knows."""
        return UNKNOWN if self.answered is None else self.answered.outcome

    @property
    def ended_at(self) -> float:
        """When the client knew; never for an answer that did not come."""
        known = self.answered is not None and self.outcome != UNKNOWN
        return self.answered.at if known and self.answered else float("inf")


class Request(msgspec.Struct, frozen=True):
    """One thing that a client meant to do, sent once or several times."""

    id: str
    attempts: tuple[Attempt, ...]

    @property
    def first(self) -> Asked:
        """What was sent."""
        return self.attempts[0].asked

    @property
    def operation(self) -> str:
        """The name of the operation."""
        return self.first.operation

    @property
    def decided(self) -> list[Attempt]:
        """The attempts that got a yes or a no, in the order of their answers."""
        known = [each for each in self.attempts if each.outcome != UNKNOWN]
        return sorted(known, key=lambda each: each.ended_at)

    @property
    def outcome(self) -> str:
        """What the client knows after all attempts."""
        return self.decided[0].outcome if self.decided else UNKNOWN

    @property
    def answer(self) -> Any:
        """The first yes or no, as plain values."""
        answered = self.decided[0].answered if self.decided else None
        return None if answered is None else answered.told()

    @property
    def ended_at(self) -> float:
        """When the client knew."""
        return self.decided[0].ended_at if self.decided else float("inf")

    def told(self) -> str:
        """It in a line, for people."""
        first = self.first
        body = "" if first.body is None else " " + msgspec.json.encode(first.body).decode()
        attempts = ", ".join(_told(each) for each in self.attempts)
        return f"{self.id} {first.client} {first.operation}: {first.target}{body}: {attempts}"


def _told(attempt: Attempt) -> str:
    asked, answered = attempt.asked, attempt.answered
    span = f"#{asked.number} process {asked.process} {asked.at:.4f}-"
    if answered is None:
        return span + "? unknown"
    what = answered.why or f"{answered.status} {bytes(answered.answer)[:240].decode()}"
    return f"{span}{answered.at:.4f} {answered.outcome} ({what})"


class History:
    """A round's records, put together."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.records = list(records)
        self.began = next(each for each in self.records if isinstance(each, Began))
        self.broken = [each for each in self.records if isinstance(each, Broken)]
        self.found = next((each for each in self.records if isinstance(each, Found)), None)
        answers = {each.number: each for each in self.records if isinstance(each, Answered)}
        attempts: dict[str, list[Attempt]] = {}
        for each in self.records:
            if isinstance(each, Asked):
                attempt = Attempt(each, answers.get(each.number))
                attempts.setdefault(each.request, []).append(attempt)
        self.requests = [Request(id_, tuple(found)) for id_, found in attempts.items()]

    @staticmethod
    def read(path: Path) -> "History":
        """A history that was written earlier; an unfinished last line is left out."""
        return History(_records(path))

    def wall(self, at: float) -> float:
        """The time of day at a moment of the monotonic clock."""
        return self.began.wall + at - self.began.at

    @property
    def drift_seconds(self) -> float:
        """How far the two clocks came apart during the round: somebody set the time of day."""
        found = self.found
        return 0.0 if found is None else abs(found.wall - self.wall(found.at))

    @property
    def attempts(self) -> list[Attempt]:
        """Every attempt."""
        return [attempt for request in self.requests for attempt in request.attempts]


def _records(path: Path) -> Iterator[Record]:
    for line in path.read_bytes().splitlines():
        try:
            yield msgspec.json.decode(line, type=Record)
        except msgspec.DecodeError:
            return


class Recorder:
    """Writes a history down while it happens; without a path it only keeps it."""

    def __init__(self, path: Path | None = None) -> None:
        self.records: list[Record] = []
        self.run = new_id().replace("-", "")[-12:]
        self.answers = 0
        self._numbers = 0
        self._file = None if path is None else path.open("wb")

    def number(self) -> int:
        """The number of the next attempt."""
        self._numbers += 1
        return self._numbers

    def cause(self, number: int) -> str:
        """What the events of an attempt name as their correlation id."""
        return f"{self.run}-{number}"

    def add(self, record: Record) -> None:
        """Keep a record."""
        self.records.append(record)
        if isinstance(record, Answered):
            self.answers += 1
        if self._file is not None:
            self._file.write(msgspec.json.encode(record) + b"\n")
            self._file.flush()

    def began(self, *, plan: str, seed: str, scene: Scene) -> None:
        """A round begins now."""
        now = time.monotonic()
        self.add(Began(run=self.run, plan=plan, seed=seed, at=now, wall=time.time(), scene=scene))

    def broke(self, fault: str, facts: str) -> None:
        """A fault is caused now."""
        self.add(Broken(fault=fault, facts=facts, at=time.monotonic()))

    def close(self) -> History:
        """The history."""
        if self._file is not None:
            self._file.close()
        return History(self.records)
