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
        turns = [(f"quota:{self.quota}", TERMS), *((sku, TERMS) for sku in self.skus)]
        return [*self.found.keys, *turns]

    async def prepare(self, tx: "Transaction", ledger: Ledger) -> None:
        """Read the quota as it is, and see to it that all rows are locked."""
        self.found.keys = await store.stock_locations(tx, self.skus)
        if any(key not in ledger.stock for key in self.found.keys):
            raise RowsMoved
        for id_, name, cap, per, version, ended, _ in await store.quotas_of(tx, [self.quota]):
            terms = QuotaTerms(id_, name, cap, per, version, ended, ())
            ledger.quotas.terms.setdefault(id_, terms)

    def known(self, ledger: Ledger) -> QuotaTerms | None:
        """The quota, at the version that was expected; None is a new one."""
        known = ledger.quotas.terms.get(self.quota)
        current = known.version if known else 0
        if self.expected_version is not None and self.expected_version != current:
            raise QuotaVersionStale(
                quota=self.quota, expected=self.expected_version, current=current
            )
        return known


class SetQuota(_OfQuota, frozen=True, kw_only=True):
    """Let some SKUs share a cap from now on; what is held or sold already counts."""

    name: str
    cap: int
    per: Per

    async def prepare(self, tx: "Transaction", ledger: Ledger) -> None:
        """Count what is claimed already; what has lapsed counts in no quota any more."""
        await super().prepare(tx, ledger)
        freed = await store.forgive_lapsed(tx, self.skus, ledger.now, besides=())
        ledger.quotas.forgive(freed)
        if freed and ledger.holds:
            ledger.forgiven.update(await store.forgiven_of(tx, ledger.holds))
        self.found.uses = await store.recount_quota(
            tx, skus=self.skus, per=self.per, now=ledger.now
        )

    def decide(self, ledger: Ledger, now: datetime.datetime) -> QuotaTerms:
        """Set it; refuses with `QuotaBelowUse`, `QuotaVersionStale`."""
        known = self.known(ledger)
        version = known.version + 1 if known else 1
        quota = Quota(self.quota, self.name, self.cap, self.per, frozenset(self.skus))
        uses = self._uses(ledger, quota)
        used = max(uses.values(), default=0)
        if used > self.cap:
            raise QuotaBelowUse(quota=self.quota, cap=self.cap, used=used)
        event = QuotaSet(self.quota, self.name, self.cap, self.per, tuple(self.skus))
        ledger.happen(NewEvent(f"quota:{self.quota}", version, event, self.context))
        for key in self.found.keys:
            ledger.mark(key, QUOTAS)
        terms = QuotaTerms(
            self.quota, self.name, self.cap, self.per, version, False, tuple(self.skus)
        )
        ledger.quotas.begin(terms, quota, uses)

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
            await store.write_quota_uses(tx, quota=self.quota, cap=self.cap, uses=uses)

        ledger.also(write)
        return terms

    def _uses(self, ledger: Ledger, quota: Quota) -> dict[str, int]:
        """What is claimed, as it was read, and in the same batch since."""
        uses = dict(self.found.uses)
        for sku, customer_id, pieces in ledger.claims_since_read():
            subject = quota.subject(customer_id)
            if sku in quota.skus and subject is not None:
                uses[subject] = uses.get(subject, 0) + pieces
        return uses


class EndQuota(_OfQuota, frozen=True, kw_only=True):
    """Let a quota count no more."""

    def decide(self, ledger: Ledger, now: datetime.datetime) -> QuotaTerms:
        """End it; refuses with `QuotaNotFound`, `QuotaVersionStale`."""
        known = self.known(ledger)
        if known is None or known.ended:
            raise QuotaNotFound(quota=self.quota)
        version = known.version + 1
        event = QuotaEnded(self.quota)
        ledger.happen(NewEvent(f"quota:{self.quota}", version, event, self.context))
        terms = msgspec.structs.replace(known, version=version, ended=True)
        ledger.quotas.end(terms)

        async def write(tx: "Transaction") -> None:
            await store.delete_quota_skus(tx, quota=self.quota, version=version)

        ledger.also(write)
        return terms


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
        if status == "left" or self.waiting_id in ledger.left:
            return self.waiting_id
        if status != "waiting" or self.waiting_id in ledger.offered:
            raise NotWaitingAnyMore(waiting_id=self.waiting_id, waiting_status="offered")
        line = ledger.in_line.get(sku, [])
        line[:] = [each for each in line if each.id != self.waiting_id]
        ledger.left.add(self.waiting_id)
        stream = f"waiting:{self.waiting_id}"
        left = NewEvent(stream, version + 1, WaitingLeft(sku, customer_id), self.context, channel)
        ledger.happen(left)

        async def write(tx: "Transaction") -> None:
            await store.set_waiting(tx, id=self.waiting_id, status="left", hold_id=None, now=now)

        ledger.also(write)
        return self.waiting_id
