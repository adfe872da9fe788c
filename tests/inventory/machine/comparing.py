"""Whether the tables say what the books say, and the log what both do."""

from collections import Counter
from typing import Any

import msgspec

from machine.happenings import Bookkeeper
from machine.pieces import NOWHERE, ON_HAND, Books, Piece
from machine.tables import Tables
from rackhouse.inventory.events import PLAIN
from rackhouse.inventory.levels import levels_of
from rackhouse.inventory.rules import BUCKETS, Bucket, Key, Stock, apply, apply_part, status_now
from rackhouse.inventory.units import UnitMove, moved_units
from rackhouse.platform.events import NewEvent

__all__ = ["Replay", "compare"]

STATES = {
    "free": "in_stock",
    "held": "held",
    "sold": "committed",
    "shipped": "shipped",
    "sent": "in_transit",
    "lost": "gone",
    "gone": "gone",
}


class Replay:
    """Rows, buckets and units from nothing but the events."""

    def __init__(self) -> None:
        self.events = 0
        self.stock: dict[Key, Stock] = {}
        self.buckets: dict[tuple[str, str, str, str, str], Bucket] = {}
        self.units: dict[tuple[str, str, int], UnitMove] = {}

    def go_on(self, events: list[NewEvent]) -> None:
        """Replay what is new."""
        for event in events[self.events :]:
            if hasattr(event.data, "change"):
                self._replay(event)
        self.events = len(events)

    def _replay(self, event: NewEvent) -> None:
        text = msgspec.json.encode(event.data)
        data: Any = msgspec.json.decode(text, type=type(event.data))
        assert data == event.data, "what is recorded is what happened"
        sku, _, place = event.stream.rpartition("@")
        key = (sku, place)
        stock = self.stock.get(key, Stock(*key))
        for part in data.parts():
            at = (*key, *part[0])
            known = self.buckets.get(at, Bucket(*at))
            self.buckets[at] = apply_part(known, part)
        after: Any = event.after
        stock = msgspec.structs.replace(apply(stock, data), frozen=after.frozen)
        assert event.version == stock.version and after == levels_of(stock), f"{event}"
        self.stock[key] = stock
        for move in moved_units(key, data):
            self.units[move.sku, move.lot, move.number] = move

    def compare(self, tables: Tables) -> None:
        """The tables are what the events made of them."""
        for key, row in tables.stock.items():
            told = self.stock.get(key, Stock(*key))
            assert levels_of(row) == levels_of(told), f"{key} by its events"
            assert row.version == told.version
        for at, bucket in tables.buckets.items():
            assert bucket == self.buckets.get(at, Bucket(*at)), f"{at} by its events"
        assert tables.units == self.units, "units by their events"


def compare(books: Bookkeeper, tables: Tables) -> None:
    """Fail where books and tables differ."""
    _rows(books, tables)
    _buckets(books, tables)
    _units(books, tables)
    _allocations(books, tables)
    _holds(books, tables)
    _quotas(books, tables)
    assert books.versions == tables.versions
    _conserved(books)
    waiting = [each.id for each in tables.waiting.values() if each.status == "waiting"]
    assert [each.id for each in books.in_line] == waiting


def _conserved(books: Books) -> None:
    """Nobody's pieces vanish: whatever has come is somewhere, or it is known where it went."""
    there = Counter(p.sku for p in books.pieces if p.place != NOWHERE or p.state not in ON_HAND)
    assert there == books.received, "every piece that has come is accounted for"


def _rows(books: Books, tables: Tables) -> None:
    keys = {(p.sku, p.place) for p in books.pieces if p.state in ON_HAND}
    assert keys <= tables.stock.keys(), "every piece is in a row"
    for key, row in tables.stock.items():
        figures, levels = books.figures(key), msgspec.structs.asdict(levels_of(row))
        del figures["frozen"], levels["frozen"]
        assert levels == figures, f"{key} has {levels}"
        assert row.free >= 0, "never oversell"
    assert {key: count for key, count in books.buffers.items() if count} == {
        key: count for key, count in tables.buffers.items() if count
    }


def _buckets(books: Bookkeeper, tables: Tables) -> None:
    found: dict[tuple[str, ...], list[int]] = {}
    for piece in books.pieces:
        if piece.state in ON_HAND and (piece.sku, piece.place) in books.parted:
            counts = found.setdefault((piece.sku, piece.place, *piece.slot), [0, 0, 0])
            counts[0] += 1
            counts[1] += piece.state == "held"
            counts[2] += piece.state == "sold"
    told = {
        at: [bucket.on_hand, bucket.held, bucket.committed]
        for at, bucket in tables.buckets.items()
        if bucket.on_hand
    }
    assert told == found, "the buckets have what is in them"
    for key, row in tables.stock.items():
        assert bool(row.details & BUCKETS) == (key in books.parted), f"{key} is parted"
        plain = (*key, *PLAIN)
        assert key not in books.parted or plain in tables.buckets or key[1] == NOWHERE


def _units(books: Books, tables: Tables) -> None:
    found = {
        (p.sku, p.lot, p.number): (STATES[p.state], p.place, p.condition, p.hold, p.line)
        for p in books.pieces
        if p.number is not None
    }
    told = {
        at: (unit.state, unit.location, unit.condition, unit.hold_id, unit.line)
        for at, unit in tables.units.items()
    }
    assert told == found, "every number is in one place, in one state, and somebody's or nobody's"
    for piece in books.pieces:
        if piece.number is not None and piece.state in ON_HAND:
            unit = tables.units[piece.sku, piece.lot, piece.number]
            assert unit.allotment == piece.allotment, f"{unit} is in {piece.allotment!r}"


def _allocations(books: Books, tables: Tables) -> None:
    empty: list[Piece] = []
    mine: dict[tuple[Any, ...], list[Piece]] = {}
    for piece in books.pieces:
        if piece.hold is not None:
            at = (piece.hold, piece.line, piece.sku, piece.place, piece.lot, piece.allotment)
            mine.setdefault(at, []).append(piece)
    tallied = {at for at, tally in books.tallies.items() if tally.quantity}
    told = {at for at, each in tables.allocations.items() if each.quantity}
    assert told == tallied, "every allocation is known"
    for at, each in tables.allocations.items():
        pieces, tally = mine.pop(at, empty), books.tallies[at]
        states = Counter(p.state for p in pieces)
        assert (each.held, each.committed) == (states["held"], states["sold"]), f"{each}"
        assert (each.quantity, each.shipped, each.returned) == (
            tally.quantity,
            tally.shipped,
            tally.returned,
        ), f"{each}"
        assert each.shipped - each.returned == states["shipped"], f"{each}"
        assert {*each.units} == _numbers(pieces, "held", "sold"), f"{each}"
        assert {*each.shipped_units} == _numbers(pieces, "shipped"), f"{each}"
        ends = {p.until for p in pieces if p.state == "held"}
        assert ends <= {each.held_until}, f"{each} is held until {ends}"
    assert not mine, "every piece of a hold is in an allocation"


def _numbers(pieces: list[Piece], *states: str) -> set[int | None]:
    return {p.number for p in pieces if p.state in states} - {None}


def _holds(books: Books, tables: Tables) -> None:
    assert tables.holds.keys() == books.holds.keys()
    for hold in tables.holds.values():
        known = books.holds[hold.id]
        told, now = status_now(hold, books.now), books.now
        assert told == books.status_of_hold(known), f"{hold.id} is {told} at {now}"
        assert (hold.lines, hold.placed_at) == (known.lines, known.placed_at)


def _quotas(books: Books, tables: Tables) -> None:
    for quota_id, quota in books.quotas.items():
        everything = books.used(quota, tidied=False)
        forgiven = Counter[str]()
        reported = books.used(quota, tidied=False, of=books.reported)
        for at in tables.forgiven:
            each = tables.allocations[at]
            customer = tables.holds[each.hold_id].customer_id
            subject = customer if quota.per == "customer" else ""
            if subject is not None and each.sku in quota.skus:
                forgiven[subject] += each.held
        told = {
            subject: used for (of, subject), used in tables.quota_uses.items() if of == quota_id
        }
        for subject in everything.keys() | told.keys():
            used = everything[subject] - forgiven[subject]
            assert told.get(subject, 0) == used, f"{quota_id} of {subject!r}"
            assert used - reported[subject] <= quota.cap, "never above a quota"
