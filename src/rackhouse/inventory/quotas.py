"""Quotas: caps that several SKUs share, for everyone together or per customer."""

from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.catalog import components_of
from rackhouse.inventory import store
from rackhouse.inventory.commands import EndQuota, SetQuota
from rackhouse.inventory.errors import BundleHasNoStock, QuotaNotFound
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.rules import Per, QuotaTerms
from rackhouse.platform.context import Context, operation

__all__ = ["QuotaTerms", "QuotaUse", "end_quota", "quota_of", "quota_uses", "quotas", "set_quota"]


class QuotaUse(msgspec.Struct, frozen=True):
    """How many pieces a customer, or everyone (None), has taken: held, sold, and not returned."""

    customer_id: str | None
    used: int
    left: int


@operation("inventory:write")
async def set_quota(
    *,
    context: Context,
    quota: str,
    name: str,
    cap: int,
    per: Per,
    skus: Sequence[str],
    expected_version: int | None,
) -> QuotaTerms:
    """Let stocked SKUs share a cap from now on, or change it. What is held or sold counts.

    Refuses with `QuotaBelowUse`, `QuotaVersionStale`, `BundleHasNoStock`, and what `catalog`
    refuses of SKUs.
    """
    skus = list(dict.fromkeys(skus))
    components = await components_of(house=context.house, skus=skus)
    for sku in skus:
        if [component.sku for component in components[sku]] != [sku]:
            raise BundleHasNoStock(sku=sku)
    set_: QuotaTerms = await context.house.the(StockLane).submit(
        SetQuota(
            context=context,
            quota=quota,
            name=name,
            cap=cap,
            per=per,
            skus=skus,
            expected_version=expected_version,
        )
    )
    return set_


@operation("inventory:write")
async def end_quota(*, context: Context, quota: str, expected_version: int | None) -> QuotaTerms:
    """Let a quota count no more; refuses with `QuotaNotFound`, `QuotaVersionStale`."""
    terms = await quota_of(context=context, quota=quota)
    ended: QuotaTerms = await context.house.the(StockLane).submit(
        EndQuota(context=context, quota=quota, skus=terms.skus, expected_version=expected_version)
    )
    return ended


@operation("inventory:read")
async def quota_of(*, context: Context, quota: str) -> QuotaTerms:
    """A quota; refuses with `QuotaNotFound`."""
    async with context.house.database("inventory").transaction() as tx:
        found = await store.quotas_of(tx, [quota])
    if not found:
        raise QuotaNotFound(quota=quota)
    return _terms(found[0])


@operation("inventory:read")
async def quotas(*, context: Context, after: str, sku: str | None, limit: int) -> list[QuotaTerms]:
    """The quotas that count, of a SKU or all, in the order of their ids."""
    async with context.house.database("inventory").transaction() as tx:
        return [
            _terms(row) for row in await store.quota_page(tx, after=after, sku=sku, limit=limit)
        ]


@operation("inventory:read")
async def quota_uses(*, context: Context, quota: str, limit: int) -> list[QuotaUse]:
    """Who has taken how much of a quota, the most in front; refuses with `QuotaNotFound`."""
    terms = await quota_of(context=context, quota=quota)
    async with context.house.database("inventory").transaction() as tx:
        found = await store.quota_uses(tx, quota=quota, limit=limit)
    return [QuotaUse(subject or None, used, terms.cap - used) for subject, used in found]


def _terms(row: tuple[Any, ...]) -> QuotaTerms:
    *facts, skus = row
    id_, name, cap, per, version, ended = facts
    of = msgspec.json.decode(skus, type=tuple[str, ...])
    return QuotaTerms(id_, name, cap, per, version, ended, of)
