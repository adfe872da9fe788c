"""Quotas: what is written down of their use, against the holds that have it."""

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.audit.findings import Discrepancy
from rackhouse.inventory.errors import QuotaNotFound
from rackhouse.platform.context import Context, operation
from rackhouse.platform.store import expect_whole_tables, server_time

__all__ = ["QuotaPageAudit", "audit_quota_page", "recount_quota_use"]

PAGE_QUOTAS = 20


class QuotaPageAudit(msgspec.Struct, frozen=True):
    """What was found of some quotas, and where the next page goes on if there is one."""

    discrepancies: list[Discrepancy]
    end: str | None


@operation("inventory:read")
async def audit_quota_page(*, context: Context, after: str | None) -> QuotaPageAudit:
    """Count the use of the next quotas after an id over all holds of their SKUs, and compare."""
    async with context.house.database("inventory").snapshot() as tx:
        await expect_whole_tables(tx)
        ids = await store.quota_ids(tx, after=after or "", limit=PAGE_QUOTAS)
        rows = await store.quotas_with_uses(tx, after=after or "", limit=PAGE_QUOTAS)
    found = [_of_use(*row) for row in rows]
    return QuotaPageAudit(found, ids[-1] if len(ids) == PAGE_QUOTAS else None)


@operation("inventory:write")
async def recount_quota_use(*, context: Context, quota: str) -> None:
    """Write the use of a quota anew from the holds of its SKUs; again changes nothing. Sales of
    these wait meanwhile. Refuses with `QuotaNotFound`.
    """
    async with context.house.database("inventory").transaction() as tx:
        skus = [sku for found in await store.quotas_of(tx, [quota]) for sku in _skus_of(found[6])]
        await store.take_turns(tx, await store.stock_locations(tx, skus), [])
        async with tx.pipeline():
            await store.lock_quotas(tx, skus)
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
