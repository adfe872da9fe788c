"""Posting lines of a count sheet to the stock, in the transaction that marks them as posted."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import msgspec

from rackhouse.inventory import rules, store
from rackhouse.inventory.commands import Command
from rackhouse.inventory.errors import (
    CountedElsewhere,
    CountIsNot,
    CountNotFound,
    FewerThanReserved,
)
from rackhouse.inventory.events import SELLABLE, Slot, StockAdjusted
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import BUCKETS, Key
from rackhouse.inventory.rules.counting import Count, CountLine, must_be
from rackhouse.inventory.serving import serve
from rackhouse.platform.database import Transaction

__all__ = ["PostLines"]


class _Posting(msgspec.Struct, frozen=True):
    """A part of a difference that goes to one slot, with its numbers if it has any."""

    slot: Slot
    delta: int
    units: tuple[int, ...] = ()


class PostLines(Command, frozen=True, kw_only=True):
    """Post the differences of some lines. Lines that are posted already are left alone."""

    count: Count
    lines: Sequence[CountLine]

    prepares: ClassVar[bool] = True
    opens_stock: ClassVar[bool] = True

    def stock_keys(self) -> Sequence[Key]:
        """The stock of each line."""
        return [(each.sku, self.count.location) for each in self.lines]

    def lots_named(self) -> Sequence[tuple[str, str]]:
        """The lots that were counted."""
        return [(each.sku, each.lot) for each in self.lines if each.lot]

    def units_named(self) -> Sequence[tuple[str, str, int]]:
        """The numbers that were found or missed."""
        return [
            (each.sku, each.lot, number)
            for each in self.lines
            for number in (*each.missing, *each.surplus)
        ]

    def brought_skus(self) -> Sequence[str]:
        """Those of which there is more than was known."""
        return [
            each.sku
            for each in self.lines
            if each.condition == SELLABLE and ((each.difference or 0) > 0 or each.surplus)
        ]

    async def prepare(self, tx: Transaction, ledger: Ledger) -> None:
        """Read the sheet as it is, and let nobody else change it."""
        known = await store.lock_count(tx, self.count.id)
        if known is None:
            raise CountNotFound(count_id=self.count.id)
        for line in self.lines:
            numbers = [*line.missing, *line.surplus]
            found = await store.free_units(tx, line.sku, line.lot, numbers) if numbers else ()
            for key, slot, number in found:
                ledger.depth.free_units.setdefault((key, slot), set()).add(number)
        elsewhere = await store.corrected_since(tx, known, self.lines)
        for line in self.lines:
            if line.line in elsewhere:
                ledger.prepared["corrected", *self._part(line)] = elsewhere[line.line]
        ledger.prepared["count", self.count.id] = known

    def decide(self, ledger: Ledger, now: datetime.datetime) -> int:
        """Post; answers how many pieces in sum. Refuses with `CountIsNot`, `CountedElsewhere`,
        `FewerThanReserved`, and what lots and units refuse."""
        due = self._due(ledger)
        trial = ledger.trial()
        moves: rules.Moves = []
        for line in due:
            for posting in self._postings(trial, line):
                moved = self._adjusted(trial, line, posting)
                trial.record(moved, self.context)
                moves += moved
        ledger.record(moves, self.context)
        more = [key for key, event in moves if isinstance(event, StockAdjusted) and event.delta > 0]
        serve(ledger, more, self.context)
        keys = {line.line: (line.sku, self.count.location) for line in due}
        versions = {line: ledger.stock[key].version for line, key in keys.items()}
        self._mark(ledger, versions, now)
        return sum(each.difference or 0 for each in due)

    def _due(self, ledger: Ledger) -> list[CountLine]:
        """The lines that are not posted yet; refuses where one was counted anew meanwhile."""
        known: Count = ledger.prepared["count", self.count.id]
        must_be(known, ("open", "awaiting_approval"), "posted")
        lines = {each.line: each for each in known.lines}
        due = [each for each in self.lines if lines[each.line].posted_version is None]
        if any(lines[each.line] != each for each in due):
            raise CountIsNot(count_id=known.id, count_status="counted anew", wanted="posted")
        for each in due:
            other = ledger.prepared.get(("corrected", *self._part(each)), known.id)
            if other != known.id:
                raise CountedElsewhere(
                    count_id=known.id,
                    sku=each.sku,
                    location=known.location,
                    other_count_id=other,
                )
        return due

    def _part(self, line: CountLine) -> tuple[str, str, str, str]:
        """What a line counts, and where."""
        return (line.sku, self.count.location, line.lot, line.condition)

    def _mark(self, ledger: Ledger, versions: Mapping[int, int], now: datetime.datetime) -> None:
        """Remember what is posted, also for whoever asks in the same batch."""
        known: Count = ledger.prepared["count", self.count.id]
        lines = tuple(
            msgspec.structs.replace(each, posted_version=versions.get(each.line))
            if each.line in versions
            else each
            for each in known.lines
        )
        ledger.prepared["count", self.count.id] = msgspec.structs.replace(known, lines=lines)
        for each in lines:
            if each.line in versions:
                ledger.prepared["corrected", *self._part(each)] = self.count.id
        ledger.also(lambda tx: store.mark_posted(tx, self.count.id, versions, now))

    def _adjusted(self, ledger: Ledger, line: CountLine, posting: _Posting) -> rules.Moves:
        return rules.adjust(
            ledger.stock[line.sku, self.count.location],
            ledger.depth,
            delta=posting.delta,
            counted=None,
            reason=f"{line.reason} (count {self.count.id})",
            expected_version=None,
            slot=posting.slot,
            units=posting.units,
        )

    def _postings(self, ledger: Ledger, line: CountLine) -> Iterator[_Posting]:
        """A difference by slot: what is missing comes off the pool, then off allotments."""
        if line.numbered:
            yield from self._postings_of_units(ledger, line)
            return
        delta = line.difference or 0
        if delta > 0:
            yield _Posting((line.lot, "", line.condition), delta)
            return
        missing = -delta
        for slot, free in self._free(ledger, line):
            part = min(missing, free)
            missing -= part
            if part:
                yield _Posting(slot, -part)
        if missing:
            stock = ledger.stock[line.sku, self.count.location]
            raise FewerThanReserved(
                sku=line.sku,
                location=self.count.location,
                on_hand=stock.on_hand - missing,
                reserved=stock.held + stock.committed,
            )

    def _postings_of_units(self, ledger: Ledger, line: CountLine) -> Iterator[_Posting]:
        """Numbers that are missing and have not left since, by slot; and those that turned up."""
        key = (line.sku, self.count.location)
        missing = set(line.missing)
        for slot, _ in self._free(ledger, line):
            here = sorted(missing & ledger.depth.free_units.get((key, slot), set()))
            if here:
                yield _Posting(slot, -len(here), tuple(here))
        states = ledger.depth.unit_states
        surplus = [
            number
            for number in line.surplus
            if states.get((line.sku, line.lot, number), "gone") == "gone"
        ]
        if surplus:
            yield _Posting((line.lot, "", line.condition), len(surplus), tuple(surplus))

    def _free(self, ledger: Ledger, line: CountLine) -> list[tuple[Slot, int]]:
        """The slots that a line counts, the pool first, with the pieces that nobody has a claim
        on."""
        key = (line.sku, self.count.location)
        stock = ledger.stock[key]
        if not stock.details & BUCKETS:
            return [((line.lot, "", line.condition), stock.free)]
        return [
            (slot, bucket.free)
            for slot, bucket in sorted(ledger.depth.buckets.get(key, {}).items())
            if (slot[0], slot[2]) == (line.lot, line.condition)
        ]
