"""Explanations: figures as the sum of events, put together from what was read. Pure."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.inventory.events import Change
from rackhouse.inventory.explaining import (
    WORDINGS,
    in_words,
    lapsed_in_words,
    moment,
    opening_in_words,
    sentence,
    told,
    verdict_in_words,
)
from rackhouse.inventory.ledger import Levels
from rackhouse.inventory.store import HistoryEvent
from rackhouse.inventory.sums import (
    Figures,
    Sums,
    added,
    change_of,
    figures_after,
    figures_of,
)

__all__ = [
    "ExplainedEvent",
    "Explanation",
    "Lapsed",
    "Opening",
    "StockExplanation",
    "StockPlace",
    "SumOfKind",
    "explained_stock",
]


class StockPlace(msgspec.Struct, frozen=True):
    """A version of the stream of a SKU at a location, and how much of what was held then had
    lapsed."""

    sku: str
    location: str
    version: int
    lapsed: int = 0

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


class Lapsed(msgspec.Struct, frozen=True):
    """Pieces of holds that had lapsed and that nobody had tidied up: they count as free."""

    quantity: int
    words: str


class StockExplanation(msgspec.Struct, frozen=True):
    """Why the figures of a SKU at a location were what they were.

    ``sums`` are those of all events up to this ``version``.
    The opening, the events (newest first) and what had lapsed add up to ``figures`` where
    ``explained`` is true. Where it is not, the log does not say what the figures say. ``verdict``
    says which in words; ``next_cursor`` asks for the events before.
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
    lapsed: Lapsed | None
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
    place: StockPlace, sums: Sums, events: Sequence[HistoryEvent]
) -> StockExplanation:
    """The explanation of a place from the sums before some events and these events, oldest first.

    It is ``explained`` if no event is missing and each leads to the figures recorded beside it.
    """
    before = sum(each.events for each in sums.values())
    opening = figures_of(sums)
    explained = before + len(events) == place.version and _adds_up(opening, before, events)
    recorded = figures_after(events[-1].data)
    return StockExplanation(
        place.sku,
        place.location,
        place.version,
        Figures.of(recorded.on_hand, recorded.held - place.lapsed, recorded.committed),
        explained,
        verdict_in_words(explained),
        _by_kind(added(sums, ((each.type, each.data) for each in events))),
        _opening(sums, before, events[0].recorded_at, opening),
        [_explained_event(each) for each in reversed(events)],
        Lapsed(place.lapsed, lapsed_in_words(place.lapsed)) if place.lapsed else None,
    )


def _adds_up(figures: Figures, version: int, events: Sequence[HistoryEvent]) -> bool:
    for event in events:
        figures, version = figures.plus(change_of(event.type, event.data)), version + 1
        if event.version != version or figures != figures_after(event.data):
            return False
    return True


def _opening(sums: Sums, events: int, before: datetime.datetime, figures: Figures) -> Opening:
    parts = _by_kind(sums)
    words = opening_in_words(before, [each.words for each in parts], figures)
    return Opening(events, before, figures, parts, words)


def _by_kind(sums: Sums) -> list[SumOfKind]:
    return [
        SumOfKind(kind, total.events, _as_figures(total.change), wording.sum_up(total))
        for kind, wording in WORDINGS.items()
        if (total := sums.get(kind)) is not None
    ]


def _explained_event(event: HistoryEvent) -> ExplainedEvent:
    facts: dict[str, Any] = msgspec.json.decode(event.data)
    for name in Levels.__struct_fields__:
        facts.pop(name, None)
    sku, _, location = event.stream.rpartition("@")
    after = figures_after(event.data)
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
        _as_figures(change_of(event.type, event.data)),
        after,
        f"{moment(event.recorded_at)}: {words}",
    )


def _as_figures(change: Change) -> Figures:
    return Figures().plus(change)
