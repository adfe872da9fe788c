"""Search: products found by words, filters and facets, as they are described and can be had now."""

from rackhouse.catalog import FilterUnknown, FilterUnreadable
from rackhouse.search.asking import (
    Answered,
    FacetCount,
    FoundProduct,
    Search,
    Suggestions,
    ids_found,
    refuse_unreadable_search,
    search_products,
    suggestions,
)
from rackhouse.search.errors import (
    FacetUnknown,
    OrderUnknown,
    QueryTooLong,
    SearchNotReady,
    TooManyToOrder,
)
from rackhouse.search.highlights import Highlights
from rackhouse.search.http import Results, SearchQuery
from rackhouse.search.rebuilding import RebuildWanted, rebuild_index
from rackhouse.search.recording import asked_queries
from rackhouse.search.store import Asked

__all__ = [
    "Answered",
    "Asked",
    "FacetCount",
    "FacetUnknown",
    "FilterUnknown",
    "FilterUnreadable",
    "FoundProduct",
    "Highlights",
    "OrderUnknown",
    "QueryTooLong",
    "RebuildWanted",
    "Results",
    "Search",
    "SearchNotReady",
    "SearchQuery",
    "Suggestions",
    "TooManyToOrder",
    "asked_queries",
    "ids_found",
    "rebuild_index",
    "refuse_unreadable_search",
    "search_products",
    "suggestions",
]
