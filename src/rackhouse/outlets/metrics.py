"""Figures of outlets and channels in Prometheus' text format, read anew each time, so that any
process of the API tells them all."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from rackhouse.outlets import store
from rackhouse.outlets.figures import ChannelLag, OutletStatus, lags_of_channels, statuses_of
from rackhouse.platform.house import House

__all__ = ["outlet_figures"]

OUTLETS_LIMIT = 1000
_OUTLET = ["outlet", "kind", "channel"]


async def outlet_figures(house: House) -> bytes:
    """The figures of every outlet, and of every channel that has one."""
    async with house.database("outlets").reading() as tx:
        outlets = await store.outlet_page(
            tx, after=None, channel=None, kind=None, limit=OUTLETS_LIMIT
        )
        channels = await store.rules_and_channels(tx)
    registry = CollectorRegistry()
    _tell_outlets(registry, await statuses_of(house, outlets))
    _tell_channels(registry, (await lags_of_channels(house, channels)).values())
    return generate_latest(registry)


def _tell_outlets(registry: CollectorRegistry, statuses: Iterable[OutletStatus]) -> None:
    def gauge(name: str, says: str) -> Gauge:
        return Gauge(f"rackhouse_outlet_{name}", says, _OUTLET, registry=registry)

    events = gauge("lag_events", "Events that an outlet has not acknowledged.")
    seconds = gauge("lag_seconds", "Age of the oldest event not acknowledged.")
    success = gauge("success_share", "Share of the attempts that succeeded, in the window.")
    in_time = gauge("in_time_share", "Share of the messages acknowledged in time, in the window.")
    budget = gauge("error_budget_left", "What is left of the error budget; 1 is all of it.")
    letters = gauge("dead_letters", "Messages that were given up.")
    opened = gauge("breaker_open", "1 while the circuit breaker is not closed.")
    stopped = gauge("stopped", "1 while an outlet is paused or disabled.")
    told = gauge("acknowledged_timestamp_seconds", "When something was last acknowledged.")
    for each in statuses:
        labels = (each.id, each.kind, each.channel or "")
        events.labels(*labels).set(each.lag.events)
        seconds.labels(*labels).set(each.lag.seconds)
        success.labels(*labels).set(each.success_share)
        in_time.labels(*labels).set(each.budget.share_in_time)
        budget.labels(*labels).set(each.budget.budget_left)
        letters.labels(*labels).set(each.dead_letters)
        opened.labels(*labels).set(each.breaker != "closed")
        stopped.labels(*labels).set(each.state != "running")
        if each.acknowledged_at is not None:
            told.labels(*labels).set(each.acknowledged_at.timestamp())


def _tell_channels(registry: CollectorRegistry, lags: Iterable[ChannelLag]) -> None:
    def gauge(name: str, says: str) -> Gauge:
        return Gauge(f"rackhouse_channel_{name}", says, ["channel"], registry=registry)

    events = gauge("lag_events", "Events that the channel's slowest outlet has not acknowledged.")
    seconds = gauge("lag_seconds", "Age of the oldest event that is not acknowledged.")
    limit = gauge("lag_limit_seconds", "Lag beyond which the channel's promise is breached.")
    budget = gauge("error_budget_left", "What is left of the error budget; 1 is all of it.")
    breached = gauge("lag_breached", "1 while the channel is told too late.")
    measure = gauge("lag_measure", "1 while a buffer or pause is in force because of that.")
    for each in lags:
        events.labels(each.channel).set(each.lag.events)
        seconds.labels(each.channel).set(each.lag.seconds)
        limit.labels(each.channel).set(each.rule.limit_seconds)
        budget.labels(each.channel).set(each.budget.budget_left)
        breached.labels(each.channel).set(each.breached_at is not None)
        measure.labels(each.channel).set(each.measure_taken is not None)
