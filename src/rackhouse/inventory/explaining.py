"""Events of stock in words: the one place where it stands how each of them is told."""

import datetime
from collections.abc import Callable
from typing import Any

import msgspec

from rackhouse.inventory.events import (
    EVENT_TYPES,
    HoldConfirmed,
    HoldExpired,
    HoldExtended,
    HoldPlaced,
    HoldReleased,
    LocationOpened,
    StockAdjusted,
    StockReceived,
    StockReturned,
    StockShipped,
)
from rackhouse.inventory.sums import Figures, KindSum

__all__ = [
    "WORDINGS",
    "Told",
    "Wording",
    "in_words",
    "lapsed_in_words",
    "moment",
    "opening_in_words",
    "sentence",
    "told",
    "verdict_in_words",
]


class Told(msgspec.Struct, frozen=True):
    """An event in words, to be put together: who ``did`` what SKU ``rest``, ``until`` when.

    ``kind`` is held, sold, freed, moved or other.
    """

    kind: str
    did: str
    rest: str
    until: datetime.datetime | None = None


class Wording(msgspec.Struct, frozen=True):
    """How events of one type are told: ``tell`` one at a place; many together as so many ``pieces``
    that were ``done`` ``many`` times."""

    tell: Callable[[Any, str], Told]
    pieces: Callable[[KindSum], str]
    done: str
    one: str
    many: str

    def sum_up(self, total: KindSum) -> str:
        """Many events together, such as: 1,000 received in 12 receipts."""
        times = f"{total.events:,} {self.one if total.events == 1 else self.many}"
        return " ".join(filter(None, (self.pieces(total), self.done, times)))


def told(kind: str, facts: object, place: str) -> Told | None:
    """An event of a type at a place in words; None for a type that is not one of stock."""
    wording = WORDINGS.get(kind)
    if wording is None:
        return None
    return wording.tell(msgspec.convert(facts, EVENT_TYPES[kind]), place)


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
    """Figures in words."""
    return (
        f"{figures.on_hand:,} on hand, {figures.held:,} held, {figures.committed:,} committed, "
        f"{figures.available:,} available"
    )


def lapsed_in_words(quantity: int) -> str:
    """Held pieces that count as free, for nobody had tidied up yet."""
    were = "piece that was held had" if quantity == 1 else "pieces that were held had"
    return f"{quantity:,} {were} lapsed by then and counted as free."


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


def _received(event: StockReceived, place: str) -> Told:
    reference = f" ({event.reference})" if event.reference else ""
    return Told("moved", f"received {event.quantity:,}\u00a0×", f"in {place}{reference}")


def _adjusted(event: StockAdjusted, place: str) -> Told:
    return Told("moved", f"adjusted by {_signed(event.delta)}", f"in {place} ({event.reason})")


def _held(event: HoldPlaced, place: str) -> Told:
    return Told("held", f"held {event.quantity:,}\u00a0×", f"in {place} until", event.expires_at)


def _extended(event: HoldExtended, place: str) -> Told:
    return Told("held", "extended the hold of", f"in {place} until", event.expires_at)


def _sold(event: HoldConfirmed, place: str) -> Told:
    return Told("sold", f"sold {event.quantity:,}\u00a0×", f"from {place}")


def _released(event: HoldReleased, place: str) -> Told:
    why = f" ({event.reason})" if event.reason != "released" else ""
    freed = event.from_held + event.from_committed
    return Told("freed", f"released {freed:,}\u00a0×", f"in {place}{why}")


def _expired(event: HoldExpired, place: str) -> Told:
    return Told("freed", f"let {event.quantity:,}\u00a0×", f"in {place} expire")


def _shipped(event: StockShipped, place: str) -> Told:
    return Told("moved", f"shipped {event.quantity:,}\u00a0×", f"from {place}")


def _returned(event: StockReturned, place: str) -> Told:
    return Told("moved", f"returned {event.quantity:,}\u00a0×", f"in {place} ({event.reason})")


def _opened(event: LocationOpened, place: str) -> Told:
    return Told("other", "opened the location", event.name)


def _signed(number: int) -> str:
    return f"{number:+,}".replace("-", "−")


def _on_hand(total: KindSum) -> str:
    return f"{abs(total.on_hand):,}"


def _corrected(total: KindSum) -> str:
    return _signed(total.on_hand)


def _of_held(total: KindSum) -> str:
    return f"{abs(total.held):,}"


def _of_committed(total: KindSum) -> str:
    return f"{abs(total.committed):,}"


def _freed(total: KindSum) -> str:
    return f"{abs(total.held + total.committed):,}"


def _none(_: KindSum) -> str:
    return ""


WORDINGS: dict[str, Wording] = {
    "StockReceived": Wording(_received, _on_hand, "received in", "receipt", "receipts"),
    "StockAdjusted": Wording(_adjusted, _corrected, "in", "correction", "corrections"),
    "HoldPlaced": Wording(_held, _of_held, "held in", "hold", "holds"),
    "HoldExtended": Wording(_extended, _none, "", "extension", "extensions"),
    "HoldConfirmed": Wording(_sold, _of_committed, "sold in", "sale", "sales"),
    "HoldReleased": Wording(_released, _freed, "released in", "release", "releases"),
    "HoldExpired": Wording(_expired, _of_held, "expired in", "hold", "holds"),
    "StockShipped": Wording(_shipped, _on_hand, "shipped in", "shipment", "shipments"),
    "StockReturned": Wording(_returned, _on_hand, "returned in", "return", "returns"),
    "LocationOpened": Wording(_opened, _none, "", "opening", "openings"),
}
