"""Sightings: what the audits of stock and orders find, with the events that explain it and what
may be done about it."""

from collections.abc import Iterable, Sequence

from rackhouse.inventory import Discrepancy, movements_at, recheck_hold
from rackhouse.orders import OrderDiscrepancy, order_events
from rackhouse.platform.context import Context
from rackhouse.reconciliation.corrections import (
    CancelOrder,
    ConfirmHold,
    Correction,
    CountStock,
    FollowHold,
    RecountQuota,
    ReleaseHold,
    RewriteHold,
    RewriteLot,
    RewriteOrder,
    RewriteStock,
    RewriteUnits,
)
from rackhouse.reconciliation.events import Evidence
from rackhouse.reconciliation.rules import Sighting

__all__ = ["evidence_of_stock", "of_orders", "of_stock", "proposal_for_order", "proposal_for_stock"]

EVIDENCE_LIMIT = 20
REWRITTEN = frozenset({"stock_row", "stock_row_missing", "stock_details", "buckets", "kept_back"})


async def of_stock(context: Context, found: Iterable[Discrepancy]) -> list[Sighting]:
    """What the audit of stock found."""
    return [
        Sighting(
            kind=each.kind,
            finding=each.finding,
            proposal=proposal_for_stock(each),
            sku=each.sku or None,
            location=each.location or None,
            lot=each.lot,
            quota=each.quota,
            hold_id=each.hold_id,
            expected=each.expected,
            found=each.found,
            evidence=await evidence_of_stock(context, each.sku, each.location, each.versions),
            versions=each.versions,
        )
        for each in found
    ]


async def of_orders(context: Context, found: Iterable[OrderDiscrepancy]) -> list[Sighting]:
    """What the audit of orders found. Where the order's hold is not what its own events say, it is
    told of the hold."""
    sightings: list[Sighting] = []
    for each in found:
        if each.kind == "order_and_hold":
            of_hold = await recheck_hold(context=context, hold_id=each.hold_id)
            if of_hold:
                sightings += await of_stock(context, of_hold)
                continue
        sightings.append(
            Sighting(
                kind=each.kind,
                finding=each.finding,
                proposal=proposal_for_order(each),
                sku=each.sku,
                location=each.location,
                channel=each.channel or None,
                hold_id=each.hold_id or None,
                order_id=each.order_id,
                expected=each.expected,
                found=each.found,
                evidence=await _evidence_of_order(context, each.order_id, each.versions),
                versions=each.versions,
            )
        )
    return sightings


def proposal_for_stock(found: Discrepancy) -> Correction:
    """What is to be done about a discrepancy of stock: rows follow from the log, and where the log
    itself does not add up, the shelf has to be counted."""
    sku, location = found.sku, found.location
    if found.quota is not None:
        return RecountQuota(found.quota)
    if found.kind == "lot_row" and found.lot is not None:
        return RewriteLot(sku, found.lot)
    if found.kind in REWRITTEN:
        return RewriteStock(sku, location)
    if found.kind == "units" and found.lot is not None:
        return RewriteUnits(sku, found.lot)
    if found.hold_id is not None:
        return RewriteHold(found.hold_id, sku, location)
    return CountStock(sku, location)


def proposal_for_order(found: OrderDiscrepancy) -> Correction:
    """What is to be done about an order: it follows its events, then its hold; where only the
    order is sure of something, people look."""
    if found.kind == "order_row":
        return RewriteOrder(found.order_id)
    if found.behind:
        return FollowHold(found.hold_id)
    if found.hold_status in ("released", "expired") or found.kind == "order_without_hold":
        return CancelOrder(found.order_id)
    if found.expected and found.sku is not None and found.location is not None:
        return CountStock(found.sku, found.location)
    if found.order_status == "cancelled":
        return ReleaseHold(found.hold_id)
    return ConfirmHold(found.hold_id)


async def evidence_of_stock(
    context: Context, sku: str, location: str, versions: Sequence[int]
) -> tuple[Evidence, ...]:
    """Some events of a SKU at a location."""
    if not versions:
        return ()
    found = await movements_at(
        context=context, sku=sku, location=location, versions=versions[-EVIDENCE_LIMIT:]
    )
    return tuple(
        Evidence(
            log="inventory",
            stream=f"{each.sku}@{each.location}",
            version=each.version,
            position=each.position,
            type=each.type,
            actor=each.actor,
            channel=each.channel,
            recorded_at=each.recorded_at,
            facts=each.facts
            | {"on_hand": each.on_hand, "held": each.held, "committed": each.committed},
        )
        for each in found
    )


async def _evidence_of_order(
    context: Context, order_id: str, versions: Sequence[int]
) -> tuple[Evidence, ...]:
    wanted = set(versions[-EVIDENCE_LIMIT:])
    return tuple(
        Evidence(
            log="orders",
            stream=event.stream,
            version=event.version,
            position=event.position.position,
            type=event.type,
            actor=event.actor,
            channel=event.channel,
            recorded_at=event.recorded_at,
            facts=event.facts(),
        )
        for event in await order_events(context=context, order_id=order_id)
        if event.version in wanted
    )
