"""How well outlets and channels are told: positions, lag, success, and what is left of the error
budget."""

import datetime
from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.channels import read_channel
from rackhouse.feeds import missed_since
from rackhouse.outlets import store
from rackhouse.outlets.events import LOG
from rackhouse.outlets.kinds import Outlet, State
from rackhouse.outlets.opening import outlet_page, own_outlet
from rackhouse.outlets.progressing import Progress
from rackhouse.outlets.rules import Breaker, Budget, Lag, LagRule, budget_of, total_lag
from rackhouse.outlets.store import Counts, KeptRule
from rackhouse.platform.context import Context, operation
from rackhouse.platform.events import Event
from rackhouse.platform.house import House

__all__ = [
    "ChannelLag",
    "OutletStatus",
    "channel_history",
    "channel_lag",
    "channel_lags",
    "default_rule",
    "lag_of_channel",
    "lags_of_channels",
    "outlet_status",
    "outlet_statuses",
    "statuses_of",
]

# What a worker told longer ago is not relied on: it tells anew each second.
TOLD_FOR_SECONDS = 5.0
MISSED_LIMIT = 10_000
OUTLETS_OF_A_CHANNEL_LIMIT = 200


class OutletStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet and how it does. ``sent`` and ``acknowledged`` are cursors; what follows counts
    the attempts within the window of the promise."""

    id: str
    kind: str
    name: str
    channel: str | None
    state: State
    reason: str
    opened_at: datetime.datetime
    conflate_after: int | None
    sent: str | None
    sent_at: datetime.datetime | None
    acknowledged: str | None
    acknowledged_at: datetime.datetime | None
    lag: Lag
    breaker: Breaker
    failures: int
    failing_since: datetime.datetime | None
    retry_at: datetime.datetime | None
    problem: str
    dead_letters: int
    attempts: int
    failed_attempts: int
    success_share: float
    promise: LagRule
    budget: Budget


class ChannelLag(msgspec.Struct, frozen=True, kw_only=True):
    """How late a channel is told: the lag of its outlet that is furthest behind, and the budget of
    all of them. ``own_rule`` says whether its rule was set for it; ``measure_taken`` is what is in
    force because of a breach."""

    channel: str
    lag: Lag
    budget: Budget
    rule: LagRule
    own_rule: bool
    breached_at: datetime.datetime | None
    measure_taken: str | None
    outlets: list[OutletStatus]


@operation("outlets:read")
async def outlet_status(*, context: Context, outlet_id: str) -> OutletStatus:
    """An outlet and how it does; refuses with `OutletNotFound`."""
    outlet = await own_outlet(context, outlet_id)
    (status,) = await statuses_of(context.house, [outlet])
    return status


@operation("outlets:read")
async def outlet_statuses(
    *, context: Context, after: str | None, channel: str | None, kind: str | None, limit: int
) -> list[OutletStatus]:
    """Outlets and how they do, in the order of their ids; who acts for a channel sees that
    channel's."""
    found = await outlet_page(context=context, after=after, channel=channel, kind=kind, limit=limit)
    return await statuses_of(context.house, found)


@operation("outlets:read")
async def channel_lag(*, context: Context, channel: str) -> ChannelLag:
    """How late a channel is told; refuses with `ChannelNotFound`, also one that is not the
    caller's own."""
    await _must_be_seen(context, channel)
    return await lag_of_channel(context.house, channel)


@operation("outlets:read")
async def channel_lags(*, context: Context, channels: Sequence[str]) -> dict[str, ChannelLag]:
    """How late some channels are told, all in one go; a channel that is not there has no outlets.
    Who acts for a channel is told of that one alone."""
    own = context.caller.channel
    wanted = [each for each in channels if own in (None, each)]
    return await lags_of_channels(context.house, wanted)


@operation("outlets:read")
async def channel_history(*, context: Context, channel: str, limit: int) -> list[Event]:
    """What happened lately to the outlets of a channel and to its lag rule, the newest first: the
    pauses, breaches and measures. Refuses with `ChannelNotFound`, also a channel that is not the
    caller's own."""
    await _must_be_seen(context, channel)
    async with context.house.database("outlets").reading() as tx:
        outlets = await store.outlets_of_channels(tx, [channel], limit=OUTLETS_OF_A_CHANNEL_LIMIT)
        return await LOG.read_streams(
            tx,
            streams=[f"lag:{channel}", *(f"outlet:{each.id}" for each in outlets)],
            recorded_before=None,
            position_before=None,
            limit=limit,
        )


async def _must_be_seen(context: Context, channel: str) -> None:
    reading = Context.of_service(context.house, "outlets", frozenset({"channels:read"}))
    bound = msgspec.structs.replace(reading.caller, channel=context.caller.channel)
    await read_channel(context=msgspec.structs.replace(reading, caller=bound), channel_id=channel)


async def lag_of_channel(house: House, channel: str) -> ChannelLag:
    """How late a channel is told."""
    return (await lags_of_channels(house, [channel]))[channel]


async def lags_of_channels(house: House, channels: Sequence[str]) -> dict[str, ChannelLag]:
    """How late some channels are told."""
    async with house.database("outlets").reading() as tx:
        rules = await store.read_lag_rules(tx, channels)
        outlets = await store.outlets_of_channels(tx, channels, limit=OUTLETS_OF_A_CHANNEL_LIMIT)
    found: dict[str, list[OutletStatus]] = {channel: [] for channel in channels}
    for each in await statuses_of(house, outlets):
        assert each.channel is not None
        found[each.channel].append(each)
    return {
        channel: _lag_of(rules.get(channel) or default_rule(house, channel), channel, statuses)
        for channel, statuses in found.items()
    }


def _lag_of(kept: KeptRule, channel: str, statuses: list[OutletStatus]) -> ChannelLag:
    budget = budget_of(
        acknowledged=sum(each.budget.acknowledged for each in statuses),
        in_time=sum(each.budget.in_time for each in statuses),
        share=kept.rule.share,
    )
    return ChannelLag(
        channel=channel,
        lag=total_lag(each.lag for each in statuses),
        budget=budget,
        rule=kept.rule,
        own_rule=kept.own,
        breached_at=kept.breached_at,
        measure_taken=kept.taken,
        outlets=statuses,
    )


async def statuses_of(house: House, outlets: Sequence[Outlet]) -> list[OutletStatus]:
    """How some outlets do."""
    ids = [each.id for each in outlets]
    async with house.database("outlets").reading() as tx:
        progress = {each.outlet_id: each for each in await store.progress_of(tx, ids)}
        letters = await store.count_letters(tx, ids)
        kept = await store.read_lag_rules(tx, sorted({each.channel or "" for each in outlets}))
        rules = {each.id: _rule_of(house, kept, each.channel) for each in outlets}
        counts = await store.counts_of(
            tx, {id_: _window(rules[id_], progress[id_].as_of) for id_ in ids}
        )
    found = []
    for outlet in outlets:
        lag = await _lag(house, outlet, progress[outlet.id])
        none = Counts(outlet.id, 0, 0, 0, 0)
        found.append(
            _status(
                outlet,
                progress[outlet.id],
                rules[outlet.id],
                counts.get(outlet.id, none),
                lag,
                letters[outlet.id],
            )
        )
    return found


def _rule_of(house: House, kept: Mapping[str, KeptRule], channel: str | None) -> LagRule:
    return (kept.get(channel or "") or default_rule(house, "")).rule


def _window(rule: LagRule, now: datetime.datetime) -> datetime.datetime:
    return now - datetime.timedelta(hours=rule.window_hours)


def default_rule(house: House, channel: str) -> KeptRule:
    """The rule of a channel for which nobody has set one."""
    settings = house.settings
    rule = LagRule(
        within_seconds=settings.outlet_within_seconds,
        share=settings.outlet_share,
        limit_seconds=settings.outlet_limit_seconds,
    )
    return KeptRule(channel=channel, own=False, rule=rule, version=0)


async def _lag(house: House, outlet: Outlet, progress: Progress) -> Lag:
    """The lag of an outlet: as its worker tells it, or else by counting in the logs."""
    now, told_at = progress.as_of, progress.told_at
    fresh = told_at is not None and (now - told_at).total_seconds() < TOLD_FOR_SECONDS
    if outlet.state == "running" and fresh and progress.live:
        return Lag(events=progress.waiting, seconds=_seconds(progress.oldest_at, now), exact=True)
    if progress.cursor is None:
        return Lag(events=0, seconds=_seconds(outlet.opened_at, now), exact=False)
    missed = await missed_since(house=house, cursor=progress.cursor, limit=MISSED_LIMIT)
    return Lag(events=missed.events, seconds=_seconds(missed.oldest_at, now), exact=False)


def _seconds(since: datetime.datetime | None, now: datetime.datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _status(
    outlet: Outlet, progress: Progress, rule: LagRule, counts: Counts, lag: Lag, letters: int
) -> OutletStatus:
    succeeded = counts.attempts - counts.failures
    return OutletStatus(
        id=outlet.id,
        kind=outlet.kind,
        name=outlet.name,
        channel=outlet.channel,
        state=outlet.state,
        reason=outlet.reason,
        opened_at=outlet.opened_at,
        conflate_after=outlet.conflate_after,
        sent=progress.sent_cursor,
        sent_at=progress.sent_at,
        acknowledged=progress.cursor,
        acknowledged_at=progress.acknowledged_at,
        lag=lag,
        breaker=breaker_at(progress),
        failures=progress.failures,
        failing_since=progress.failing_since,
        retry_at=progress.retry_at,
        problem=progress.problem,
        dead_letters=letters,
        attempts=counts.attempts,
        failed_attempts=counts.failures,
        success_share=succeeded / counts.attempts if counts.attempts else 1.0,
        promise=rule,
        budget=budget_of(
            acknowledged=counts.acknowledged, in_time=counts.in_time, share=rule.share
        ),
    )


def breaker_at(progress: Progress) -> Breaker:
    """The breaker as it is now: an open one is half open once it is time to try again."""
    if progress.breaker == "open" and progress.retry_at and progress.retry_at <= progress.as_of:
        return "half_open"
    return progress.breaker
