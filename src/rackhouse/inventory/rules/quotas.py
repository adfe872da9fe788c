"""Quotas: caps that several SKUs share."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from rackhouse.inventory.errors import CustomerNeeded, QuotaExceeded
from rackhouse.inventory.events import (
    HoldAllocated,
    HoldExpired,
    HoldPlaced,
    HoldReleased,
    PromiseKept,
    StockEvent,
    StockReturned,
)
from rackhouse.inventory.rules.state import Need

__all__ = ["Per", "Quota", "QuotaTerms", "Quotas", "claimed_by"]


Per = Literal["everyone", "customer"]


class QuotaTerms(msgspec.Struct, frozen=True):
    """A quota: no more than ``cap`` pieces over all ``skus``."""

    id: str
    name: str
    cap: int
    per: Per
    version: int
    ended: bool
    skus: tuple[str, ...]


class Quota(msgspec.Struct, frozen=True):
    """No more than ``cap`` pieces over all ``skus``, for ``everyone`` together or per
    ``customer``."""

    id: str
    name: str
    cap: int
    per: str
    skus: frozenset[str]

    def subject(self, customer_id: str | None) -> str | None:
        """Whose pieces are counted together; None for a customer who is not known."""
        return customer_id if self.per == "customer" else ""


class Quotas:
    """The quotas of the stock in hand, and how much of each is used. ``terms`` are those of the
    quotas that commands are about, and ``changed`` the quotas that were set or ended since."""

    def __init__(self) -> None:
        self.known: dict[str, Quota] = {}
        self.used: dict[tuple[str, str], int] = {}
        self.terms: dict[str, QuotaTerms] = {}
        self.changed: set[str] = set()

    def begin(self, terms: QuotaTerms, quota: Quota, uses: Mapping[str, int]) -> None:
        """Let a quota count from now on, with so much used."""
        self.end(terms)
        self.known[quota.id] = quota
        for subject, used in uses.items():
            self.used[quota.id, subject] = used

    def end(self, terms: QuotaTerms) -> None:
        """Let a quota count no more."""
        self.terms[terms.id] = terms
        self.changed.add(terms.id)
        self.known.pop(terms.id, None)
        for place in [place for place in self.used if place[0] == terms.id]:
            del self.used[place]

    def forgive(self, freed: Iterable[tuple[str, str, int]]) -> None:
        """Count pieces of some quotas and subjects no more."""
        for quota, subject, pieces in freed:
            if (quota, subject) in self.used:
                self.used[quota, subject] -= pieces

    def check(self, needs: Sequence[Need], customer_id: str | None) -> None:
        """Refuse with `QuotaExceeded` or `CustomerNeeded` what a customer can not have."""
        for quota in self.known.values():
            asked = sum(need.quantity for need in needs if need.sku in quota.skus)
            if not asked:
                continue
            subject = quota.subject(customer_id)
            if subject is None:
                raise CustomerNeeded(quota=quota.id, cap=quota.cap)
            left = quota.cap - self.used.get((quota.id, subject), 0)
            if asked > left:
                raise QuotaExceeded(
                    quota=quota.id, name=quota.name, cap=quota.cap, left=max(0, left), asked=asked
                )

    def count(self, sku: str, customer_id: str | None, pieces: int) -> None:
        """Count pieces of a SKU that a customer has a claim on from now on, or no more."""
        for quota in self.known.values():
            subject = quota.subject(customer_id)
            if sku in quota.skus and subject is not None:
                place = (quota.id, subject)
                self.used[place] = self.used.get(place, 0) + pieces


def claimed_by(event: StockEvent) -> int:
    """How many pieces a hold has a claim on more than before an event: held, sold or shipped and
    not returned."""
    match event:
        case HoldPlaced():
            return event.quantity
        case HoldAllocated():
            return event.to_held + event.to_committed
        case HoldReleased() | PromiseKept():
            return -event.from_held - event.from_committed
        case HoldExpired() | StockReturned():
            return -event.quantity
    return 0
