"""Explanations: figures as the sum of events, put together from what was read. Pure."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.inventory.explaining import (
    WORDINGS,
    frozen_in_words,
    in_words,
    lapsed_in_words,
    moment,
    opening_in_words,
    sentence,
    told,
    verdict_in_words,
)
from rackhouse.inventory.levels import LEVELS
from rackhouse.inventory.past import StockAt
from rackhouse.inventory.store import HistoryEvent
from rackhouse.inventory.sums import (
    Figures,
    Sums,
    added_by,
    change_of,
    figures_of,
    levels_after,
    recorded_levels,
)

__all__ = [
    "Correction",
    "ExplainedEvent",
    "Explanation",
    "Opening",
    "StockExplanation",
    "StockPlace",
    "SumOfKind",
    "explained_stock",
]


class StockPlace(msgspec.Struct, frozen=True):
    """A version of the stream of a SKU at a location."""

    sku: str
    location: str
    version: int

    @property
    def stream(self) -> str:
        """The name of the stream."""
        return f"{self.sku}@{self.location}"


class SumOfKind(msgspec.Struct, frozen=True):
    """All events of one type up to a version: how many, and what they added to the figures."""

    type: str
    events: int
    change: Figures
    words: str


class Opening(msgspec.Struct, frozen=True):
    """The figures before the events that are told one by one, and what led to them.

    ``events`` says how many these were; ``before`` is when the first of the told ones happened.
    """

    events: int
    before: datetime.datetime
    figures: Figures
    sums: list[SumOfKind]
    words: str


class ExplainedEvent(msgspec.Struct, frozen=True):
    """One event: what, who, when, why, through which channel, what it changed, and what was left
    after it."""

    version: int
    type: str
    recorded_at: datetime.datetime
    actor: str
    channel: str | None
    correlation_id: str
    facts: dict[str, Any]
    change: Figures
    figures: Figures
    words: str


class Correction(msgspec.Struct, frozen=True):
    """Pieces that counted otherwise at the moment than the newest event had left them."""

    quantity: int
    words: str


class StockExplanation(msgspec.Struct, frozen=True):
    """Why the figures of a SKU at a location were what they were.

    ``sums`` are those of all events up to this ``version``.
    The opening and the events (newest first) add up to what the newest of them recorded, where
    ``explained`` is true. Where it is not, the log does not say what the figures say; ``verdict``
    says which in words. ``lapsed`` are held pieces that counted as free, because their time was
    over and nobody had tidied up; ``frozen`` are free pieces whose lot could not be sold.
    ``next_cursor`` asks for the events before.
    """

    sku: str
    location: str
    version: int
    figures: Figures
    explained: bool
    verdict: str
    sums: list[SumOfKind]
    opening: Opening
    events: list[ExplainedEvent]
    lapsed: Correction | None
    frozen: Correction | None
    next_cursor: str | None = None


class Explanation(msgspec.Struct, frozen=True):
    """Why the stock of a product or SKU was what it was."""

    id: str
    as_of: datetime.datetime
    explained: bool
    stocks: list[StockExplanation]
    first_event_at: datetime.datetime | None
    note: str | None


def explained_stock(
    place: StockPlace, sums: Sums, events: Sequence[HistoryEvent], then: StockAt | None
) -> StockExplanation:
    """The explanation of a place from the sums before some events and these events, oldest first;
    as it was answered at the time, where that is asked for (``then``).

    It is ``explained`` if no event is missing and each leads to the figures recorded beside it.
    """
    levels = then.levels if then else recorded_levels(events[-1].data)
    lapsed, frozen = then.lapsed if then else 0, levels.frozen
    all_of_them = sums.plus((each.type, each.data) for each in events)
    explained = all_of_them.events == place.version and _adds_up(sums, events)
    return StockExplanation(
        place.sku,
        place.location,
        place.version,
        figures_of(levels),
        explained,
        verdict_in_words(explained),
        _by_kind(all_of_them),
        _opening(sums, events[0].recorded_at),
        [_explained_event(each) for each in reversed(events)],
        Correction(lapsed, lapsed_in_words(lapsed)) if lapsed else None,
        Correction(frozen, frozen_in_words(frozen)) if frozen else None,
    )


def _adds_up(sums: Sums, events: Sequence[HistoryEvent]) -> bool:
    levels, version = sums.levels(), sums.events
    for event in events:
        levels, version = levels_after(levels, event.type, event.data), version + 1
        if event.version != version or levels != recorded_levels(event.data):
            return False
    return True


def _opening(sums: Sums, before: datetime.datetime) -> Opening:
    figures, parts = figures_of(sums.levels()), _by_kind(sums)
    words = opening_in_words(before, [each.words for each in parts], figures)
    return Opening(sums.events, before, figures, parts, words)


def _by_kind(sums: Sums) -> list[SumOfKind]:
    return [
        SumOfKind(kind, total.events, added_by(total.change), wording.sum_up(total))
        for kind, wording in WORDINGS.items()
        if (total := sums.kinds.get(kind)) is not None
    ]


def _explained_event(event: HistoryEvent) -> ExplainedEvent:
    facts: dict[str, Any] = msgspec.json.decode(event.data)
    for name in LEVELS:
        facts.pop(name, None)
    sku, _, location = event.stream.rpartition("@")
    after = figures_of(recorded_levels(event.data))
    said = told(event.type, facts, location)
    assert said is not None
    who = f"{event.actor} through {event.channel}" if event.channel else event.actor
    words = f"{sentence(said, who=who, sku=sku)}; that left {in_words(after)}."
    return ExplainedEvent(
        event.version,
        event.type,
        event.recorded_at,
        event.actor,
        event.channel,
        event.correlation_id,
        facts,
        added_by(change_of(event.type, event.data)),
        after,
        f"{moment(event.recorded_at)}: {words}",
    )
