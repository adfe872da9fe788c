"""Carrying a correction out through the doors of stock and orders. Each may be asked for again: it
changes nothing the second time."""

import msgspec

from rackhouse.inventory import (
    Adjust,
    adjust_once,
    confirm_hold,
    open_count,
    recount_quota_use,
    release_hold,
    rewrite_hold,
    rewrite_lot,
    rewrite_stock,
    rewrite_units,
)
from rackhouse.orders import (
    SaleIsSettled,
    cancel_order,
    cover_sale,
    dismiss_sale,
    follow_hold,
    rewrite_order,
)
from rackhouse.platform.context import Context
from rackhouse.platform.ids import derived_id
from rackhouse.reconciliation.corrections import (
    AdjustStock,
    AskChannel,
    CancelOrder,
    ConfirmHold,
    Correction,
    CountStock,
    CoverSale,
    DismissSale,
    FollowHold,
    RecountQuota,
    ReleaseHold,
    RewriteHold,
    RewriteLot,
    RewriteOrder,
    RewriteStock,
    RewriteUnits,
)
from rackhouse.reconciliation.rules import Case

__all__ = ["carry_out"]

CORRECTING = frozenset(
    {
        "counts:write",
        "holds:read",
        "holds:write",
        "inventory:read",
        "inventory:write",
        "orders:read",
        "orders:write",
    }
)


async def carry_out(context: Context, case: Case, correction: Correction, reason: str) -> None:
    """Correct what a case is about; refuses as the operation refuses that corrects it. What a
    channel is asked for is written down with the decision."""
    allowed = _correcting(context, case)
    match correction:
        case (
            RewriteStock()
            | RewriteHold()
            | RewriteUnits()
            | RewriteLot()
            | RewriteOrder()
            | RecountQuota()
        ):
            await _rewrite(allowed, correction)
        case FollowHold():
            await follow_hold(context=allowed, hold_id=correction.hold_id)
        case ConfirmHold():
            await confirm_hold(context=allowed, hold_id=correction.hold_id)
        case ReleaseHold():
            await release_hold(
                context=allowed, hold_id=correction.hold_id, lines=None, reason=reason
            )
        case CancelOrder():
            await cancel_order(context=allowed, order_id=correction.order_id, reason=reason)
        case AdjustStock():
            await _adjust(allowed, case, correction, reason)
        case CountStock():
            await open_count(
                context=allowed,
                count_id=derived_id("count", case.id),
                location=correction.location,
                skus=[correction.sku],
                note=f"case {case.id}",
            )
        case CoverSale() | DismissSale():
            await _settle(allowed, correction, reason)
        case AskChannel():
            pass


async def _rewrite(
    context: Context,
    correction: RewriteStock
    | RewriteHold
    | RewriteUnits
    | RewriteLot
    | RewriteOrder
    | RecountQuota,
) -> None:
    match correction:
        case RewriteStock():
            await rewrite_stock(context=context, sku=correction.sku, location=correction.location)
        case RewriteHold():
            await rewrite_hold(
                context=context,
                hold_id=correction.hold_id,
                sku=correction.sku,
                location=correction.location,
            )
        case RewriteUnits():
            await rewrite_units(context=context, sku=correction.sku, lot=correction.lot)
        case RewriteLot():
            await rewrite_lot(context=context, sku=correction.sku, lot=correction.lot)
        case RecountQuota():
            await recount_quota_use(context=context, quota=correction.quota)
        case RewriteOrder():
            await rewrite_order(context=context, order_id=correction.order_id)


async def _settle(context: Context, correction: CoverSale | DismissSale, reason: str) -> None:
    """Book a reported sale, or never; refuses as the stock refuses it where there is too little."""
    channel, sale_id = correction.channel, correction.order_id
    if isinstance(correction, DismissSale):
        await dismiss_sale(context=context, channel=channel, sale_id=sale_id, reason=reason)
        return
    try:
        outcome = await cover_sale(context=context, channel=channel, sale_id=sale_id)
    except SaleIsSettled as settled:
        if settled.sale_status != "covered":
            raise
        return
    if outcome.refusal is not None:
        raise outcome.refusal


async def _adjust(context: Context, case: Case, correction: AdjustStock, reason: str) -> None:
    facts = msgspec.structs.asdict(correction)
    await adjust_once(
        context=context,
        correction_id=f"case:{case.id}",
        adjustments=[Adjust(**facts)],
        reason=reason,
    )


def _correcting(context: Context, case: Case) -> Context:
    """The context in which a case is corrected: for whoever decided it, who need not be allowed to
    do so otherwise; under the case's id, so that the events name it."""
    caller = msgspec.structs.replace(
        context.caller,
        permissions=context.caller.permissions | CORRECTING,
        channel=None,
        customer_id=None,
    )
    return msgspec.structs.replace(
        context, caller=caller, idempotency=None, correlation_id=f"case:{case.id}"
    )
