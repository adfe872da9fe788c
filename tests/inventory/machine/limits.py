"""The tables of quotas and waiting lists."""

import datetime
from collections.abc import Container, Iterable, Sequence
from typing import Any

import msgspec

from machine.rows import Found, QuotaRow, Rows, WaitingRow
from rackhouse.inventory.rules import Allocation, Key

__all__ = ["LimitTables"]


class LimitTables(Rows):
    """Caps, their uses, and customers in line."""

    async def lock_quotas(self, tx: Any, skus: Iterable[str]) -> Found:
        own = self._quotas_of(skus)
        named = self._quotas_of([sku for quota in own for sku in self.quota_skus[quota]])
        return Found(
            [
                (q.id, q.name, q.cap, q.per, msgspec.json.encode(self.quota_skus[q.id]))
                for q in map(self.quotas.__getitem__, sorted(named))
            ]
        )

    async def send_quota_uses(
        self, tx: Any, skus: Iterable[str], customers: Iterable[str]
    ) -> Found:
        named, subjects = self._quotas_of(skus), {"", *customers}
        return Found(
            [
                (quota, subject, used)
                for (quota, subject), used in self.quota_uses.items()
                if quota in named and subject in subjects
            ]
        )

    async def forgive_lapsed(
        self, tx: Any, skus: Iterable[str], now: datetime.datetime, *, besides: Iterable[str]
    ) -> list[tuple[str, str, int]]:
        tidied = set(besides)
        freed: dict[tuple[str, str], int] = {}
        for place, each in self._lapsed(set(skus), now):
            if each.hold_id in tidied:
                continue
            self.forgiven.add(place)
            for quota in self._quotas_of([each.sku]):
                subject = self._subject(quota, each.hold_id)
                if subject is not None:
                    freed[quota, subject] = freed.get((quota, subject), 0) + each.held
        changed = []
        for (quota, subject), pieces in freed.items():
            if (quota, subject) in self.quota_uses:
                self._use(quota, subject, -pieces)
                changed.append((quota, subject, pieces))
        return changed

    async def forgiven_of(self, tx: Any, hold_ids: Iterable[str]) -> list[tuple[str, str]]:
        wanted = set(hold_ids)
        return sorted({(at[0], at[2]) for at in self.forgiven if at[0] in wanted})

    async def count_claims(
        self,
        tx: Any,
        claims: Sequence[tuple[str, str, int, bool]],
        *,
        beyond: Container[str],
        besides: Iterable[str],
    ) -> None:
        counted: dict[tuple[str, str], int] = {}
        unrefused: set[tuple[str, str]] = set()
        for hold_id, sku, pieces, lapsed in claims:
            if lapsed and any(at[0] == hold_id and at[2] == sku for at in self.forgiven):
                continue
            for quota in self._quotas_of([sku]) - set(besides):
                subject = self._subject(quota, hold_id)
                if subject is not None:
                    counted[quota, subject] = counted.get((quota, subject), 0) + pieces
                    if hold_id in beyond:
                        unrefused.add((quota, subject))
        for (quota, subject), pieces in counted.items():
            if (quota, subject) in unrefused:
                used = self.quota_uses.get((quota, subject), 0) + pieces
                self.use_caps[quota, subject] = max(self._cap_of(quota, subject), used)
            self._use(quota, subject, pieces)

    async def put_quota(
        self,
        tx: Any,
        *,
        quota: str,
        name: str,
        cap: int,
        per: str,
        skus: Sequence[str],
        version: int,
        now: datetime.datetime,
    ) -> None:
        self.quotas[quota] = QuotaRow(quota, name, cap, per, version)
        self.quota_skus[quota] = tuple(skus)

    async def delete_quota_skus(self, tx: Any, *, quota: str, version: int) -> None:
        self.quotas[quota] = msgspec.structs.replace(
            self.quotas[quota], ended=True, version=version
        )
        self.quota_skus.pop(quota, None)
        self._forget_uses(quota)

    async def recount_quota(
        self, tx: Any, *, skus: Sequence[str], per: str, now: datetime.datetime
    ) -> list[tuple[str, int]]:
        used: dict[str, int] = {}
        for each in self.allocations.values():
            subject = self.holds[each.hold_id].customer_id if per == "customer" else ""
            if each.sku in skus and subject is not None:
                held = 0 if each.held_until <= now else each.held
                pieces = held + each.committed + each.shipped - each.returned
                used[subject] = used.get(subject, 0) + pieces
        return [(subject, pieces) for subject, pieces in used.items() if pieces > 0]

    async def write_quota_uses(
        self, tx: Any, *, quota: str, cap: int, uses: Sequence[tuple[str, int]]
    ) -> None:
        self._forget_uses(quota)
        for subject, pieces in uses:
            self.use_caps[quota, subject] = max(cap, pieces)
            self._use(quota, subject, pieces)

    async def stock_locations(self, tx: Any, skus: Iterable[str]) -> list[Key]:
        wanted = set(skus)
        return [key for key in self.stock if key[0] in wanted]

    async def quotas_of(self, tx: Any, ids: Iterable[str]) -> list[tuple[Any, ...]]:
        return [
            (q.id, q.name, q.cap, q.per, q.version, q.ended, self._skus_text(q.id))
            for q in (self.quotas[each] for each in ids if each in self.quotas)
        ]

    async def send_first_in_line(self, tx: Any, skus: Iterable[str], *, limit: int) -> Found:
        found = []
        for sku in sorted(skus):
            line = [w for w in self.waiting.values() if w.sku == sku and w.status == "waiting"]
            found += [msgspec.structs.astuple(each)[:6] for each in line[:limit]]
        return Found(found)

    async def count_waiting(self, tx: Any, *, sku: str) -> int:
        return sum(w.sku == sku and w.status == "waiting" for w in self.waiting.values())

    async def insert_waiting(self, tx: Any, *, now: datetime.datetime, **facts: Any) -> None:
        row = WaitingRow(**facts, status="waiting", hold_id=None, version=1)
        place = (row.sku, row.channel, row.customer_id)
        for each in self.waiting.values():
            is_same = (each.sku, each.channel, each.customer_id) == place
            assert each.status != "waiting" or not is_same, "one_place_in_line"
        self.waiting[row.id] = row

    async def set_waiting(
        self,
        tx: Any,
        *,
        id: str,  # noqa: A002
        status: str,
        hold_id: str | None,
        now: datetime.datetime,
    ) -> None:
        row = self.waiting[id]
        self.waiting[id] = msgspec.structs.replace(
            row, status=status, hold_id=hold_id, version=row.version + 1
        )

    async def lock_waiting(self, tx: Any, *, id: str) -> tuple[Any, ...] | None:  # noqa: A002
        row = self.waiting.get(id)
        if row is None:
            return None
        return (row.sku, row.channel, row.customer_id, row.status, row.version)

    def _quotas_of(self, skus: Iterable[str]) -> set[str]:
        wanted = set(skus)
        return {quota for quota, named in self.quota_skus.items() if wanted.intersection(named)}

    def _skus_text(self, quota: str) -> bytes:
        return msgspec.json.encode(sorted(self.quota_skus.get(quota, ())))

    def _subject(self, quota: str, hold_id: str) -> str | None:
        return self.holds[hold_id].customer_id if self.quotas[quota].per == "customer" else ""

    def _lapsed(
        self, skus: Iterable[str], now: datetime.datetime
    ) -> list[tuple[tuple[Any, ...], Allocation]]:
        """What has lapsed, was not tidied up and counts still."""
        return [
            (place, each)
            for place, each in self.allocations.items()
            if each.sku in skus and each.held > 0 and each.held_until <= now
            if place not in self.forgiven
        ]

    def _use(self, quota: str, subject: str, pieces: int) -> None:
        used = self.quota_uses.get((quota, subject), 0) + pieces
        cap = self.use_caps.setdefault((quota, subject), self.quotas[quota].cap)
        assert 0 <= used <= cap, "never_above_quota"
        self.quota_uses[quota, subject] = used

    def _cap_of(self, quota: str, subject: str) -> int:
        return self.use_caps.get((quota, subject), self.quotas[quota].cap)

    def _forget_uses(self, quota: str) -> None:
        for place in [place for place in self.quota_uses if place[0] == quota]:
            del self.quota_uses[place]
            del self.use_caps[place]
