"""The report of a drop: what buyers were told, what the service says, and whether it agrees."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from rackhouse.rehearsal.audit import Found
from rackhouse.rehearsal.plan import DropPlan
from rackhouse.rehearsal.tally import Tally

__all__ = ["DropReport", "Told", "breaches_of", "oversold_of", "report_of", "told_of"]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What buyers were told, and how many meant to pay."""

    demand: int
    order_ids: list[str]
    refused: int
    abandoned: int
    cancelled: int
    gave_up: int
    failed: int
    duplicates: int
    mismatches: list[str]
    unexpected: list[str]
    unexpected_count: int

    @property
    def sold(self) -> int:
        """Pieces that buyers were told are theirs."""
        return len(self.order_ids)


class DropReport(msgspec.Struct, frozen=True, kw_only=True):
    """How a drop went. ``breaches`` says what should not have been; without any it passed."""

    verdict: Literal["passed", "failed"]
    seed: int
    sku: str
    units: int
    buyers: int
    demand: int
    channels: int
    workers: int | None
    sold: int
    held: int
    refused: int
    abandoned: int
    cancelled: int
    gave_up: int
    oversold: int
    duplicates: int
    mismatches: int
    requests: int
    asked_again: dict[str, int]
    events: int
    seconds: float
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    breaches: list[str]


def report_of(
    plan: DropPlan,
    told: Told,
    found: Found,
    tally: Tally,
    *,
    sku: str,
    seconds: float,
    workers: int | None,
) -> DropReport:
    """Hold what buyers were told against what the service says."""
    latencies = sorted(tally.latencies_ms)
    breaches = breaches_of(plan, told, found)
    return DropReport(
        verdict="failed" if breaches else "passed",
        seed=plan.seed,
        sku=sku,
        units=plan.units,
        buyers=plan.buyers,
        demand=told.demand,
        channels=plan.channels,
        workers=workers,
        sold=told.sold,
        held=found.held_now,
        refused=told.refused,
        abandoned=told.abandoned,
        cancelled=told.cancelled,
        gave_up=told.gave_up,
        oversold=oversold_of(plan, told, found),
        duplicates=told.duplicates,
        mismatches=len(told.mismatches),
        requests=tally.requests,
        asked_again=dict(tally.asked_again),
        events=found.ledger.events,
        seconds=round(seconds, 3),
        requests_per_second=round(tally.requests / seconds, 1) if seconds else 0.0,
        p50_ms=_percentile(latencies, 0.5),
        p99_ms=_percentile(latencies, 0.99),
        max_ms=_percentile(latencies, 1.0),
        breaches=breaches,
    )


def told_of(tally: Tally, *, demand: int) -> Told:
    """What the tally holds when all buyers are done."""
    return Told(
        demand=demand,
        order_ids=tally.order_ids,
        refused=tally.outcomes["refused"],
        abandoned=tally.outcomes["abandoned"],
        cancelled=tally.outcomes["cancelled"],
        gave_up=tally.outcomes["gave_up"],
        failed=tally.outcomes["failed"],
        duplicates=tally.duplicates,
        mismatches=tally.mismatches,
        unexpected=tally.unexpected,
        unexpected_count=tally.unexpected_count,
    )


def oversold_of(plan: DropPlan, told: Told, found: Found) -> int:
    """How many pieces were promised that did not exist, by whatever account says the most."""
    return max(
        0,
        told.sold - plan.units,
        len(found.confirmed_orders) - plan.units,
        found.held + found.committed - found.on_hand,
        found.ledger.worst_excess,
    )


def breaches_of(plan: DropPlan, told: Told, found: Found) -> list[str]:
    """Everything that should not have been, in sentences; an empty list is what is hoped for."""
    expected = min(plan.units, told.demand)
    oversold = oversold_of(plan, told, found)
    claims = [
        (oversold == 0, f"{oversold} pieces were promised that did not exist"),
        (told.sold == expected, f"{told.sold} pieces were sold where {expected} should have been"),
        (not told.mismatches, f"{len(told.mismatches)} duplicates were answered otherwise"),
        (
            told.unexpected_count == 0,
            f"{told.unexpected_count} answers were none that a buyer should get",
        ),
        (
            found.on_hand == plan.units,
            f"{found.on_hand} pieces are on hand where {plan.units} were received",
        ),
        (
            found.committed == told.sold,
            f"{found.committed} pieces are committed where buyers were told of {told.sold}",
        ),
        *_of_holds(told, found),
        *_of_orders(told, found),
        *_of_ledger(found),
    ]
    details = [*told.mismatches, *told.unexpected]
    return [sentence for holds, sentence in claims if not holds] + details


def _of_holds(told: Told, found: Found) -> list[tuple[bool, str]]:
    """What runs must have been abandoned, or been left by somebody who gave up; the figure also
    counts what ran out and was not tidied up yet."""
    explained = told.abandoned + told.gave_up + told.failed
    return [
        (
            found.held_now <= found.held <= explained,
            f"{found.held} pieces are held, {found.held_now} of them by running holds, where "
            f"buyers left {explained} behind",
        )
    ]


def _of_orders(told: Told, found: Found) -> list[tuple[bool, str]]:
    promised, confirmed = set(told.order_ids), set(found.confirmed_orders)
    return [
        (
            len(promised) == len(told.order_ids),
            "one order was given to two buyers",
        ),
        (
            promised <= confirmed,
            f"{len(promised - confirmed)} orders that buyers were told of are not confirmed",
        ),
        (
            confirmed <= promised,
            f"{len(confirmed - promised)} orders are confirmed that no buyer was told of",
        ),
    ]


def _of_ledger(found: Found) -> Sequence[tuple[bool, str]]:
    ledger = found.ledger
    figures = (found.on_hand, found.held, found.committed)
    added = (ledger.on_hand, ledger.held, ledger.committed)
    return [
        (added == figures, f"the events add up to {added}, the figures say {figures}"),
        *((False, fault) for fault in ledger.faults),
    ]


def _percentile(ordered: Sequence[float], share: float) -> float:
    if not ordered:
        return 0.0
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)
