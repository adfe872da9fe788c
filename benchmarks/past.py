"""The past: how long figures of a past moment and their explanations take on a long history."""

import datetime
import random
from collections.abc import Iterator
from urllib.parse import quote

import msgspec
import psycopg

from benchmarks.figures import Figure, figure_of
from benchmarks.journeys import get_request
from benchmarks.laboratory import CHANNEL, LOCATION, Laboratory, UnderTest
from benchmarks.load import Journey, UnexpectedAnswer, closed_loop, expect
from rackhouse.inventory import (
    HoldConfirmed,
    HoldExpired,
    HoldPlaced,
    Levels,
    StockReceived,
    StockReturned,
    StockShipped,
    rebuild_snapshots,
)
from rackhouse.platform.events import GENESIS, chained, recorded_text
from rackhouse.platform.ids import new_id
from rackhouse.rehearsal.http_client import HttpConnection

__all__ = ["measure_past"]

SKU = "BENCH-PAST"
STREAM = f"{SKU}@{LOCATION}"
EVENTS = 1_000_000
CLIENTS = 4
WARM_SECONDS = 0.5
SPAN = datetime.timedelta(days=365)
HOLD = datetime.timedelta(seconds=20)
SEED = 20_261_122


class _History:
    """A year of one SKU, event by event with its figures and hash: pieces come in, are held, sold
    and shipped; some holds lapse, some pieces come back."""

    def __init__(self, until: datetime.datetime) -> None:
        self.on_hand = self.held = self.committed = self.version = 0
        self.began = until - SPAN
        self.allocations: list[tuple[object, ...]] = []
        self.head = GENESIS

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Every event as a row of the log."""
        for event in self._events():
            yield self._row(event)
            if self.version == EVENTS:
                return

    def figures(self) -> tuple[int, int, int]:
        """On hand, held and committed as they are in the end."""
        return (self.on_hand, self.held, self.committed)

    def _now(self) -> datetime.datetime:
        return self.began + SPAN * (self.version / EVENTS)

    def _events(self) -> Iterator[msgspec.Struct]:
        chance = random.Random(SEED)
        while True:
            if self.on_hand < 100:
                yield StockReceived(1000, "delivery")
            hold_id, quantity = new_id(), chance.randint(1, 3)
            lapses, returns = chance.random() < 0.1, chance.random() < 0.05
            ends = self._now() + HOLD
            yield HoldPlaced(hold_id, 0, quantity, ends)
            if lapses:
                yield HoldExpired(hold_id, 0, quantity)
            else:
                yield HoldConfirmed(hold_id, 0, quantity)
                yield StockShipped(hold_id, 0, quantity)
            if returns and not lapses:
                yield StockReturned(hold_id, 0, quantity, "too small")
            shipped, back = (0 if lapses else quantity), (quantity if returns else 0)
            gone = (shipped, min(shipped, back), ends)
            self.allocations.append((hold_id, 0, SKU, LOCATION, quantity, 0, 0, *gone))

    def _row(self, event: msgspec.Struct) -> tuple[object, ...]:
        on_hand, held, committed, *_ = event.change()  # type: ignore[attr-defined]
        self.on_hand, self.held = self.on_hand + on_hand, self.held + held
        self.committed, at = self.committed + committed, self._now()
        self.version += 1
        levels = Levels(self.on_hand, self.held, self.committed)
        facts, after = msgspec.json.encode(event), msgspec.json.encode(levels)
        data = (facts[:-1] + b"," + after[1:]).decode()
        kind, who = type(event).__name__, ("service:bench", CHANNEL, "bench")
        told = (STREAM, self.version, kind, data, *who)
        self.head = chained(self.head, (*told, recorded_text(at)))
        return (*told, at, self.head)


async def measure_past(lab: Laboratory, service: UnderTest, *, seconds: float) -> list[Figure]:
    """The time of an answer with `EVENTS` events of the SKU that is asked for."""
    history = await _load(lab)
    await rebuild_snapshots(context=lab.context())
    target = f"/api/v1/inventory/{SKU}"
    asked = {"as_of": (target, "figures"), "explain": (f"{target}/explain", "explanations")}
    found = []
    for name, (path, what) in asked.items():
        go = _at_any_moment(lab, service, path, history)
        for length in (WARM_SECONDS, seconds):
            sample = await closed_loop(service.url, go, clients=CLIENTS, seconds=length, at_least=1)
        told = f"{what} as of any moment, one SKU with {EVENTS:,} events, {CLIENTS} clients"
        found.append(figure_of(f"past_{name}", told, [sample]))
    return found


def _at_any_moment(lab: Laboratory, service: UnderTest, path: str, history: _History) -> Journey:
    chance = random.Random(SEED)

    async def go(connection: HttpConnection, number: int) -> None:
        moment = history.began + SPAN * chance.random()
        target = f"{path}?as_of={quote(moment.isoformat())}"
        answer = await expect(connection, get_request(lab, service, target), 200)
        if b'"explained":false' in answer.body:
            raise UnexpectedAnswer(f"{target} is not explained")

    return go


async def _load(lab: Laboratory) -> _History:
    url = lab.settings.database_url
    assert url is not None
    history = _History(datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1))
    async with await psycopg.AsyncConnection.connect(url) as database, database.cursor() as cursor:
        async with cursor.copy(
            "copy inventory.event (stream, version, type, data, actor, channel, correlation_id, "
            "recorded_at, hash) from stdin"
        ) as copy:
            for row in history.rows():
                await copy.write_row(row)
        async with cursor.copy(
            "copy inventory.allocation (hold_id, line, sku, location, quantity, held, committed, "
            "shipped, returned, held_until) from stdin"
        ) as copy:
            for row in history.allocations:
                await copy.write_row(row)
        await cursor.execute(
            "insert into inventory.stock (sku, location, on_hand, held, committed, version, head) "
            "values (%s, %s, %s, %s, %s, %s, %s)",
            [SKU, LOCATION, *history.figures(), history.version, history.head],
        )
        await cursor.execute("analyze inventory.event, inventory.allocation")
    return history
