"""The refusals of search."""

from dataclasses import dataclass

from rackhouse.platform.errors import Busy, Invalid

__all__ = [
    "FacetUnknown",
    "FilterUnknown",
    "FilterUnreadable",
    "OrderUnknown",
    "QueryTooLong",
    "SearchNotReady",
]


@dataclass(eq=False)
class FilterUnreadable(Invalid):
    """{field}: {problem}"""

    field: str
    problem: str


@dataclass(eq=False)
class FilterUnknown(Invalid):
    """filter: products can not be narrowed by {name}; {remedy}"""

    name: str
    remedy: str


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
