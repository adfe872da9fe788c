"""Checking the log: each event's recorded figures are those of the event before plus its change.

Pure: what is checked is given, in the order of the log.
"""

from typing import Any

import msgspec

from rackhouse.inventory.audit.findings import FIGURES, Discrepancy, figures_of, levels_of
from rackhouse.inventory.events import EVENT_TYPES
from rackhouse.inventory.ledger import Levels
from rackhouse.inventory.rules import Key, Stock, apply
from rackhouse.platform.events import Position

__all__ = ["LogCheck", "LoggedEvent", "happened", "key_of", "recorded", "stock_told"]


class LoggedEvent(msgspec.Struct, frozen=True):
    """An event as the audit reads it."""

    transaction_id: int
    position: int
    stream: str
    version: int
    type: str
    data: str

    @property
    def place(self) -> Position:
        """Where it stands in the log."""
        return Position(self.transaction_id, self.position)


class _Told(msgspec.Struct, frozen=True):
    """Where a stream has led: as its last event records it, and as its events add up. The two
    are the same unless that event was found wanting."""

    stock: Stock
    summed: Stock


_EVENTS = {
    name: msgspec.json.Decoder(kind)
    for name, kind in EVENT_TYPES.items()
    if hasattr(kind, "change")
}
_LEVELS = msgspec.json.Decoder(Levels)


def key_of(stream: str) -> Key | None:
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


def stock_told(key: Key, version: int, data: str) -> Stock:
    """The stock as an event records it."""
    return _stock(key, version, recorded(data))


class LogCheck:
    """Reads events one after the other, and remembers where each stream has led."""

    def __init__(self) -> None:
        self._told: dict[Key, _Told] = {}
        self.changed: set[Key] = set()
        self.hold_ids: set[str] = set()
        self.events = 0
        self.discrepancies: list[Discrepancy] = []

    def knows(self, key: Key) -> bool:
        """Whether it is known where a stream has led so far."""
        return key in self._told

    def begin(self, stock: Stock) -> None:
        """Go on from where a stream has led before."""
        self._told[(stock.sku, stock.location)] = _Told(stock, stock)

    def led_to(self, key: Key) -> Stock:
        """Where a stream has led, as its last event records it."""
        return self._told[key].stock

    def streams(self) -> list[Key]:
        """Every stream that is known."""
        return list(self._told)

    def read(self, event: LoggedEvent) -> None:
        """Check the next event of the log."""
        self.events += 1
        key = key_of(event.stream)
        if key is None:
            return
        self.changed.add(key)
        levels = recorded(event.data)
        before = self._told.get(key) or _Told(Stock(*key), Stock(*key))
        fact = happened(event.type, event.data)
        if fact is None:
            self._find("event_type_unknown", key, (event.version,), _unknown(event))
            self._told[key] = _same(_stock(key, event.version, levels))
            return
        hold_id = getattr(fact, "hold_id", None)
        if hold_id is not None:
            self.hold_ids.add(hold_id)
        self._told[key] = self._check(key, event.version, before, fact, levels)

    def _check(self, key: Key, version: int, before: _Told, fact: Any, levels: Levels) -> _Told:
        after = apply(before.stock, fact)
        stock = _stock(key, version, levels)
        if version != before.stock.version + 1:
            finding = f"event {version} follows event {before.stock.version}"
            self._find("events_missing", key, (before.stock.version, version), finding)
            return _same(stock)
        if levels_of(after) == levels:
            return _Told(stock, stock)
        if before.summed is not before.stock:
            after = apply(before.summed, fact)
            if levels_of(after) == levels:
                return _Told(stock, stock)
        finding = f"event {version} records other figures than its events add up to"
        versions = tuple(each for each in (version - 1, version) if each)
        self._find("event_figures", key, versions, finding, levels_of(after), levels)
        return _Told(stock, after)

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


def _stock(key: Key, version: int, levels: Levels) -> Stock:
    return Stock(*key, version=version, **{name: getattr(levels, name) for name in FIGURES})


def _same(stock: Stock) -> _Told:
    return _Told(stock, stock)


def _unknown(event: LoggedEvent) -> str:
    return f"event {event.version} is a {event.type}, which this version does not know"
