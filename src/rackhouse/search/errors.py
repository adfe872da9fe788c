"""The refusals of search."""

from dataclasses import dataclass

from rackhouse.platform.errors import Busy, Invalid

__all__ = [
    "FacetUnknown",
    "OrderUnknown",
    "QueryTooLong",
    "SearchNotReady",
    "TooManyToOrder",
]


@dataclass(eq=False)
class FacetUnknown(Invalid):
    """facets: {name} is not counted; {remedy}"""

    name: str
    remedy: str


@dataclass(eq=False)
class OrderUnknown(Invalid):
    """sort: there is no order {name}; {remedy}"""

    name: str
    remedy: str


@dataclass(eq=False)
class QueryTooLong(Invalid):
    """q: has {words} words and quoted phrases; leave at most {limit}"""

    words: int
    limit: int


@dataclass(eq=False)
class SearchNotReady(Busy):
    """The search index of this process is not ready ({reason}). Send the request again."""

    reason: str


@dataclass(eq=False)
class TooManyToOrder(Invalid):
    """sort: {order} puts at most {limit} products in order, and {count} are found; narrow them by
    words or filters"""

    order: str
    limit: int
    count: int
