"""Sentences: an event in words, figures in words, times in words."""

import datetime

import msgspec

from rackhouse.inventory.events import EVENT_TYPES, PROMISED
from rackhouse.inventory.explaining.tellings import Told
from rackhouse.inventory.explaining.wordings import WORDINGS
from rackhouse.inventory.sums import Figures

__all__ = [
    "frozen_in_words",
    "in_words",
    "lapsed_in_words",
    "moment",
    "opening_in_words",
    "place_in_words",
    "sentence",
    "told",
    "verdict_in_words",
]


def told(kind: str, facts: object, place: str) -> Told | None:
    """An event of a type at a place in words; None for a type that is not one of stock."""
    wording = WORDINGS.get(kind)
    if wording is None:
        return None
    return wording.tell(msgspec.convert(facts, EVENT_TYPES[kind]), place_in_words(place))


def place_in_words(place: str) -> str:
    """What a location is called; pieces that have not come are at none."""
    return "what is to come" if place == PROMISED else place


def sentence(said: Told, *, who: str, sku: str) -> str:
    """A told event as one sentence without its end."""
    until = None if said.until is None else moment(said.until)
    return " ".join(filter(None, (who, said.did, sku, said.rest, until))).replace("\u00a0", " ")


def opening_in_words(before: datetime.datetime, parts: list[str], figures: Figures) -> str:
    """What came before the events that are told one by one."""
    if not parts:
        return "Before that there was nothing."
    return f"Before {moment(before)}: {', '.join(parts)}; that left {in_words(figures)}."


def in_words(figures: Figures) -> str:
    """Figures in words; those that are seldom other than none only where they are."""
    seldom = (
        (figures.unavailable, "unavailable"),
        (figures.allotted, "allotted"),
        (figures.frozen, "frozen"),
        (figures.safety, "kept back"),
    )
    parts = [
        f"{figures.on_hand:,} on hand",
        f"{figures.held:,} held",
        f"{figures.committed:,} committed",
        *(f"{number:,} {name}" for number, name in seldom if number),
        f"{figures.available:,} available",
    ]
    return ", ".join(parts)


def lapsed_in_words(quantity: int) -> str:
    """Held pieces that count as free, for nobody had tidied up yet."""
    were = "piece that was held had" if quantity == 1 else "pieces that were held had"
    return f"{quantity:,} {were} lapsed by then and counted as free."


def frozen_in_words(quantity: int) -> str:
    """Free pieces of lots that could not be sold."""
    were = "piece was" if quantity == 1 else "pieces were"
    return f"{quantity:,} free {were} of lots that could not be sold at that time."


def verdict_in_words(explained: bool) -> str:
    """Whether the events say what the figures say."""
    if explained:
        return "The events add up to the recorded figures."
    return (
        "The events do NOT add up to the recorded figures: an event is missing or was changed. "
        "Compare everything with `rackhouse rebuild --verify`."
    )


def moment(time: datetime.datetime) -> str:
    """A time as it is written in words."""
    return f"{time.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
