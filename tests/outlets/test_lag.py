"""Lag: counted, promised, and answered by a measure that is undone without harm."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest
from memory_targets import Target, dispatching, house_with

from houses import Shop, context_of
from rackhouse.channels import ChannelNotFound, change_channel, read_channel
from rackhouse.inventory import kept_back, set_channel_buffer
from rackhouse.outlets import (
    LagRule,
    LagRuleNotFound,
    Outlet,
    OutletNotFound,
    Place,
    channel_history,
    channel_lag,
    channel_lags,
    close_outlet,
    lag_rules,
    open_outlet,
    outlet_status,
    outlet_statuses,
    pause_outlet,
    remove_lag_rule,
    resume_outlet,
    set_lag_rule,
)
from rackhouse.outlets.events import LOG
from rackhouse.outlets.jobs import JOBS
from rackhouse.outlets.metrics import outlet_figures
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings

STRICT = LagRule(within_seconds=0.0005, limit_seconds=0.001)


@pytest.fixture
async def shop(open_shop: Callable[..., Awaitable[Shop]]) -> Shop:
    """A shop with two SKUs in stock."""
    shop = await open_shop(skus=2)
    for sku in shop.skus:
        await shop.receive(sku, 10)
    return shop


@pytest.fixture
async def manned(house: House, settings: Settings, target: Target) -> AsyncIterator[House]:
    """A house that knows the target."""
    async with house_with(settings, target) as manned:
        yield manned


@pytest.fixture
async def outlet(manned: House, target: Target, shop: Shop) -> Outlet:
    """An outlet of the shop's channel that nobody runs."""
    return await open_outlet(
        context=context_of(manned),
        outlet_id=str(uuid.uuid4()),
        kind=target.kind.name,
        name="an outlet",
        channel=shop.channel,
        filter_values={},
        hears_orders=True,
        conflate_after=None,
        signals=False,
        place=Place(),
    )


def judging(house: House) -> Context:
    """The context of the job that judges lag."""
    job = next(each for each in JOBS if each.name == "outlets.judge_lag")
    return Context.of_service(house, job.name, job.permissions)


async def judge(house: House, shop: Shop) -> None:
    """Judge the lag of the shop's channel once."""
    await lag_rules._judge(judging(house), shop.channel)


async def events_of(house: House, channel: str) -> list[str]:
    async with house.database("outlets").reading() as tx:
        found = await LOG.read_streams(
            tx, streams=[f"lag:{channel}"], recorded_before=None, position_before=None, limit=50
        )
    return [each.type for each in reversed(found)]


async def buffers(shop: Shop) -> dict[str, int]:
    found = await kept_back(
        context=shop.context, skus=None, channel=shop.channel, after=None, limit=100
    )
    return {each.sku: each.quantity for each in found if each.channel == shop.channel}


async def catch_up(manned: House, target: Target, shop: Shop, outlet: Outlet) -> None:
    """Let a worker deliver everything and say so."""
    async with dispatching(manned):
        while True:
            status = await outlet_status(context=context_of(manned), outlet_id=outlet.id)
            if status.lag.exact and status.lag.events == 0 and status.acknowledged_at:
                break
        await judge(manned, shop)


async def test_what_was_not_acknowledged_is_behind(
    manned: House, shop: Shop, outlet: Outlet
) -> None:
    before = await outlet_status(context=context_of(manned), outlet_id=outlet.id)
    await shop.receive(shop.sku, 1)
    behind = await outlet_status(context=context_of(manned), outlet_id=outlet.id)
    assert behind.lag.events > before.lag.events
    assert behind.lag.seconds > 0
    assert not behind.lag.exact
    assert behind.acknowledged == before.acknowledged


async def test_what_was_acknowledged_is_counted(
    manned: House, target: Target, shop: Shop, outlet: Outlet
) -> None:
    await shop.receive(shop.sku, 1)
    await catch_up(manned, target, shop, outlet)
    found = await channel_lag(context=context_of(manned), channel=shop.channel)
    (status,) = found.outlets
    assert status.acknowledged == status.sent
    assert (status.attempts, status.failed_attempts, status.success_share) == (1, 0, 1.0)
    assert found.budget.acknowledged == len(target.got)
    assert found.lag.exact
    text = (await outlet_figures(manned)).decode()
    assert f'rackhouse_outlet_lag_events{{channel="{shop.channel}"' in text
    assert f'rackhouse_channel_lag_breached{{channel="{shop.channel}"}} 0.0' in text


async def test_a_breach_raises_buffers_and_its_end_restores_them(
    manned: House, target: Target, shop: Shop, outlet: Outlet, context: Context
) -> None:
    await set_channel_buffer(
        context=context, channel=shop.channel, sku=shop.sku, location=None, quantity=1
    )
    rule = msgspec.structs.replace(STRICT, measure="buffer", buffer=3)
    await set_lag_rule(context=context, channel=shop.channel, rule=rule)
    await shop.receive(shop.sku, 1)
    await judge(manned, shop)
    assert await buffers(shop) == dict.fromkeys(shop.skus, 3)
    found = await channel_lag(context=context, channel=shop.channel)
    assert (found.measure_taken, found.own_rule) == ("buffer", True)
    await judge(manned, shop)
    assert (await events_of(manned, shop.channel)).count("LagMeasureTaken") == 1
    await relax(context, shop, rule)
    await catch_up(manned, target, shop, outlet)
    assert await buffers(shop) == {shop.sku: 1}
    assert (await events_of(manned, shop.channel))[-2:] == ["LagRecovered", "LagMeasureUndone"]


async def test_a_buffer_that_somebody_changed_meanwhile_is_left_as_it_is(
    manned: House, target: Target, shop: Shop, outlet: Outlet, context: Context
) -> None:
    rule = msgspec.structs.replace(STRICT, measure="buffer", buffer=3)
    await set_lag_rule(context=context, channel=shop.channel, rule=rule)
    await shop.receive(shop.sku, 1)
    await judge(manned, shop)
    await set_channel_buffer(
        context=context, channel=shop.channel, sku=shop.sku, location=None, quantity=7
    )
    await judge(manned, shop)
    assert (await buffers(shop))[shop.sku] == 7
    await relax(context, shop, rule)
    await catch_up(manned, target, shop, outlet)
    assert await buffers(shop) == {shop.sku: 7}


async def test_a_breach_pauses_a_channel_and_its_end_enables_it(
    manned: House, target: Target, shop: Shop, outlet: Outlet, context: Context
) -> None:
    rule = msgspec.structs.replace(STRICT, measure="pause")
    await set_lag_rule(context=context, channel=shop.channel, rule=rule)
    await shop.receive(shop.sku, 1)
    await judge(manned, shop)
    assert not (await read_channel(context=context, channel_id=shop.channel)).enabled
    await relax(context, shop, rule)
    await catch_up(manned, target, shop, outlet)
    assert (await read_channel(context=context, channel_id=shop.channel)).enabled


async def test_a_channel_that_somebody_disabled_stays_disabled(
    manned: House, target: Target, shop: Shop, outlet: Outlet, context: Context
) -> None:
    rule = msgspec.structs.replace(STRICT, measure="pause")
    await set_lag_rule(context=context, channel=shop.channel, rule=rule)
    await shop.receive(shop.sku, 1)
    await judge(manned, shop)
    paused = await read_channel(context=context, channel_id=shop.channel)
    renamed = msgspec.structs.replace(paused.terms(), name="Closed by hand")
    await change_channel(
        context=context, channel_id=shop.channel, terms=renamed, expected_version=paused.version
    )
    await relax(context, shop, rule)
    await catch_up(manned, target, shop, outlet)
    assert not (await read_channel(context=context, channel_id=shop.channel)).enabled


async def test_removing_the_rule_undoes_its_measure(
    manned: House, shop: Shop, outlet: Outlet, context: Context
) -> None:
    rule = msgspec.structs.replace(STRICT, measure="buffer", buffer=3)
    await set_lag_rule(context=context, channel=shop.channel, rule=rule)
    await shop.receive(shop.sku, 1)
    await judge(manned, shop)
    await remove_lag_rule(context=context, channel=shop.channel)
    await judge(manned, shop)
    assert await buffers(shop) == {}
    with pytest.raises(LagRuleNotFound):
        await remove_lag_rule(context=context, channel=shop.channel)


async def test_a_channel_sees_its_own_outlets_only(
    manned: House, shop: Shop, outlet: Outlet, context: Context
) -> None:
    own = context_of(manned, channel=shop.channel)
    other = context_of(manned, channel="another")
    assert [
        each.id
        for each in await outlet_statuses(context=own, after=None, channel=None, kind=None, limit=9)
    ] == [outlet.id]
    assert not await outlet_statuses(context=other, after=None, channel=None, kind=None, limit=9)
    with pytest.raises(OutletNotFound):
        await pause_outlet(context=other, outlet_id=outlet.id, reason="")
    with pytest.raises(ChannelNotFound):
        await channel_lag(context=other, channel=shop.channel)
    assert (await pause_outlet(context=own, outlet_id=outlet.id, reason="")).state == "paused"
    assert (await resume_outlet(context=own, outlet_id=outlet.id)).state == "running"


async def test_many_channels_are_told_of_as_each_alone(
    manned: House, open_shop: Callable[..., Awaitable[Shop]], shop: Shop, outlet: Outlet
) -> None:
    context = context_of(manned)
    other = await open_shop()
    rule = LagRule(within_seconds=2.0, limit_seconds=9.0, window_hours=3)
    await set_lag_rule(context=context, channel=other.channel, rule=rule)
    await pause_outlet(context=context, outlet_id=outlet.id, reason="moved")
    lags = await channel_lags(context=context, channels=[shop.channel, other.channel, "nobody"])
    assert [each.id for each in lags[shop.channel].outlets] == [outlet.id]
    assert lags[shop.channel].outlets[0].state == "paused"
    assert (lags[other.channel].rule, lags[other.channel].outlets) == (rule, [])
    assert lags["nobody"].outlets == [] and not lags["nobody"].own_rule
    alone = await channel_lag(context=context, channel=shop.channel)
    assert lags[shop.channel].rule == alone.rule and lags[shop.channel].budget == alone.budget
    bound = context_of(manned, channel=other.channel)
    assert list(await channel_lags(context=bound, channels=list(lags))) == [other.channel]


async def test_what_happened_to_a_channel_is_told_the_newest_first(
    manned: House, shop: Shop, outlet: Outlet, open_shop: Callable[..., Awaitable[Shop]]
) -> None:
    context = context_of(manned)
    await set_lag_rule(context=context, channel=shop.channel, rule=STRICT)
    await pause_outlet(context=context, outlet_id=outlet.id, reason="moved")
    found = await channel_history(context=context, channel=shop.channel, limit=50)
    assert [each.type for each in found] == ["OutletPaused", "LagRuleChanged", "OutletOpened"]
    (newest,) = await channel_history(context=context, channel=shop.channel, limit=1)
    assert newest == found[0]
    bound = context_of(manned, channel=(await open_shop()).channel)
    with pytest.raises(ChannelNotFound):
        await channel_history(context=bound, channel=shop.channel, limit=1)


async def test_a_closed_outlet_is_gone(manned: House, outlet: Outlet, context: Context) -> None:
    await close_outlet(context=context, outlet_id=outlet.id)
    with pytest.raises(OutletNotFound):
        await outlet_status(context=context, outlet_id=outlet.id)


async def relax(context: Context, shop: Shop, rule: LagRule) -> None:
    """Let the same rule be kept by everything that is delivered within an hour."""
    kept = msgspec.structs.replace(rule, within_seconds=3600.0, limit_seconds=3600.0)
    await set_lag_rule(context=context, channel=shop.channel, rule=kept)
