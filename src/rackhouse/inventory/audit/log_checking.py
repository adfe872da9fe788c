"""Checking the log: each event's recorded figures are those of the event before plus its change.

Pure: what is checked is given, in the order of the log.
"""

import datetime
from typing import Any, TypeAlias

import msgspec

from rackhouse.inventory.audit.findings import ClockStep, Discrepancy, figures_of
from rackhouse.inventory.events import EVENT_TYPES, PLAIN, Parts, SafetyStockSet, Slot
from rackhouse.inventory.levels import LEVELS, Levels, levels_of
from rackhouse.inventory.rules import Key, Stock, apply
from rackhouse.platform.events import GENESIS, Position, chained, recorded_text

__all__ = [
    "Buckets",
    "LogCheck",
    "LoggedEvent",
    "Told",
    "happened",
    "key_of_stream",
    "parted",
    "recorded",
    "stock_told",
]

Buckets: TypeAlias = dict[Slot, tuple[int, int, int]]
"""On hand, held and committed by slot."""


class LoggedEvent(msgspec.Struct, frozen=True):
    """An event as the audit reads it."""

    transaction_id: int
    position: int
    stream: str
    version: int
    type: str
    data: str
    actor: str
    channel: str | None
    correlation_id: str
    recorded_at: datetime.datetime
    hash: bytes

    @property
    def place(self) -> Position:
        """Where it stands in the log."""
        return Position(self.transaction_id, self.position)

    def follows(self, head: bytes) -> bool:
        """Whether its hash covers all that it says, and the event before it."""
        recorded = (
            self.stream,
            self.version,
            self.type,
            self.data,
            self.actor,
            self.channel,
            self.correlation_id,
            recorded_text(self.recorded_at),
        )
        return self.hash == chained(head, recorded)


class Told(msgspec.Struct, frozen=True):
    """Where a stream has led: as its last event records it, and as its events add up. The two are
    the same unless that event was found wanting. ``buckets`` are None until an event parts the
    row. The ``head`` of the stock is the hash of the last event."""

    stock: Stock
    summed: Stock
    buckets: Buckets | None = None


_EVENTS = {
    name: msgspec.json.Decoder(kind)
    for name, kind in EVENT_TYPES.items()
    if hasattr(kind, "change")
}
_LEVELS = msgspec.json.Decoder(Levels)


def key_of_stream(stream: str) -> Key | None:
    """The SKU and location of a stream; None for one that is not about stock."""
    sku, at, location = stream.rpartition("@")
    return (sku, location) if at else None


def happened(type_name: str, data: str) -> Any:
    """What an event of a stream of stock says; None where its type is not known here."""
    decoder = _EVENTS.get(type_name)
    return None if decoder is None else decoder.decode(data)


def recorded(data: str) -> Levels:
    """The figures that are recorded beside an event."""
    return _LEVELS.decode(data)


def stock_told(key: Key, version: int, levels: Levels, head: bytes | None) -> Stock:
    """The stock as an event records it."""
    figures = {name: getattr(levels, name) for name in LEVELS}
    return Stock(*key, version=version, head=head, **figures)


def parted(buckets: Buckets | None, before: Stock, parts: Parts) -> Buckets | None:
    """The buckets of a row after an event, given the row before it: the first event that names
    another slot than the plain one parts it."""
    if buckets is None:
        if all(part[0] == PLAIN for part in parts):
            return None
        buckets = {PLAIN: (before.on_hand, before.held, before.committed)}
    after = dict(buckets)
    for slot, on_hand, held, committed in parts:
        known = after.get(slot, (0, 0, 0))
        after[slot] = (known[0] + on_hand, known[1] + held, known[2] + committed)
    return after


class LogCheck:
    """Reads events one after the other, and remembers where each stream has led."""

    def __init__(self) -> None:
        self._told: dict[Key, Told] = {}
        self.changed: set[Key] = set()
        self.hold_ids: set[str] = set()
        self.events = 0
        self.discrepancies: list[Discrepancy] = []
        self.clock_steps: list[ClockStep] = []
        self._newest: dict[Key, datetime.datetime] = {}
        self._kept_back: dict[Key, dict[str, tuple[int, int]]] = {}

    def knows(self, key: Key) -> bool:
        """Whether it is known where a stream has led so far."""
        return key in self._told

    def begin(self, stock: Stock, buckets: Buckets | None) -> None:
        """Go on from where a stream has led before."""
        self._told[(stock.sku, stock.location)] = Told(stock, stock, buckets)

    def told(self, key: Key) -> Told:
        """Where a stream has led."""
        return self._told[key]

    def kept_back(self, key: Key) -> dict[str, tuple[int, int]]:
        """What channels do without of some stock, as far as was read, and the version that said
        so."""
        return self._kept_back.get(key, {})

    def streams(self) -> list[Key]:
        """Every stream that is known."""
        return list(self._told)

    def read(self, event: LoggedEvent) -> None:
        """Check the next event of the log."""
        self.events += 1
        key = key_of_stream(event.stream)
        if key is None or (event.type in EVENT_TYPES and event.type not in _EVENTS):
            return  # not about stock
        self.changed.add(key)
        self._hear_time(key, event)
        before = self._told.get(key) or Told(Stock(*key), Stock(*key))
        fact = happened(event.type, event.data)
        stock = stock_told(key, event.version, recorded(event.data), event.hash)
        if fact is None:
            finding = f"event {event.version} is a {event.type}, which this version does not know"
            self._find("event_type_unknown", key, (event.version,), finding)
            self._told[key] = Told(stock, stock, before.buckets)
            return
        hold_id = getattr(fact, "hold_id", None)
        if hold_id is not None:
            self.hold_ids.add(hold_id)
        if isinstance(fact, SafetyStockSet) and fact.channel:
            of_key = self._kept_back.setdefault(key, {})
            of_key[fact.channel] = (fact.quantity, event.version)
        buckets = parted(before.buckets, before.stock, fact.parts())
        summed = self._check(event, before, fact, stock)
        self._told[key] = Told(stock, summed, buckets)

    def _hear_time(self, key: Key, event: LoggedEvent) -> None:
        newest = self._newest.get(key, event.recorded_at)
        if event.recorded_at < newest:
            step = ClockStep(*key, event.version, event.recorded_at, newest)
            self.clock_steps.append(step)
        self._newest[key] = max(newest, event.recorded_at)

    def _check(self, event: LoggedEvent, before: Told, fact: Any, stock: Stock) -> Stock:
        """Compare an event with what was before it; answers the stock as the events add up."""
        key, version = (stock.sku, stock.location), event.version
        if version != before.stock.version + 1:
            finding = f"event {version} follows event {before.stock.version}"
            self._find("events_missing", key, (before.stock.version, version), finding)
            return stock
        levels = levels_of(stock)
        versions = tuple(each for each in (version - 1, version) if each)
        after = _after(before.stock, fact, levels)
        if after != levels and (
            before.summed is before.stock or _after(before.summed, fact, levels) != levels
        ):
            finding = f"event {version} records other figures than its events add up to"
            self._find("event_figures", key, versions, finding, after, levels)
            return stock_told(key, version, after, event.hash)
        if not event.follows(before.stock.head or GENESIS):
            finding = f"event {version} is not what was recorded: its hash does not fit"
            self._find("event_hash", key, versions, finding)
        return stock

    def _find(
        self,
        kind: str,
        key: Key,
        versions: tuple[int, ...],
        finding: str,
        expected: Levels | None = None,
        found: Levels | None = None,
    ) -> None:
        self.discrepancies.append(
            Discrepancy(
                kind=kind,
                sku=key[0],
                location=key[1],
                finding=finding,
                expected={} if expected is None else figures_of(expected),
                found={} if found is None else figures_of(found),
                versions=versions,
            )
        )


def _after(before: Stock, fact: Any, levels: Levels) -> Levels:
    """The figures after an event. What is frozen follows from lots and time, not from events."""
    after = apply(before, fact)
    return levels_of(msgspec.structs.replace(after, frozen=levels.frozen))
