"""Quotas: what is written down of their use, against the holds that have it."""

import datetime
from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.audit.findings import Discrepancy
from rackhouse.inventory.errors import QuotaNotFound
from rackhouse.inventory.events import QuotaSet
from rackhouse.inventory.rules import Per, QuotaTerms
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.store import expect_whole_tables, server_time

__all__ = ["QuotaPageAudit", "audit_quota_page", "recount_quota_use"]

PAGE_QUOTAS = 20


class _Set(msgspec.Struct, frozen=True):
    """What `QuotaSet` says."""

    name: str
    cap: int
    per: Per
    skus: tuple[str, ...]

    def terms(self, quota: str, version: int) -> QuotaTerms:
        skus = tuple(sorted(self.skus))
        return QuotaTerms(quota, self.name, self.cap, self.per, version, False, skus)


class QuotaPageAudit(msgspec.Struct, frozen=True):
    """What was found of some quotas, and where the next page goes on if there is one."""

    discrepancies: list[Discrepancy]
    end: str | None


@operation("inventory:read")
async def audit_quota_page(*, context: Context, after: str | None) -> QuotaPageAudit:
    """Compare the next quotas after an id with their events, and their use with what is counted
    over all holds of their SKUs."""
    async with context.house.database("inventory").snapshot() as tx:
        await expect_whole_tables(tx)
        ids = await store.quota_ids(tx, after=after or "", limit=PAGE_QUOTAS)
        rows = await store.quotas_with_uses(tx, after=after or "", limit=PAGE_QUOTAS)
        known = {row[0]: _terms(*row) for row in await store.quotas_of(tx, ids)}
        told = await _told(tx, ids)
    found = [_of_row(known[each], told[each][0]) for each in ids if _differ(known, told, each)]
    found += [_of_use(*row) for row in rows]
    return QuotaPageAudit(found, ids[-1] if len(ids) == PAGE_QUOTAS else None)


@operation("inventory:write")
async def recount_quota_use(*, context: Context, quota: str) -> None:
    """Write a quota anew from its last event, and its use from the holds of its SKUs; again changes
    nothing. Sales of these wait meanwhile. Refuses with `QuotaNotFound`.
    """
    async with context.house.database("inventory").transaction() as tx:
        skus = [sku for found in await store.quotas_of(tx, [quota]) for sku in _skus_of(found[6])]
        skus += [sku for terms, _ in (await _told(tx, [quota])).values() for sku in terms.skus]
        await store.take_turns(tx, await store.stock_locations(tx, skus), [])
        async with tx.pipeline():
            await store.lock_quotas(tx, skus)
        for terms, set_at in (await _told(tx, [quota])).values():
            if not terms.ended:
                facts = msgspec.structs.asdict(terms)
                facts = {name: facts[name] for name in ("name", "cap", "per", "skus", "version")}
                await store.put_quota(tx, quota=quota, now=set_at, **facts)
        known = await store.quotas_of(tx, [quota])
        if not known or known[0][5]:
            raise QuotaNotFound(quota=quota)
        _, _, cap, per, *_ = known[0]
        now = await server_time(tx)
        uses = await store.recount_quota(tx, skus=skus, per=per, now=now)
        await store.forgive_lapsed(tx, skus, now, besides=())
        await store.write_quota_uses(tx, quota=quota, cap=cap, uses=uses)


def _skus_of(text: str) -> list[str]:
    return msgspec.json.decode(text, type=list[str])


async def _told(
    tx: Transaction, quotas: Sequence[str]
) -> dict[str, tuple[QuotaTerms, datetime.datetime]]:
    """Quotas as their last events say, and since when."""
    found: dict[str, tuple[QuotaTerms, datetime.datetime]] = {}
    rows = await store.last_of_streams(tx, [f"quota:{each}" for each in quotas])
    for stream, version, type_name, data, recorded_at in rows:
        quota = stream.removeprefix("quota:")
        terms = QuotaTerms(quota, "", 0, "everyone", version, True, ())
        if type_name == QuotaSet.__name__:
            terms = msgspec.json.decode(data, type=_Set).terms(quota, version)
        found[quota] = (terms, recorded_at)
    return found


def _terms(
    quota: str, name: str, cap: int, per: Per, version: int, ended: bool, skus: str
) -> QuotaTerms:
    return QuotaTerms(quota, name, cap, per, version, ended, tuple(_skus_of(skus)))


def _differ(
    known: Mapping[str, QuotaTerms],
    told: Mapping[str, tuple[QuotaTerms, datetime.datetime]],
    quota: str,
) -> bool:
    return quota in told and bool(_differing(known[quota], told[quota][0]))


def _differing(known: QuotaTerms, told: QuotaTerms) -> list[str]:
    """In what a quota differs from its events; of one that is over no more is told."""
    names = ("version", "ended") if told.ended else known.__struct_fields__
    return [name for name in names if getattr(known, name) != getattr(told, name)]


def _of_row(known: QuotaTerms, told: QuotaTerms) -> Discrepancy:
    return Discrepancy(
        kind="quota_row",
        sku="",
        location="",
        finding=f"the quota {known.id} differs from its events in "
        f"{', '.join(_differing(known, told))}",
        expected={} if told.ended else {"cap": told.cap, "version": told.version},
        found={"cap": known.cap, "version": known.version},
        quota=known.id,
    )


def _of_use(quota: str, subject: str, used: int, counted: int) -> Discrepancy:
    whose = f" of {subject}" if subject else ""
    return Discrepancy(
        kind="quota_use",
        sku="",
        location="",
        finding=f"{used} of the quota {quota}{whose} are used, its holds have {counted}",
        expected={"used": counted},
        found={"used": used},
        quota=quota,
    )
