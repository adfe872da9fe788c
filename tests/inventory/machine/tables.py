"""What the database would keep: the inventory's store over dicts, statement by statement, with
the constraints of the schema. Every function has the name and arguments of the one that it stands
in for."""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from machine.limits import LimitTables
from machine.promised import PromiseTables
from machine.rows import Found
from rackhouse.inventory.rules import Allocation, AllotmentRule, Bucket, Hold, Key, Stock
from rackhouse.inventory.rules.lots import RecordedLot
from rackhouse.inventory.units import UnitMove
from rackhouse.platform.events import NewEvent

__all__ = ["Tables"]

RESERVED = ("held", "committed", "shipped")


class Tables(LimitTables, PromiseTables):
    """All tables of inventory."""

    def copy(self) -> "Tables":
        """The same, to go back to or to try something out on."""
        other = Tables()
        other.become(self)
        return other

    def become(self, other: "Tables") -> None:
        """Hold what another does."""
        for name, table in vars(other).items():
            setattr(self, name, table.copy())

    # Locking and reading.

    async def take_turns(self, tx: Any, keys: Iterable[Key], hold_ids: Iterable[str]) -> Found:
        """Nobody else is there; answers whose turns were taken."""
        return Found([(None, *key) for key in self._asked(keys, hold_ids)])

    async def open_stock(self, tx: Any, keys: Iterable[Key]) -> None:
        for sku, location in keys:
            details = 2 * any(sku in skus for skus in self.quota_skus.values())
            details |= 4 * any(
                each.sku == sku and each.status == "waiting" for each in self.waiting.values()
            )
            row = Stock(sku, location, details=details)
            self.stock.setdefault((sku, location), row)

    async def lock_stock(self, tx: Any, keys: Iterable[Key], hold_ids: Iterable[str]) -> Found:
        asked = sorted(self._asked(keys, hold_ids))
        return Found([msgspec.structs.astuple(self.stock[k]) for k in asked if k in self.stock])

    async def send_time(self, tx: Any) -> Found:
        return Found([(self.clock["now"],)])

    async def send_holds(self, tx: Any, hold_ids: Iterable[str]) -> Found:
        return Found([_hold_row(self.holds[each]) for each in hold_ids if each in self.holds])

    async def send_allocations(self, tx: Any, hold_ids: Iterable[str]) -> Found:
        wanted = set(hold_ids)
        found = sorted(place for place in self.allocations if place[0] in wanted)
        return Found([msgspec.structs.astuple(self.allocations[place]) for place in found])

    async def lapsed_allocations(
        self, tx: Any, keys: Iterable[Key], now: datetime.datetime, *, limit: int
    ) -> list[Allocation]:
        wanted = set(keys)
        found = [
            each
            for each in self.allocations.values()
            if (each.sku, each.location) in wanted and each.held > 0 and each.held_until <= now
        ]
        found.sort(key=lambda each: (each.held_until, each.hold_id, each.line))
        return found[:limit]

    async def send_buckets(self, tx: Any, keys: Iterable[Key]) -> Found:
        wanted = set(keys)
        return Found(
            [
                msgspec.structs.astuple(bucket)
                for (sku, location, *_), bucket in self.buckets.items()
                if (sku, location) in wanted
            ]
        )

    async def send_lots(
        self, tx: Any, keys: Iterable[Key], named: Iterable[tuple[str, str]]
    ) -> Found:
        there = set(keys)
        wanted = {(sku, lot) for sku, at, lot, *_ in self.buckets if (sku, at) in there and lot}
        wanted |= set(named)
        return Found([_lot_row(self.lots[each]) for each in wanted if each in self.lots])

    async def recorded_lot(self, tx: Any, sku: str, lot: str) -> RecordedLot | None:
        return self.lots.get((sku, lot))

    async def write_lot(
        self, tx: Any, lot: RecordedLot, turns_at: datetime.datetime | None
    ) -> None:
        if lot.release_at is not None and lot.expires_at is not None:
            assert lot.release_at < lot.expires_at, "released_before_it_expires"
        self.lots[lot.sku, lot.lot] = lot

    async def send_free_units(
        self, tx: Any, keys: Iterable[Key], wanted: Mapping[str, int]
    ) -> Found:
        found = []
        for at in self.buckets:
            sku, location, lot, allotment, condition = at
            if (sku, location) not in keys or not wanted.get(sku):
                continue
            numbers = sorted(
                number
                for (sku_, lot_, number), unit in self.units.items()
                if (sku_, lot_) == (sku, lot) and unit.state == "in_stock"
                if (unit.location, unit.allotment, unit.condition)
                == (location, allotment, condition)
            )
            if numbers:
                found.append((*at, numbers[: wanted[sku]]))
        return Found(found)

    async def send_units(self, tx: Any, units: Iterable[tuple[str, str, int]]) -> Found:
        return Found([_unit_row(self.units[each]) for each in units if each in self.units])

    async def send_buffers(self, tx: Any, keys: Iterable[Key]) -> Found:
        wanted = set(keys)
        return Found(
            [
                (sku, location, channel, quantity)
                for (sku, location, channel), quantity in self.buffers.items()
                if (sku, location) in wanted
            ]
        )

    async def read_allotment_rules(
        self, tx: Any, places: Iterable[tuple[str, str, str]]
    ) -> list[AllotmentRule]:
        return [self.allotment_rules[at] for at in places if at in self.allotment_rules]

    async def read_take_backs(self, tx: Any, return_ids: Iterable[str]) -> dict[str, str]:
        return {each: self.take_backs[each] for each in return_ids if each in self.take_backs}

    # Writing.

    async def note_take_back(
        self, tx: Any, *, return_id: str, hold_id: str, content: str, now: datetime.datetime
    ) -> None:
        assert return_id not in self.take_backs, "a return is booked once"
        self.take_backs[return_id] = content

    async def write_stock(self, tx: Any, rows: Sequence[Stock]) -> None:
        for row in rows:
            assert row.safety >= 0 and min(_figures(row)) >= 0, "never_oversell"
            assert sum(_figures(row)) <= row.on_hand, "never_oversell"
            self.stock[row.sku, row.location] = row

    async def insert_holds(self, tx: Any, holds: Sequence[Hold]) -> None:
        for hold in holds:
            assert hold.id not in self.holds, "a hold's id is unique"
            self.holds[hold.id] = msgspec.structs.replace(hold, allocations=())
            for each in hold.allocations:
                assert _place(each) not in self.allocations, "an allocation's place is unique"
                self._put(each)

    async def update_holds(self, tx: Any, holds: Sequence[Hold]) -> None:
        for hold in holds:
            self.holds[hold.id] = msgspec.structs.replace(
                self.holds[hold.id], status=hold.status, expires_at=hold.expires_at
            )
            await self.update_allocations(tx, hold.allocations)

    async def update_allocations(self, tx: Any, allocations: Sequence[Allocation]) -> None:
        for each in allocations:
            if _place(each) in self.allocations:
                self._put(each)

    async def add_allocations(self, tx: Any, allocations: Sequence[Allocation]) -> None:
        for each in allocations:
            known = self.allocations.get(_place(each))
            if known is not None:
                each = msgspec.structs.replace(
                    known,
                    quantity=known.quantity + each.quantity,
                    held=known.held + each.held,
                    committed=known.committed + each.committed,
                    units=(*known.units, *each.units),
                )
            self._put(each)

    async def put_allocations(self, tx: Any, allocations: Sequence[Allocation]) -> None:
        for each in allocations:
            self._put(each)

    async def write_buckets(
        self, tx: Any, buckets: Sequence[Bucket], new: Sequence[Bucket]
    ) -> None:
        for each in (*buckets, *new):
            assert min(each.held, each.committed, each.free) >= 0, "never_oversell_a_bucket"
            is_sold = each.held + each.committed > 0
            assert each.condition == "sellable" or not is_sold, "only_sellable_is_sold"
            at = (each.sku, each.location, *each.slot)
            assert (at in self.buckets) == (each not in new), f"{at} is new, or known"
            self.buckets[at] = each

    async def write_units(self, tx: Any, moves: Sequence[UnitMove]) -> None:
        come = {(move.sku, move.lot, move.number) for move in moves if move.may_be_new}
        for move in moves:
            is_sold = move.state in RESERVED
            assert is_sold == (move.hold_id is not None), "sold_to_one_hold"
            at = (move.sku, move.lot, move.number)
            if at in self.units or at in come:
                self.units[at] = move

    async def write_buffers(self, tx: Any, buffers: Mapping[tuple[str, str, str], int]) -> None:
        self.buffers.update(buffers)

    async def append(
        self, tx: Any, events: Sequence[NewEvent], now: datetime.datetime, heads: object = None
    ) -> dict[str, bytes]:
        """The log, whose versions follow one another without a gap."""
        for event in events:
            known = self.versions.get(event.stream, 0)
            assert event.version == known + 1, f"{event.stream} grows by one version at a time"
            self.versions[event.stream] = event.version
            self.events.append(event)
        return {}

    def _asked(self, keys: Iterable[Key], hold_ids: Iterable[str]) -> set[Key]:
        wanted = set(hold_ids)
        of_holds = {
            (each.sku, each.location)
            for each in self.allocations.values()
            if each.hold_id in wanted
        }
        return {*keys} | of_holds

    def _put(self, each: Allocation) -> None:
        least = min(each.held, each.committed, each.returned, each.shipped - each.returned)
        assert least >= 0, "never_more_than_allocated"
        taken = each.held + each.committed + each.shipped
        assert taken <= each.quantity, "never_more_than_allocated"
        self.allocations[_place(each)] = each


def _place(each: Allocation) -> tuple[Any, ...]:
    return (each.hold_id, each.line, each.sku, each.location, each.lot, each.allotment)


def _figures(row: Stock) -> tuple[int, int, int, int]:
    return (row.held, row.committed, row.unavailable, row.allotted)


def _hold_row(hold: Hold) -> tuple[Any, ...]:
    text: Callable[[Any], str | None] = lambda raw: None if raw is None else bytes(raw).decode()  # noqa: E731
    return (
        hold.id,
        hold.channel,
        hold.customer_id,
        hold.status,
        msgspec.json.encode(hold.lines),
        text(hold.memo),
        hold.placed_by,
        hold.placed_at,
        hold.expires_at,
        text(hold.sourcing),
    )


def _lot_row(lot: Any) -> tuple[Any, ...]:
    return (
        lot.sku,
        lot.lot,
        lot.release_at,
        lot.expires_at,
        lot.recalled,
        lot.numbered,
        lot.registered_at,
        lot.version,
    )


def _unit_row(unit: UnitMove) -> tuple[Any, ...]:
    return (
        unit.sku,
        unit.lot,
        unit.number,
        unit.location,
        unit.allotment,
        unit.condition,
        unit.state,
    )
