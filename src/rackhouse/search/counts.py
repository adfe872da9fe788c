"""Counts as they are answered: each value so that it can be sent as a filter."""

import datetime

import msgspec

from rackhouse.search.engine import FoundFacet
from rackhouse.search.rules.filters import Facet, Range, Value

__all__ = ["FacetCount", "counts_of"]


class FacetCount(msgspec.Struct, frozen=True):
    """How many products have a value, or one in a range, which is written as a filter takes it."""

    value: str | float | bool
    count: int


def counts_of(asked: Facet, found: FoundFacet) -> list[FacetCount]:
    """The counts of a facet, as they were asked for."""
    if asked.bounds:
        ranges = asked.ranges
        return [
            FacetCount(_written_range(ranges[int(number)], asked.in_days), count)
            for number, count in found.counts
        ]
    return [FacetCount(_written(value, asked.in_days), count) for value, count in found.counts]


def _written_range(between: Range, in_days: bool) -> str:
    least, most = (
        "" if edge is None else str(_written(edge, in_days))
        for edge in (between.least, between.most)
    )
    return f"{least}..<{most}" if most else f"{least}.."


def _written(value: Value, in_days: bool) -> str | float | bool:
    if isinstance(value, str | bool):
        return value
    if in_days:
        return datetime.date.fromordinal(int(value)).isoformat()
    return int(value) if value.is_integer() else value
