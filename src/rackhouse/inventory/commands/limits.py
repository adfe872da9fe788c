"""What may be asked of quotas and waiting lists."""

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.commands.command import TERMS, Command, RowsMoved
from rackhouse.inventory.errors import (
    AlreadyWaiting,
    NotWaitingAnyMore,
    QuotaBelowUse,
    QuotaNotFound,
    QuotaVersionStale,
    WaitingNotFound,
)
from rackhouse.inventory.events import QuotaEnded, QuotaSet, WaitingJoined, WaitingLeft
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.levels import InLine
from rackhouse.inventory.rules import QUOTAS, WAITING, Key, Per, PlaceInLine, Quota, QuotaTerms
from rackhouse.platform.events import NewEvent

if TYPE_CHECKING:
    from rackhouse.platform.database import Transaction

__all__ = ["EndQuota", "JoinWaiting", "LeaveWaiting", "SetQuota"]


class _Found(msgspec.Struct):
    """What a command read under the locks."""

    keys: list[Key] = []
    quota: tuple[Any, ...] | None = None
    uses: list[tuple[str, int]] = []
    place: tuple[Any, ...] | None = None
    before: int = 0


class _OfQuota(Command, frozen=True, kw_only=True):
    """A command about a quota and all stock rows of its SKUs."""

    quota: str
    skus: Sequence[str]
    expected_version: int | None = None
    found: _Found = msgspec.field(default_factory=_Found)

    prepares: ClassVar[bool] = True

    def stock_keys(self) -> Sequence[Key]:
        """All rows of the SKUs, as far as they are known; nobody makes another one meanwhile."""
        return [*self.found.keys, *((sku, TERMS) for sku in self.skus)]

    async def prepare(self, tx: "Transaction", ledger: Ledger) -> None:
        """Read the quota as it is, and see to it that all rows are locked."""
        keys = await store.stock_locations(tx, self.skus)
        if any(key not in ledger.stock for key in keys):
            self.found.keys = keys
            raise RowsMoved
        rows = await store.quotas_of(tx, [self.quota])
        self.found.quota = rows[0] if rows else None

    def version(self) -> int:
        """The quota's version, which must be the expected one; 0 is a new quota."""
        current: int = self.found.quota[4] if self.found.quota else 0
        if self.expected_version is not None and self.expected_version != current:
            raise QuotaVersionStale(
                quota=self.quota, expected=self.expected_version, current=current
            )
        return current


class SetQuota(_OfQuota, frozen=True, kw_only=True):
    """Let some SKUs share a cap from now on; what is held or sold already counts."""

    name: str
    cap: int
    per: Per

    async def prepare(self, tx: "Transaction", ledger: Ledger) -> None:
        """Count what is claimed already."""
        await super().prepare(tx, ledger)
        self.found.uses = await store.recount_quota(
            tx, skus=self.skus, per=self.per, now=ledger.now
        )

    def decide(self, ledger: Ledger, now: datetime.datetime) -> QuotaTerms:
        """Set it; refuses with `QuotaBelowUse`, `QuotaVersionStale`."""
        version = self.version() + 1
        used = max((used for _, used in self.found.uses), default=0)
        if used > self.cap:
            raise QuotaBelowUse(quota=self.quota, cap=self.cap, used=used)
        event = QuotaSet(self.quota, self.name, self.cap, self.per, tuple(self.skus))
        ledger.happen(NewEvent(f"quota:{self.quota}", version, event, self.context))
        for key in self.found.keys:
            ledger.mark(key, QUOTAS)
        self._take_effect(ledger)

        async def write(tx: "Transaction") -> None:
            await store.put_quota(
                tx,
                quota=self.quota,
                name=self.name,
                cap=self.cap,
                per=self.per,
                skus=self.skus,
                version=version,
                now=now,
            )
            uses = [
                (subject, used)
                for (quota, subject), used in ledger.quotas.used.items()
                if quota == self.quota and used > 0
            ]
            await store.write_quota_uses(
                tx, quota=self.quota, skus=self.skus, cap=self.cap, uses=uses, now=now
            )

        ledger.also(write)
        return QuotaTerms(
            self.quota, self.name, self.cap, self.per, version, False, tuple(self.skus)
        )

    def _take_effect(self, ledger: Ledger) -> None:
        """For what else is decided in the same batch."""
        quotas = ledger.quotas
        skus = frozenset(self.skus)
        quotas.known[self.quota] = Quota(self.quota, self.name, self.cap, self.per, skus)
        for place in [place for place in quotas.used if place[0] == self.quota]:
            del quotas.used[place]
        for subject, used in self.found.uses:
            quotas.used[self.quota, subject] = used


class EndQuota(_OfQuota, frozen=True, kw_only=True):
    """Let a quota count no more."""

    def decide(self, ledger: Ledger, now: datetime.datetime) -> QuotaTerms:
        """End it; refuses with `QuotaNotFound`, `QuotaVersionStale`."""
        version = self.version() + 1
        if self.found.quota is None or self.found.quota[5]:
            raise QuotaNotFound(quota=self.quota)
        event = QuotaEnded(self.quota)
        ledger.happen(NewEvent(f"quota:{self.quota}", version, event, self.context))

        async def write(tx: "Transaction") -> None:
            await store.delete_quota_skus(tx, quota=self.quota, version=version)

        ledger.also(write)
        _, name, cap, per, *_ = self.found.quota
        return QuotaTerms(self.quota, name, cap, per, version, True, ())


class JoinWaiting(Command, frozen=True, kw_only=True):
    """Wait for pieces of a SKU to be free."""

    waiting_id: str
    sku: str
    quantity: int
    channel: str
    customer_id: str
    offer_seconds: float
    locations: Sequence[str]
    found: _Found = msgspec.field(default_factory=_Found)

    opens_stock: ClassVar[bool] = True
    prepares: ClassVar[bool] = True

    def stock_keys(self) -> Sequence[Key]:
        """The stock that the channel sells from."""
        return [(self.sku, location) for location in self.locations]

    def pieces_wanted(self) -> Mapping[str, int]:
        """What may be offered at once."""
        return {self.sku: self.quantity}

    async def prepare(self, tx: "Transaction", ledger: Ledger) -> None:
        """Count who waits already."""
        self.found.before = await store.count_waiting(tx, sku=self.sku)

    def decide(self, ledger: Ledger, now: datetime.datetime) -> PlaceInLine:
        """Get in line; refuses with `AlreadyWaiting`."""
        line = ledger.in_line.setdefault(self.sku, [])
        if any((e.channel, e.customer_id) == (self.channel, self.customer_id) for e in line):
            raise AlreadyWaiting(sku=self.sku, channel=self.channel, customer_id=self.customer_id)
        for key in self.stock_keys():
            ledger.mark(key, WAITING)
        event = WaitingJoined(
            self.sku, self.quantity, self.channel, self.customer_id, self.offer_seconds
        )
        stream = f"waiting:{self.waiting_id}"
        ledger.happen(NewEvent(stream, 1, event, self.context, self.channel))

        async def write(tx: "Transaction") -> None:
            await store.insert_waiting(
                tx,
                id=self.waiting_id,
                sku=self.sku,
                quantity=self.quantity,
                channel=self.channel,
                customer_id=self.customer_id,
                offer_seconds=self.offer_seconds,
                now=now,
            )

        ledger.also(write)
        before = max(self.found.before, len(line))
        facts = (
            self.waiting_id,
            self.sku,
            self.quantity,
            self.channel,
            self.customer_id,
            self.offer_seconds,
        )
        line.append(InLine(*facts))
        return PlaceInLine(*facts, "waiting", now, None, None, before)


class LeaveWaiting(Command, frozen=True, kw_only=True):
    """Wait no more."""

    waiting_id: str
    found: _Found = msgspec.field(default_factory=_Found)

    prepares: ClassVar[bool] = True

    async def prepare(self, tx: "Transaction", ledger: Ledger) -> None:
        """Lock the place in line."""
        self.found.place = await store.lock_waiting(tx, id=self.waiting_id)

    def decide(self, ledger: Ledger, now: datetime.datetime) -> str:
        """Leave; again changes nothing. Refuses with `WaitingNotFound`, `NotWaitingAnyMore`."""
        if self.found.place is None:
            raise WaitingNotFound(waiting_id=self.waiting_id)
        sku, channel, customer_id, status, version = self.found.place
        caller = self.context.caller
        if caller.customer_id not in (None, customer_id) or caller.channel not in (None, channel):
            raise WaitingNotFound(waiting_id=self.waiting_id)
        if status == "left":
            return self.waiting_id
        if status != "waiting" or self.waiting_id in ledger.offered:
            raise NotWaitingAnyMore(waiting_id=self.waiting_id, waiting_status="offered")
        line = ledger.in_line.get(sku, [])
        line[:] = [each for each in line if each.id != self.waiting_id]
        stream = f"waiting:{self.waiting_id}"
        left = NewEvent(stream, version + 1, WaitingLeft(sku), self.context, channel)
        ledger.happen(left)

        async def write(tx: "Transaction") -> None:
            await store.set_waiting(tx, id=self.waiting_id, status="left", hold_id=None, now=now)

        ledger.also(write)
        return self.waiting_id
