"""The facts that outlets publishes. The stream is ``outlet:<id>`` or ``lag:<channel>``."""

import msgspec

from rackhouse.platform.events import EventLog

__all__ = [
    "EVENT_TYPES",
    "LOG",
    "DeadLettersDiscarded",
    "DeadLettersReplayed",
    "LagBreached",
    "LagMeasureTaken",
    "LagMeasureUndone",
    "LagRecovered",
    "LagRuleChanged",
    "LagRuleRemoved",
    "OutletChanged",
    "OutletClosed",
    "OutletDisabledForGood",
    "OutletEvent",
    "OutletMoved",
    "OutletOpened",
    "OutletPaused",
    "OutletResumed",
]

LOG = EventLog("outlets")


class OutletOpened(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet follows the logs from here on."""

    kind: str
    name: str
    follows: str | None
    filter: dict[str, list[str]]
    hears_orders: bool
    snapshot: bool
    conflate_after: int | None
    signals: bool = False


class OutletChanged(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet has another name, filter or conflation, or is told signals or not."""

    name: str
    filter: dict[str, list[str]]
    snapshot: bool
    conflate_after: int | None
    signals: bool = False


class OutletPaused(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet sends nothing until it is resumed; it keeps its place."""

    reason: str


class OutletResumed(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet sends again, from where it was."""


class OutletDisabledForGood(msgspec.Struct, frozen=True, kw_only=True):
    """What an outlet sends to is gone; nothing is sent until it is enabled."""

    reason: str


class OutletMoved(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet goes on from another place in the logs, null for a snapshot."""

    cursor: str | None
    before: str | None


class OutletClosed(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet follows no more."""


class DeadLettersReplayed(msgspec.Struct, frozen=True, kw_only=True):
    """Dead letters of an outlet are to be sent anew."""

    letters: int


class DeadLettersDiscarded(msgspec.Struct, frozen=True, kw_only=True):
    """Dead letters of an outlet were forgotten for good."""

    letters: int


class LagRuleChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A channel has a lag rule of its own."""

    within_seconds: float
    share: float
    window_hours: int
    limit_seconds: float
    measure: str
    buffer: int


class LagRuleRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """A channel has no lag rule of its own any more."""


class LagBreached(msgspec.Struct, frozen=True, kw_only=True):
    """A channel is told later than its limit allows."""

    lag_seconds: float
    lag_events: int
    limit_seconds: float


class LagRecovered(msgspec.Struct, frozen=True, kw_only=True):
    """A channel that was told too late is told in time again."""

    lag_seconds: float


class LagMeasureTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What a lag rule says for a breach was done: ``rows`` buffers were raised, or the channel was
    disabled."""

    measure: str
    rows: int


class LagMeasureUndone(msgspec.Struct, frozen=True, kw_only=True):
    """What a lag rule had done was undone; what somebody had changed since was left as it is."""

    measure: str
    restored: int
    left: int


OutletEvent = (
    OutletOpened
    | OutletChanged
    | OutletPaused
    | OutletResumed
    | OutletDisabledForGood
    | OutletMoved
    | OutletClosed
    | DeadLettersReplayed
    | DeadLettersDiscarded
)

EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    each.__name__: each
    for each in (
        OutletOpened,
        OutletChanged,
        OutletPaused,
        OutletResumed,
        OutletDisabledForGood,
        OutletMoved,
        OutletClosed,
        DeadLettersReplayed,
        DeadLettersDiscarded,
        LagRuleChanged,
        LagRuleRemoved,
        LagBreached,
        LagRecovered,
        LagMeasureTaken,
        LagMeasureUndone,
    )
}
