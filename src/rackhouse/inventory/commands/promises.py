"""What may be asked of a promise: pieces that are sold before they come."""

import datetime
import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from rackhouse.inventory import rules, store
from rackhouse.inventory.commands.command import Command
from rackhouse.inventory.commands.inbound import inbound_turn
from rackhouse.inventory.events import PROMISED
from rackhouse.inventory.inbound_errors import NotInInbound
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.promise_errors import PromiseNotFound
from rackhouse.inventory.rules import (
    Caps,
    Key,
    Promise,
    PromiseChange,
    PromiseNow,
    PromisePart,
    PromiseTerms,
)
from rackhouse.inventory.serving import serve

if TYPE_CHECKING:
    from rackhouse.platform.database import Transaction

__all__ = [
    "ChangePromise",
    "ClosePromise",
    "KeepPromises",
    "OfPromise",
    "OpenPromise",
]


class OfPromise(Command, frozen=True, kw_only=True):
    """A command about the promise of a SKU."""

    sku: str

    prepares: ClassVar[bool] = True

    @property
    def key(self) -> Key:
        """The stock that has not come."""
        return (self.sku, PROMISED)

    def stock_keys(self) -> Sequence[Key]:
        """It alone."""
        return [self.key]

    async def prepare(self, tx: "Transaction", ledger: Ledger) -> None:
        """Read the terms."""
        for promise in await store.promises_of(tx, [self.sku]):
            ledger.promises.setdefault(promise.sku, promise)

    def promise(self, ledger: Ledger) -> Promise:
        """The terms; refuses with `PromiseNotFound`."""
        found = ledger.promises.get(self.sku)
        if found is None:
            raise PromiseNotFound(sku=self.sku)
        return found

    def written(self, ledger: Ledger, promise: Promise, moves: rules.Moves) -> PromiseNow:
        """Let it happen, and write the terms."""
        if moves:
            ledger.record(moves, self.context)
            ledger.promises[self.sku] = promise
            ledger.also(functools.partial(store.write_promise, promise=promise))
        parts = [
            PromisePart(each.allotment, each.on_hand, each.held, each.committed)
            for each in rules.caps_of(ledger.stock[self.key], ledger.depth)
        ]
        return PromiseNow(promise, parts)


class OpenPromise(OfPromise, frozen=True, kw_only=True):
    """Let pieces of a SKU be sold before they come."""

    terms: PromiseTerms
    caps: Caps

    opens_stock: ClassVar[bool] = True

    def stock_keys(self) -> Sequence[Key]:
        """The shipment that it stands on stays as it is, too."""
        return [self.key, *map(inbound_turn, self._inbound_ids)]

    def opened_keys(self) -> Sequence[Key]:
        """The promise may be the first."""
        return [self.key]

    async def prepare(self, tx: "Transaction", ledger: Ledger) -> None:
        """Read the shipment, too."""
        await super().prepare(tx, ledger)
        for inbound in await store.inbounds_of(tx, self._inbound_ids):
            ledger.inbounds.setdefault(inbound.id, inbound)

    def decide(self, ledger: Ledger, now: datetime.datetime) -> PromiseNow:
        """Open it; refuses with `PromiseAlreadyOpen`, `PromiseInThePast`, `CapBelowSold`, and
        with `NotInInbound` where its shipment brings nothing of the SKU any more."""
        for inbound_id in self._inbound_ids:
            lines = ledger.inbounds[inbound_id].lines
            if not any(line.coming for line in lines if line.sku == self.sku):
                raise NotInInbound(inbound_id=inbound_id, sku=self.sku, lot=None)
        known = ledger.promises.get(self.sku)
        promise = Promise(
            sku=self.sku,
            kind=self.terms.kind,
            promised_at=self.terms.promised_at,
            note=self.terms.note or None,
            inbound_id=self.terms.inbound_id,
            opened_at=now,
            version=1 if known is None else known.version + 1,
        )
        moves = rules.open_promise(known, promise, ledger.stock[self.key], ledger.depth, self.caps)
        return self.written(ledger, promise, moves)

    @property
    def _inbound_ids(self) -> Sequence[str]:
        return () if self.terms.inbound_id is None else (self.terms.inbound_id,)


class ChangePromise(OfPromise, frozen=True, kw_only=True):
    """Move the date of a promise, or allow more or fewer."""

    change: PromiseChange
    expected_version: int | None

    def decide(self, ledger: Ledger, now: datetime.datetime) -> PromiseNow:
        """Change it; refuses with `PromiseNotFound`, `VersionIsStale`, `PromiseIsClosed`,
        `PromiseInThePast` and `CapBelowSold`."""
        promise = self.promise(ledger)
        promise, moves = rules.change_promise(
            promise,
            self.change,
            ledger.stock[self.key],
            ledger.depth,
            expected_version=self.expected_version,
            now=now,
        )
        return self.written(ledger, promise, moves)


class ClosePromise(OfPromise, frozen=True, kw_only=True):
    """Let nothing more be sold by a promise."""

    reason: str
    expected_version: int | None

    def decide(self, ledger: Ledger, now: datetime.datetime) -> PromiseNow:
        """Close it; refuses with `PromiseNotFound` and `VersionIsStale`."""
        promise, moves = rules.close_promise(
            self.promise(ledger),
            ledger.stock[self.key],
            ledger.depth,
            reason=self.reason,
            expected_version=self.expected_version,
            now=now,
        )
        return self.written(ledger, promise, moves)


class KeepPromises(Command, frozen=True, kw_only=True):
    """Give free pieces of a SKU at some locations to those whom such were promised."""

    sku: str
    locations: Sequence[str]

    def stock_keys(self) -> Sequence[Key]:
        """The stock from which they are served."""
        return [(self.sku, location) for location in self.locations]

    def brought_skus(self) -> Sequence[str]:
        """The SKU."""
        return [self.sku]

    def decide(self, ledger: Ledger, now: datetime.datetime) -> int:
        """Serve; says how many pieces found whom they were promised to."""
        keys = [key for key in self.stock_keys() if key in ledger.stock]
        kept: Mapping[str, int] = serve(ledger, keys, self.context)
        return kept.get(self.sku, 0)
