"""What channels report of themselves: taken in, and compared with what the ledger says that they
could sell at that time."""

import datetime
from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.catalog import Component, SkuUnknown, components_of
from rackhouse.channels import (
    BoundToAnotherChannel,
    ChannelDisabled,
    ChannelNotFound,
    locations_sold_by,
)
from rackhouse.inventory import Sellable, availability_of_many, sellable_between
from rackhouse.platform.context import Context, operation
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.store import server_time
from rackhouse.reconciliation import store
from rackhouse.reconciliation.corrections import AskChannel
from rackhouse.reconciliation.errors import ReportFromTheFuture, ReportTooOld
from rackhouse.reconciliation.events import Evidence
from rackhouse.reconciliation.figures import Report, RequestedFigure
from rackhouse.reconciliation.rules import Sighting
from rackhouse.reconciliation.sighting import evidence_of_stock

__all__ = ["Reported", "ReportedFigure", "compared", "place_of", "report_stock", "requested_stock"]

OLDEST_SECONDS = 86_400
CLOCKS_APART_SECONDS = 5
REPORT_LIMIT = 1000
FIGURES_AT_A_TIME = 100
READS_STOCK = frozenset({"catalog:read", "channels:read", "inventory:read"})
KIND = "channel_figure"


class ReportedFigure(msgspec.Struct, frozen=True):
    """What a channel can sell of a SKU, by its own count."""

    sku: str
    available: int


class Reported(msgspec.Struct, frozen=True):
    """A report that was taken in, and what the channel is asked to take instead of what it has."""

    channel: str
    as_of: datetime.datetime
    figures: int
    requested: list[RequestedFigure]


@operation("reports:write")
async def report_stock(
    *,
    context: Context,
    channel: str,
    as_of: datetime.datetime,
    figures: Sequence[ReportedFigure],
) -> Reported:
    """Take in what a channel can sell by its own count, as of a time; the next audit compares it.

    Of each SKU the newest report counts. Refuses with `BoundToAnotherChannel`,
    `ReportFromTheFuture`, `ReportTooOld`, and what `channels` and `catalog` refuse of channels and
    SKUs.
    """
    _must_act_for(context, channel)
    await locations_sold_by(house=context.house, channel=channel)
    await components_of(house=context.house, skus=[each.sku for each in figures])
    async with context.house.database("reconciliation").transaction() as tx:
        await claim(tx, context.idempotency)
        now = await server_time(tx)
        if as_of > now + datetime.timedelta(seconds=CLOCKS_APART_SECONDS):
            raise ReportFromTheFuture(as_of=as_of.isoformat())
        if as_of < now - datetime.timedelta(seconds=OLDEST_SECONDS):
            raise ReportTooOld(as_of=as_of.isoformat(), limit_seconds=OLDEST_SECONDS)
        newest = {each.sku: each for each in figures}
        await store.write_reports(
            tx, [Report(channel, sku, each.available, as_of) for sku, each in newest.items()]
        )
        asked = await store.requested_figures(tx, channel, after="", limit=REPORT_LIMIT)
        requested = await _as_of_now(context, channel, asked)
        reported = Reported(channel, as_of, len(newest), requested)
        await remember_answer(tx, context.idempotency, reported, answered_at=now)
    return reported


@operation("reports:read")
async def requested_stock(
    *, context: Context, channel: str, after: str, limit: int
) -> list[RequestedFigure]:
    """The figures that a channel is asked to take instead of its own, in the order of SKUs: what
    the ledger says now, whatever it said when that was decided.

    Refuses with `BoundToAnotherChannel`.
    """
    _must_act_for(context, channel)
    async with context.house.database("reconciliation").reading() as tx:
        asked = await store.requested_figures(tx, channel, after=after, limit=limit)
    return await _as_of_now(context, channel, asked)


def place_of(report: Report) -> str:
    """Where a case about a report stands."""
    return Sighting(
        kind=KIND,
        finding="",
        proposal=AskChannel(report.channel, report.sku, 0),
        sku=report.sku,
        channel=report.channel,
    ).place


async def compared(context: Context, report: Report) -> Sighting | None:
    """Where a report is not what the channel could sell at any moment around its time: what moved
    within the tolerance may not have come to the channel yet, or may have come before."""
    tolerance = datetime.timedelta(seconds=context.house.settings.report_tolerance_seconds)
    try:
        locations = await locations_sold_by(house=context.house, channel=report.channel)
        components = await components_of(house=context.house, skus=[report.sku])
    except (ChannelNotFound, ChannelDisabled, SkuUnknown):
        return None  # gone since; nobody sells it any more
    made_of = components[report.sku]
    sellable = await sellable_between(
        context=context,
        channel=report.channel,
        skus=[each.sku for each in made_of],
        locations=locations,
        since=report.as_of - tolerance,
        until=report.as_of + tolerance,
    )
    bounds = _bounds(made_of, sellable)
    if bounds is None or bounds[0] <= report.available <= bounds[1]:
        return None
    nearest = bounds[0] if report.available < bounds[0] else bounds[1]
    return Sighting(
        kind=KIND,
        finding=f"{report.channel} has {report.available} of {report.sku}, the ledger {nearest}",
        proposal=AskChannel(report.channel, report.sku, nearest),
        sku=report.sku,
        channel=report.channel,
        expected={"available": nearest},
        found={"available": report.available},
        evidence=await _evidence(context, sellable),
    )


async def _as_of_now(
    context: Context, channel: str, asked: Sequence[RequestedFigure]
) -> list[RequestedFigure]:
    """What is asked of a channel, with the figures of now: one that was decided on a while ago may
    have been sold since, and would be sold again. Who may not sell has none."""
    acting = Context.of_service(context.house, "reconciliation", READS_STOCK)
    figures: dict[str, int] = {}
    for first in range(0, len(asked), FIGURES_AT_A_TIME):
        skus = [each.sku for each in asked[first : first + FIGURES_AT_A_TIME]]
        try:
            found = await availability_of_many(context=acting, ids=skus, channel=channel)
        except (ChannelNotFound, ChannelDisabled):
            break
        figures |= {sku.sku: max(sku.available, 0) for each in found.items for sku in each.skus}
    return [msgspec.structs.replace(each, available=figures.get(each.sku, 0)) for each in asked]


def _bounds(
    made_of: Sequence[Component], sellable: Mapping[str, Sellable | None]
) -> tuple[int, int] | None:
    """The fewest and the most of a SKU, given those of what it is made of; None where that can not
    be told."""
    known = [(sellable[each.sku], each.quantity) for each in made_of]
    if any(found is None for found, _ in known):
        return None
    return (
        min(found.fewest // quantity for found, quantity in known if found),
        min(found.most // quantity for found, quantity in known if found),
    )


async def _evidence(
    context: Context, sellable: Mapping[str, Sellable | None]
) -> tuple[Evidence, ...]:
    evidence: tuple[Evidence, ...] = ()
    for sku, found in sellable.items():
        for location, version in (found.versions if found else {}).items():
            evidence += await evidence_of_stock(context, sku, location, [version])
    return evidence


def _must_act_for(context: Context, channel: str) -> None:
    own = context.caller.channel
    if own not in (None, channel):
        raise BoundToAnotherChannel(subject=context.caller.subject, bound_to=own, channel=channel)
