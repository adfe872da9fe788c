"""Agreement: whether a connected channel and Rackhouse say the same, and whether its figures were
set as they may be: only from what was read, and never over a sale that was not booked."""

import datetime
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rackhouse.platform.events import Event
from rackhouse.simulation.books import Books
from rackhouse.simulators import Setting

__all__ = ["ConnectedSeen", "booking_times", "disagreements", "set_wrongly"]

BOOKED = frozenset({"OrderPlaced", "SaleNotCovered"})
BookedAt = Mapping[tuple[str, str], datetime.datetime]


class ConnectedSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What a connected channel would sell of each SKU, what it may sell, and how its figures were
    set."""

    channel: str
    there: Mapping[str, int]
    here: Mapping[str, int]
    set_wrongly: Sequence[str]


def booking_times(events: Iterable[Event]) -> BookedAt:
    """When each sale was booked, or found to be without cover, by channel and number."""
    times: dict[tuple[str, str], datetime.datetime] = {}
    for event in events:
        number = event.facts().get("external_id") if event.type in BOOKED else None
        if number is not None and event.channel is not None:
            times.setdefault((event.channel, number), event.recorded_at)
    return times


def disagreements(seen: ConnectedSeen) -> Iterable[str]:
    """Where a channel's figures are not what it may sell."""
    for sku, quantity in seen.there.items():
        if quantity != seen.here[sku]:
            yield f"{seen.channel} would sell {quantity} of {sku}, and may sell {seen.here[sku]}"


def set_wrongly(
    channel: str, settings: Sequence[Setting], books: Books, booked_at: BookedAt
) -> Iterable[str]:
    """Figures that were set by somebody who had not seen what stood there, or had not booked what
    was sold before."""
    for each in settings:
        told = each.told
        figure = f"{channel}: the figure of {each.sku} was set to {each.quantity}"
        if told is None or told.quantity != each.stood:
            known = "nothing" if told is None else told.quantity
            yield f"{figure} where {each.stood} stood and {known} had been read"
            continue
        for (of, number), sale in books.sales.items():
            if of != channel or each.sku not in sale.lines or sale.sold_at is None:
                continue
            booked = booked_at.get((of, number))
            if sale.sold_at < told.told_at and booked is not None and booked > each.at:
                yield f"{figure} before the sale {number} was booked"
