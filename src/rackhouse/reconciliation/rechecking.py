"""Looking again at what a case is about, where an audit has not met it on its way."""

from rackhouse.inventory import (
    Discrepancy,
    audit_stock_row,
    recheck_hold,
    recheck_kind,
    recheck_stream,
)
from rackhouse.orders import audit_orders, missing_orders
from rackhouse.platform.context import Context
from rackhouse.platform.pacing import Pace
from rackhouse.reconciliation.rules import Case, Sighting
from rackhouse.reconciliation.sighting import of_orders, of_stock
from rackhouse.reconciliation.uncovered import NOT_COVERED, still_uncovered

__all__ = ["recheck"]

OF_ORDERS = frozenset({"order_row", "order_and_hold", "order_without_hold", "order_missing"})
# Until the channel reports again, and until an audit counts all holds of the quota.
LEFT_AS_IT_IS = frozenset({"channel_figure", "quota_row", "quota_use"})


async def recheck(context: Context, case: Case, pace: Pace) -> list[Sighting]:
    """What is to be seen now at the place of a case, and around it."""
    if case.kind in LEFT_AS_IT_IS:
        return [_as_it_is(case)]
    if case.kind == NOT_COVERED:
        return await still_uncovered(context, case)
    if case.kind in OF_ORDERS:
        return await _order(context, case)
    return await of_stock(context, await _stock(context, case, pace))


async def _stock(context: Context, case: Case, pace: Pace) -> list[Discrepancy]:
    assert case.sku is not None
    found = await recheck_kind(
        context=context, kind=case.kind, sku=case.sku, location=case.location, lot=case.lot
    )
    if case.kind in ("lot_row", "kept_back"):
        return found
    assert case.location is not None
    place = {"sku": case.sku, "location": case.location}
    if case.kind.startswith("event"):
        return await recheck_stream(context=context, pace=pace, **place)
    found += await audit_stock_row(context=context, pace=pace, **place)
    if case.hold_id is not None:
        keys = [(case.sku, case.location)]
        found += await recheck_hold(context=context, hold_id=case.hold_id, keys=keys)
    return found


async def _order(context: Context, case: Case) -> list[Sighting]:
    """What is known to differ needs no patience; what else is on its way there is no news."""
    if case.kind == "order_missing":
        assert case.hold_id is not None
        found = await missing_orders(context=context, hold_ids=[case.hold_id], in_passing=True)
    else:
        assert case.order_id is not None
        found = await audit_orders(context=context, order_ids=[case.order_id], in_passing=True)
    return [each for each in await of_orders(context, found) if each.place == case.place]


def _as_it_is(case: Case) -> Sighting:
    return Sighting(
        kind=case.kind,
        finding=case.finding,
        proposal=case.proposal,
        sku=case.sku,
        location=case.location,
        lot=case.lot,
        quota=case.quota,
        channel=case.channel,
        hold_id=case.hold_id,
        order_id=case.order_id,
        expected=case.expected,
        found=case.found,
        evidence=case.evidence,
    )
