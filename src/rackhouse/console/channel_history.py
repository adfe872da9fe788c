"""What happened to how a channel is told, in words."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rackhouse.platform.events import Event

__all__ = ["ChannelHappening", "told_of_channel"]

Facts = Mapping[str, Any]


class ChannelHappening(msgspec.Struct, frozen=True):
    """One event as it is told: when, what, and by whom; ``mark`` is how it looks."""

    at: datetime.datetime
    text: str
    by: str
    mark: str


def told_of_channel(event: Event, outlets: Mapping[str, str]) -> ChannelHappening:
    """An event of an outlet or a lag rule in words, given the names of outlets by their ids. An
    event of a kind that is not known is told by its type."""
    tell = _TELLERS.get(event.type)
    text = tell(event.facts()) if tell else event.type
    kind, _, id_ = event.stream.partition(":")
    if kind == "outlet":
        text = f"{outlets.get(id_, id_)}: {text}"
    return ChannelHappening(
        at=event.recorded_at,
        text=text[:1].upper() + text[1:],
        by=event.actor,
        mark=_MARKS.get(event.type, ""),
    )


def _because(did: str) -> Callable[[Facts], str]:
    return lambda facts: f"{did} ({facts['reason']})" if facts.get("reason") else did


def _letters(did: str) -> Callable[[Facts], str]:
    def tell(facts: Facts) -> str:
        count = facts["letters"]
        return f"{count:,} dead {'letter' if count == 1 else 'letters'} {did}"

    return tell


def _rule(facts: Facts) -> str:
    return (
        f"{100 * facts['share']:g} % are promised within {facts['within_seconds']:g} s, "
        f"and a lag beyond {facts['limit_seconds']:g} s is a breach"
    )


def _breached(facts: Facts) -> str:
    return f"told too late: {facts['lag_seconds']:g} s, {facts['limit_seconds']:g} s are allowed"


def _taken(facts: Facts) -> str:
    if facts["measure"] == "pause":
        return "disabled because of that, until it is told in time"
    return f"{facts['rows']:,} buffers raised because of that"


def _undone(facts: Facts) -> str:
    if facts["measure"] == "pause":
        return "enabled again"
    return f"{facts['restored']:,} buffers put back, {facts['left']:,} left as somebody set them"


_TELLERS: dict[str, Callable[[Facts], str]] = {
    "OutletOpened": lambda _: "opened",
    "OutletChanged": lambda _: "has other settings",
    "OutletPaused": _because("paused"),
    "OutletResumed": lambda _: "resumed",
    "OutletDisabledForGood": _because("disabled for good"),
    "OutletMoved": lambda facts: (
        "goes on elsewhere" if facts["cursor"] else "sends everything anew"
    ),
    "OutletClosed": lambda _: "closed",
    "DeadLettersReplayed": _letters("to be sent anew"),
    "DeadLettersDiscarded": _letters("forgotten for good"),
    "LagRuleChanged": _rule,
    "LagRuleRemoved": lambda _: "no lag rule of its own any more",
    "LagBreached": _breached,
    "LagRecovered": lambda _: "told in time again",
    "LagMeasureTaken": _taken,
    "LagMeasureUndone": _undone,
}
_MARKS = {
    "LagBreached": "tag-none",
    "OutletDisabledForGood": "tag-none",
    "OutletPaused": "tag-low",
    "LagMeasureTaken": "tag-low",
    "LagRecovered": "tag-good",
    "OutletResumed": "tag-good",
    "LagMeasureUndone": "tag-good",
}
