"""Running the rehearsal of a drop against this service, and saying how it goes."""

import random
from collections.abc import Callable

from rackhouse.console.drop_state import DropState, Finding
from rackhouse.console.stock_view import StockView
from rackhouse.identity import mint_token, permissions_of
from rackhouse.inventory import Stock
from rackhouse.platform.context import Context
from rackhouse.rehearsal import DropPlan, DropProgress, DropReport, rehearse_drop

__all__ = ["PERMISSIONS", "rehearse"]

UNITS = 40
BUYERS = 200
CHANNELS = 3
# Real drops rush in a second. This one takes its time, so that people can watch it.
RUSH_SECONDS = 9.0
THINKING_SECONDS = 2.5
ABANDONED_AFTER_SECONDS = 3.0
TOKEN_SECONDS = 600
SEEDS = 1_000_000

PERMISSIONS = permissions_of(["channel"]) | {
    "catalog:write",
    "channels:write",
    "clients:write",
    "inventory:write",
}
"""What the drop does with its token: it may give its channels no more than it has itself."""


async def rehearse(
    *, context: Context, url: str, progress: Callable[[DropState], None]
) -> DropState:
    """Let the buyers in, with a token of the caller's own; the answer is the verdict.

    The buyers only know what they were told; how much is held and left is read off the events.
    """
    view = await context.house.the(StockView).open()
    plan = DropPlan(
        units=UNITS,
        buyers=BUYERS,
        channels=CHANNELS,
        seed=random.randrange(SEEDS),  # noqa: S311 - no secret
        prefix="DEMO",
        name="Demo drop",
        rush_seconds=RUSH_SECONDS,
        thinking_seconds=THINKING_SECONDS,
        abandoned_after_seconds=ABANDONED_AFTER_SECONDS,
    )
    progress(
        DropState(
            phase="running", doing="Setting the stage.", units=UNITS, buyers=BUYERS, available=UNITS
        )
    )
    token = await mint_token(
        house=context.house,
        roles=sorted(context.caller.roles),
        subject=context.caller.subject,
        scopes=sorted(PERMISSIONS),
        ttl_seconds=TOKEN_SECONDS,
    )
    report = await rehearse_drop(
        plan=plan,
        url=url,
        token=token,
        workers=None,
        progress=lambda told: progress(_running(told, view)),
    )
    return _ended(report, view)


def _running(told: DropProgress, view: StockView) -> DropState:
    stock = _stock_of(told.sku, view)
    waiting = told.buyers - told.done
    return DropState(
        phase="running",
        doing=f"{told.done} of {told.buyers} buyers have their answer, {waiting} are still trying."
        if waiting
        else "All buyers have their answer. Now every figure is held against the events.",
        sku=told.sku,
        units=told.units,
        buyers=told.buyers,
        available=stock.available,
        held=stock.held,
        sold=stock.committed,
        refused=told.refused,
        oversold=_oversold(stock, told.units),
    )


def _ended(report: DropReport, view: StockView) -> DropState:
    stock = _stock_of(report.sku, view)
    alike = report.duplicates - report.mismatches
    buyers = f"{report.buyers} buyers"
    return DropState(
        phase="done",
        doing=f"Over in {report.seconds:.1f} s. {buyers}, of whom {report.demand} meant to pay.",
        sku=report.sku,
        units=report.units,
        buyers=report.buyers,
        available=stock.available,
        held=stock.held,
        sold=report.sold,
        refused=report.refused,
        oversold=report.oversold,
        verdict=[
            Finding(
                "Sold",
                f"{report.sold} of {report.units}",
                report.sold == min(report.units, report.demand),
            ),
            Finding("Oversold", f"{report.oversold}", report.oversold == 0),
            Finding(
                "Asked twice, answered alike",
                f"{alike} of {report.duplicates}",
                report.mismatches == 0,
            ),
            Finding("Events audited", f"{report.events}", not report.breaches),
            Finding(
                "Answered in", f"p50 {report.p50_ms:.0f}\u00a0ms, p99 {report.p99_ms:.0f}\u00a0ms"
            ),
            *(Finding("Not as it should be", breach, False) for breach in report.breaches[:5]),
        ],
    )


def _stock_of(sku: str, view: StockView) -> Stock:
    """The SKU's stock at the one location where a rehearsal keeps it."""
    keys = [key for key in view.sorted_keys() if key[0] == sku]
    return view.rows(keys)[0] if keys else Stock(sku, "", on_hand=UNITS)


def _oversold(stock: Stock, units: int) -> int:
    return max(0, stock.committed - units, -stock.available)
