"""When a product is sold out. Pure."""

from collections.abc import Iterable

from rackhouse.catalog import Availability
from rackhouse.inventory import AvailabilityOfSku

__all__ = ["availability_in", "may_have_turned"]


def may_have_turned(told: Availability, quantity: int, free: Iterable[int]) -> bool:
    """Whether the availability of a product may be another than was told, after one of the SKUs
    that it takes ``quantity`` of came to have so many free pieces at some locations.

    One that can be had goes on so while there are enough at a place. The others come in with the
    first piece.
    """
    if told == "in_stock":
        return any(each < quantity for each in free)
    return told == "unstocked" or any(free)


def availability_in(figures: Iterable[AvailabilityOfSku]) -> Availability:
    """The availability of a product by the figures of its SKUs."""
    figures = list(figures)
    if any(each.available > 0 for each in figures):
        return "in_stock"
    return "sold_out" if any(each.locations for each in figures) else "unstocked"
