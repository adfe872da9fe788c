"""What an engine is asked, and what it answers."""

from collections.abc import Mapping

import msgspec

from rackhouse.search.rules.documents import Card
from rackhouse.search.rules.filters import Facet, Value, Wanted
from rackhouse.search.rules.words import NOTHING_SAID, Said

__all__ = ["Found", "FoundFacet", "Hit", "InStock", "Place", "Question", "most_in_front"]

Place = tuple[float | None, int]
"""Where a product stands in an order: what it is ordered by (None comes last), and its tie. By
relevance the former is the sum of weights."""


class InStock(msgspec.Struct, frozen=True):
    """Only what can be had now at one of some locations (None is anywhere), as the index has it,
    but for what has changed since: ``come`` and ``gone`` are ids of products."""

    locations: tuple[str, ...] | None
    come: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What to find. ``order`` is relevance, price, -price, newest or an attribute with or without
    a minus; ``after`` is the place of the last product of the page before. A facet counts
    ``values_limit`` values at most. All words have to be in the group ``only``, if given. Where
    it is not to be ``counted`` how many there are, the total is that of the page. ``ids`` leave
    only these products. Only what is shown to all at the moment ``shown_at`` (seconds since 1970)
    is found; None finds all."""

    said: Said = NOTHING_SAID
    only: str | None = None
    wanted: tuple[Wanted, ...] = ()
    in_stock: InStock | None = None
    ids: frozenset[str] | None = None
    facets: tuple[Facet, ...] = ()
    order: str = "relevance"
    after: Place | None = None
    limit: int = 50
    counted: bool = True
    values_limit: int = 50
    shown_at: float | None = None


class Hit(msgspec.Struct, frozen=True):
    """A product that was found, and its texts for those who show where the words are."""

    card: Card
    place: Place
    texts: Mapping[str, tuple[str, ...]]


class FoundFacet(msgspec.Struct, frozen=True):
    """How many products have each value, the most in front, equals by their value; or, where
    there are bounds, how many lie in each range, by its number. They are counted under all filters
    but the facet's own. Of values with equal counts an engine may leave out any beyond the limit.
    """

    field: str
    counts: tuple[tuple[Value, int], ...]


class Found(msgspec.Struct, frozen=True):
    """What was found: a page, whether more follow, how many in all, what was counted, and which
    words (by their number) were taken in their last resort."""

    hits: tuple[Hit, ...]
    more: bool
    total: int
    facets: tuple[FoundFacet, ...]
    last_resort: frozenset[int] = frozenset()


def most_in_front(counted: tuple[Value, int]) -> tuple[int, str, Value]:
    """The order of a facet's counts."""
    value, count = counted
    return (-count, type(value).__name__, value)
