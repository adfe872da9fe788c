"""Lag rules: what is promised of telling a channel, judged over and over."""

import datetime

import msgspec
import structlog

from rackhouse.channels import ChannelNotFound, read_channel
from rackhouse.outlets import store
from rackhouse.outlets.errors import LagRuleNotFound
from rackhouse.outlets.events import (
    LOG,
    LagBreached,
    LagMeasureTaken,
    LagMeasureUndone,
    LagRecovered,
    LagRuleChanged,
    LagRuleRemoved,
)
from rackhouse.outlets.figures import default_rule, lag_of_channel
from rackhouse.outlets.measures import take_measure, undo_measure
from rackhouse.outlets.rules import Lag, LagRule, is_breach, is_recovery, refuse_unfit_rule
from rackhouse.outlets.store import KeptRule
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent
from rackhouse.platform.store import server_time

__all__ = ["judge_lag", "remove_lag_rule", "set_lag_rule"]

_log = structlog.get_logger(__name__)


@operation("channels:write")
async def set_lag_rule(*, context: Context, channel: str, rule: LagRule) -> LagRule:
    """Set what is promised of telling a channel; the same again changes nothing.

    Refuses with `ChannelNotFound` and `InvalidOutlet`.
    """
    await _must_be_own(context, channel)
    refuse_unfit_rule(rule)
    async with context.house.database("outlets").transaction() as tx:
        kept = await _locked(tx, context, channel)
        if not kept.own or kept.rule != rule:
            changed = LagRuleChanged(**msgspec.structs.asdict(rule))
            after = msgspec.structs.replace(kept, own=True, rule=rule)
            await _record(tx, context, after, changed)
    return rule


@operation("channels:write")
async def remove_lag_rule(*, context: Context, channel: str) -> None:
    """Let the settings say again what is promised to a channel; a measure that is in force is
    undone soon.

    Refuses with `ChannelNotFound` and `LagRuleNotFound`.
    """
    await _must_be_own(context, channel)
    async with context.house.database("outlets").transaction() as tx:
        kept = await _locked(tx, context, channel)
        if not kept.own:
            raise LagRuleNotFound(channel=channel)
        rule = default_rule(context.house, channel).rule
        after = msgspec.structs.replace(kept, own=False, rule=rule)
        await _record(tx, context, after, LagRuleRemoved())


async def judge_lag(*, context: Context) -> None:
    """Judge the lag of every channel; take what its rule says in a breach, and undo it after."""
    async with context.house.database("outlets").reading() as tx:
        channels = await store.rules_and_channels(tx)
    for channel in channels:
        try:
            await _judge(context, channel)
        except ChannelNotFound:
            continue
        except Exception:
            _log.exception("lag_not_judged", channel=channel)


async def _judge(context: Context, channel: str) -> None:
    lag = (await lag_of_channel(context.house, channel)).lag
    async with context.house.database("outlets").transaction() as tx:
        kept = await _locked(tx, context, channel)
        kept = await _judged(tx, context, kept, lag)
    measure = kept.rule.measure if kept.breached_at is not None else "none"
    if kept.taken not in (None, measure):
        undone = await undo_measure(context, channel, kept.taken)
        if undone is not None:
            event = LagMeasureUndone(measure=kept.taken, restored=undone[0], left=undone[1])
            await _note(context, channel, None, event)
    elif measure != "none":
        rows = await take_measure(context, channel, kept.rule, again=kept.taken is not None)
        if kept.taken is None:
            await _note(context, channel, measure, LagMeasureTaken(measure=measure, rows=rows))


async def _judged(tx: Transaction, context: Context, kept: KeptRule, lag: Lag) -> KeptRule:
    """The rule after a breach or a recovery was noted, where there was one."""
    if is_breach(lag, kept.rule, kept.breached_at):
        now: datetime.datetime = await server_time(tx)
        after = msgspec.structs.replace(kept, breached_at=now)
        breached = LagBreached(
            lag_seconds=round(lag.seconds, 3),
            lag_events=lag.events,
            limit_seconds=kept.rule.limit_seconds,
        )
        return await _record(tx, context, after, breached)
    if is_recovery(lag, kept.rule, kept.breached_at):
        after = msgspec.structs.replace(kept, breached_at=None)
        return await _record(tx, context, after, LagRecovered(lag_seconds=round(lag.seconds, 3)))
    return kept


async def _note(
    context: Context,
    channel: str,
    taken: str | None,
    event: LagMeasureTaken | LagMeasureUndone,
) -> None:
    async with context.house.database("outlets").transaction() as tx:
        kept = await _locked(tx, context, channel)
        await _record(tx, context, msgspec.structs.replace(kept, taken=taken), event)


async def _must_be_own(context: Context, channel: str) -> None:
    own = context.caller.channel
    if own not in (None, channel):
        raise ChannelNotFound(channel=channel)
    reading = Context.of_service(context.house, "outlets", frozenset({"channels:read"}))
    await read_channel(context=reading, channel_id=channel)


async def _locked(tx: Transaction, context: Context, channel: str) -> KeptRule:
    await store.lock_lag_rule(tx, channel)
    return await store.read_lag_rule(tx, channel) or default_rule(context.house, channel)


async def _record(
    tx: Transaction, context: Context, kept: KeptRule, event: msgspec.Struct
) -> KeptRule:
    after = msgspec.structs.replace(kept, version=kept.version + 1)
    await store.write_lag_rule(tx, after)
    recorded = NewEvent(f"lag:{kept.channel}", after.version, event, context, kept.channel)
    await LOG.append(tx, [recorded], await server_time(tx))
    return after
