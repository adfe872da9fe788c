"""A drop rehearsed: set it up, let the buyers in, audit, report."""

import asyncio
import time
from collections.abc import Callable

import msgspec

from rackhouse.rehearsal.audit import audit
from rackhouse.rehearsal.buyers import Buyer
from rackhouse.rehearsal.http_client import HttpClient
from rackhouse.rehearsal.plan import DropPlan, demand_of, intents_of
from rackhouse.rehearsal.report import DropReport, report_of, told_of
from rackhouse.rehearsal.shop import Shop
from rackhouse.rehearsal.staging import Stage, staged
from rackhouse.rehearsal.tally import Tally

__all__ = ["DropProgress", "rehearse_drop"]

ANSWER_SECONDS = 20.0
PROGRESS_EVERY_SECONDS = 0.1


class DropProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a running drop has come."""

    sku: str
    units: int
    buyers: int
    done: int
    sold: int
    refused: int
    abandoned: int
    cancelled: int
    duplicates: int
    requests: int
    seconds: float


Progress = Callable[[DropProgress], None]


async def rehearse_drop(
    *, plan: DropPlan, url: str, token: str, workers: int | None, progress: Progress
) -> DropReport:
    """Let seeded buyers race for a drop against the service at ``url``, then audit it.

    ``token`` must be good for an operator: the drop has a SKU, stock, channels and credentials of
    its own, made through the API. ``workers`` is only reported. ``progress`` is called ten times
    a second and at the end. Refuses with `StagingRefused`, `ServiceUnreachable` and
    `AnswerUnknown` where the drop can not be set up or audited.
    """
    http = HttpClient(url, connections=plan.connections, timeout_seconds=ANSWER_SECONDS)
    tally = Tally()
    try:
        async with staged(plan, http, token=token) as stage:
            started = time.monotonic()
            telling = asyncio.create_task(_tell(plan, stage, tally, started, progress))
            try:
                demand = await _let_in(plan, http, stage, tally)
            finally:
                telling.cancel()
            seconds = time.monotonic() - started
            found = await audit(http, stage, token=token)
        progress(_progress(plan, stage, tally, seconds))
    finally:
        await http.close()
    told = told_of(tally, demand=demand)
    return report_of(plan, told, found, tally, sku=stage.sku, seconds=seconds, workers=workers)


async def _let_in(plan: DropPlan, http: HttpClient, stage: Stage, tally: Tally) -> int:
    """All buyers at once; says how many meant to pay."""
    ends_at = time.monotonic() + plan.limit_seconds
    shops = [
        Shop(http, channel=each.id, token=each.token, tally=tally, ends_at=ends_at)
        for each in stage.channels
    ]
    intents = intents_of(plan)

    async def go(buyer: Buyer) -> None:
        tally.ended(await buyer.go())

    async with asyncio.TaskGroup() as group:
        for intent in intents:
            shop = shops[intent.channel]
            group.create_task(go(Buyer(plan, intent, shop, sku=stage.sku, run=stage.run)))
    return demand_of(intents)


async def _tell(
    plan: DropPlan, stage: Stage, tally: Tally, started: float, progress: Progress
) -> None:
    while True:
        progress(_progress(plan, stage, tally, time.monotonic() - started))
        await asyncio.sleep(PROGRESS_EVERY_SECONDS)


def _progress(plan: DropPlan, stage: Stage, tally: Tally, seconds: float) -> DropProgress:
    outcomes = tally.outcomes
    return DropProgress(
        sku=stage.sku,
        units=plan.units,
        buyers=plan.buyers,
        done=outcomes.total(),
        sold=outcomes["bought"],
        refused=outcomes["refused"],
        abandoned=outcomes["abandoned"],
        cancelled=outcomes["cancelled"],
        duplicates=tally.duplicates,
        requests=tally.requests,
        seconds=round(seconds, 3),
    )
