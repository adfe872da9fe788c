"""What may be asked of a lot. It decides what may be sold of a SKU everywhere, so it is decided
under the locks of all stock of the SKU."""

import datetime
import functools
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.commands.command import TERMS, Command, RowsMoved
from rackhouse.inventory.errors import LotNotFound
from rackhouse.inventory.events import (
    LotChanged,
    LotRecalled,
    LotRegistered,
    LotReinstated,
    LotStatusChanged,
    lot_stream,
)
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.lot_errors import (
    LotExists,
    LotIsRecalled,
    LotNotRecalled,
    LotVersionStale,
    NumberedIsFixed,
)
from rackhouse.inventory.rules import Key
from rackhouse.inventory.rules.lots import (
    LotChanges,
    LotFacts,
    LotNow,
    RecordedLot,
    as_decided,
    changed_facts,
    lot_now,
    sound_lot,
    status_at,
    turns_at,
)
from rackhouse.platform.events import NewEvent

if TYPE_CHECKING:
    from rackhouse.platform.database import Transaction

__all__ = [
    "ChangeLot",
    "OfLot",
    "RecallLot",
    "RegisterLot",
    "ReinstateLot",
    "TurnLot",
]


class _Found(msgspec.Struct):
    """What a command read under the locks."""

    keys: Sequence[Key] = ()


class OfLot(Command, frozen=True, kw_only=True):
    """A command about a lot and all stock rows of its SKU, of which some may be known."""

    sku: str
    lot: str
    rows: Sequence[Key] = ()
    found: _Found = msgspec.field(default_factory=_Found)

    prepares: ClassVar[bool] = True

    def stock_keys(self) -> Sequence[Key]:
        """All rows of the SKU, as far as they are known; nobody makes another one meanwhile."""
        return [(self.sku, TERMS), *(self.found.keys or self.rows)]

    def lots_named(self) -> Sequence[tuple[str, str]]:
        """The lot in question."""
        return [(self.sku, self.lot)]

    async def prepare(self, tx: "Transaction", ledger: Ledger) -> None:
        """Read the lot with all that is known of it, and see to it that all rows are locked."""
        keys = await store.stock_locations(tx, [self.sku])
        if any(key not in ledger.stock for key in keys):
            self.found.keys = keys
            raise RowsMoved
        found = await store.recorded_lot(tx, self.sku, self.lot)
        if found is not None:
            ledger.lots[self.sku, self.lot] = found

    def known(self, ledger: Ledger) -> RecordedLot:
        """The lot; refuses with `LotNotFound`."""
        found = ledger.lots.get((self.sku, self.lot))
        if found is None:
            raise LotNotFound(sku=self.sku, lot=self.lot)
        return found

    def pieces_at(self, ledger: Ledger) -> Iterable[tuple[Key, int]]:
        """Where pieces of the lot are or were, and how many there are."""
        for key in sorted(key for key in ledger.stock if key[0] == self.sku):
            slots = ledger.depth.buckets.get(key, {})
            counts = [bucket.on_hand for slot, bucket in slots.items() if slot[0] == self.lot]
            if counts:
                yield key, sum(counts)

    def written(
        self,
        ledger: Ledger,
        lot: RecordedLot,
        now: datetime.datetime,
        *,
        event: msgspec.Struct | None,
        reason: str,
    ) -> LotNow:
        """Write the lot and its event; tell of its status, where it has pieces, if that is another
        than was told last."""
        told, status = lot.told_status, status_at(lot, now)
        lot = msgspec.structs.replace(lot, told_status=status)
        ledger.lots[self.sku, self.lot] = lot
        ledger.depth.lots[self.sku, self.lot] = as_decided(lot)
        ledger.also(functools.partial(_write, lot=lot, next_turn=turns_at(lot, now)))
        if event is not None:
            stream = lot_stream(self.sku, self.lot)
            ledger.happen(NewEvent(stream, lot.version, event, self.context))
        if status != told:
            happened = LotStatusChanged(self.lot, status, reason)
            standing = [key for key, pieces in self.pieces_at(ledger) if pieces]
            ledger.record([(key, happened) for key in standing], self.context)
        return lot_now(lot, now)


class RegisterLot(OfLot, frozen=True, kw_only=True):
    """Make a lot known."""

    facts: LotFacts

    def decide(self, ledger: Ledger, now: datetime.datetime) -> LotNow:
        """Register it; refuses with `LotExists` and `InvalidLot`."""
        if (self.sku, self.lot) in ledger.lots:
            raise LotExists(sku=self.sku, lot=self.lot)
        facts = msgspec.structs.asdict(sound_lot(self.lot, self.facts, not_expired_at=now))
        lot = RecordedLot(sku=self.sku, lot=self.lot, registered_at=now, **facts)
        event = LotRegistered(self.sku, self.lot, **facts)
        return self.written(ledger, lot, now, event=event, reason="registered")


class ChangeLot(OfLot, frozen=True, kw_only=True):
    """Say something else of a lot."""

    changes: LotChanges
    expected_version: int | None

    def decide(self, ledger: Ledger, now: datetime.datetime) -> LotNow:
        """Change it; the same again changes nothing. Refuses with `LotNotFound`,
        `LotVersionStale`, `InvalidLot` and `NumberedIsFixed`."""
        lot = self.known(ledger)
        if self.expected_version not in (None, lot.version):
            raise LotVersionStale(
                sku=self.sku, lot=self.lot, expected=self.expected_version, current=lot.version
            )
        facts = sound_lot(self.lot, changed_facts(lot.facts, self.changes))
        if facts.numbered != lot.numbered and any(True for _ in self.pieces_at(ledger)):
            raise NumberedIsFixed(sku=self.sku, lot=self.lot, numbered=lot.numbered)
        if facts == lot.facts:
            return lot_now(lot, now)
        changed = msgspec.structs.asdict(facts)
        lot = msgspec.structs.replace(lot, version=lot.version + 1, **changed)
        event = LotChanged(self.sku, self.lot, **changed)
        return self.written(ledger, lot, now, event=event, reason="the lot was changed")


class RecallLot(OfLot, frozen=True, kw_only=True):
    """Freeze a lot everywhere."""

    reason: str

    def decide(self, ledger: Ledger, now: datetime.datetime) -> LotNow:
        """Recall it; refuses with `LotNotFound` and `LotIsRecalled`."""
        lot = self.known(ledger)
        if lot.recalled:
            raise LotIsRecalled(sku=self.sku, lot=self.lot)
        lot = msgspec.structs.replace(
            lot, recalled=True, recall_reason=self.reason, version=lot.version + 1
        )
        event = LotRecalled(self.sku, self.lot, self.reason)
        return self.written(ledger, lot, now, event=event, reason=self.reason)


class ReinstateLot(OfLot, frozen=True, kw_only=True):
    """Lift the recall of a lot."""

    reason: str

    def decide(self, ledger: Ledger, now: datetime.datetime) -> LotNow:
        """Reinstate it; refuses with `LotNotFound` and `LotNotRecalled`."""
        lot = self.known(ledger)
        if not lot.recalled:
            raise LotNotRecalled(sku=self.sku, lot=self.lot)
        lot = msgspec.structs.replace(
            lot, recalled=False, recall_reason=None, version=lot.version + 1
        )
        event = LotReinstated(self.sku, self.lot, self.reason)
        return self.written(ledger, lot, now, event=event, reason=self.reason)


class TurnLot(OfLot, frozen=True, kw_only=True):
    """Tell of a lot whose status has turned by the clock."""

    def decide(self, ledger: Ledger, now: datetime.datetime) -> LotNow:
        """Tell of it, unless that was done; refuses with `LotNotFound`."""
        lot = self.known(ledger)
        reason = {"sellable": "its release has come", "expired": "it has expired"}
        status = status_at(lot, now)
        return self.written(
            ledger, lot, now, event=None, reason=reason.get(status, "its dates have come")
        )


async def _write(
    tx: "Transaction", *, lot: RecordedLot, next_turn: datetime.datetime | None
) -> None:
    await store.write_lot(tx, lot, next_turn)
