"""Search over HTTP."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rackhouse.catalog import FilterUnknown, FilterUnreadable
from rackhouse.channels import ChannelDisabled, ChannelNotFound
from rackhouse.inventory import LocationNotFound, OtherChannel
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery, cursor_of
from rackhouse.platform.http.endpoint import CursorUnknown
from rackhouse.search.asking import (
    FacetCount,
    FoundProduct,
    Search,
    Suggestions,
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
from rackhouse.search.rebuilding import RebuildWanted, rebuild_index
from rackhouse.search.recording import asked_queries
from rackhouse.search.store import Asked

__all__ = ["ENDPOINTS"]

QUERY_LENGTH_MAX = 200
FILTER_LENGTH_MAX = 2000
ID_LENGTH_MAX = 64
FACET_VALUES_MAX = 500
SUGGESTIONS_MAX = 20
DAYS_MAX = 3650
TIE_MAX = 2**63 - 1

_Typed = Annotated[str, Meta(max_length=QUERY_LENGTH_MAX)]
_Id = Annotated[str, Meta(min_length=1, max_length=ID_LENGTH_MAX)]
_Place: Any = tuple[str, float | None, Annotated[int, Meta(ge=0, le=TIE_MAX)]]


class SearchQuery(PageQuery, frozen=True, kw_only=True):
    """What to look for, and what to count."""

    q: Annotated[
        _Typed,
        Meta(
            description='Words, each of which has to be found; `"in quotes"` as they stand, and '
            "with a star behind (`glen*`) as the beginning of one."
        ),
    ] = ""
    filter: Annotated[
        Annotated[str, Meta(max_length=FILTER_LENGTH_MAX)],
        Meta(
            description="Conditions with semicolons between them, each of which has to hold, of "
            'fields that are filterable: `type:spirit;abv:40..46;brand:Ardbeg,"Smith, John"`. '
            "A range is `a..b`, `a..`, `..b`, or `a..<b` without its end."
        ),
    ] = ""
    lenient: Annotated[
        bool,
        Meta(
            description="Where no product has all words, leave some out, and tell which in "
            "`left_out`; otherwise nothing is found then."
        ),
    ] = True
    facets: Annotated[
        Annotated[str, Meta(max_length=FILTER_LENGTH_MAX)],
        Meta(
            description="Fields whose values are counted, each under all filters but its own: "
            "`type,brand`. With bounds, the ranges between them are: `abv[40,46]`."
        ),
    ] = ""
    facet_values: Annotated[
        int, Meta(ge=1, le=FACET_VALUES_MAX, description="Most values to count of a facet.")
    ] = 50
    sort: Annotated[
        str,
        Meta(
            max_length=FILTER_LENGTH_MAX,
            description="The order: `relevance` (without words, the newest in front), `price`, "
            "`-price`, `newest`, `scarcity` (of what is `available`, fewest pieces in front), or a "
            "sortable attribute, with a minus the largest in front, such as `-age_years`. What "
            "has none comes last.",
        ),
    ] = "relevance"
    available: Annotated[
        bool, Meta(description="Only what can be had now. Needs `inventory:read` too.")
    ] = False
    channel: Annotated[
        _Id | None, Meta(description="Can be had where this channel sells from.")
    ] = None
    location: Annotated[_Id | None, Meta(description="Can be had at this location.")] = None


class SuggestionsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is being typed."""

    q: Annotated[_Typed, Meta(description="What was typed so far.")] = ""
    limit: Annotated[int, Meta(ge=1, le=SUGGESTIONS_MAX, description="Most products.")] = 8


class QualityQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the queries that were asked to tell of."""

    days: Annotated[int, Meta(ge=1, le=DAYS_MAX, description="Of the last days.")] = 30
    without_result: Annotated[bool, Meta(description="Only those for which nothing was found.")] = (
        True
    )
    limit: Annotated[int, Meta(ge=1, le=200, description="Most queries to tell of.")] = 50


class Results(msgspec.Struct, frozen=True):
    """What was found: a page of it, how many in all, what was counted, what was probably meant
    where a word is in no product, and which words were left out where no product has all."""

    items: list[FoundProduct]
    total: int
    facets: dict[str, list[FacetCount]]
    did_you_mean: str | None
    left_out: tuple[str, ...]
    next_cursor: Annotated[
        str | None, Meta(description="Ask with it for the next page; null on the last one.")
    ]


async def search(call: Call) -> Answer:
    """Answers what this process knows, which is what was changed up to some tenths of a second
    ago; stock counts as its newest event says."""
    query: SearchQuery = call.query
    after = query.after(_Place)
    if after is not None and after[0] != query.sort:
        raise CursorUnknown(cursor=query.cursor or "")
    answered = await search_products(
        context=call.context,
        search=Search(
            q=query.q,
            filter=query.filter,
            facets=query.facets,
            facet_values=query.facet_values,
            sort=query.sort,
            available=query.available,
            channel=query.channel,
            location=query.location,
            after=None if after is None else (after[1], after[2]),
            limit=query.limit,
            lenient=query.lenient,
        ),
    )
    last = cursor_of((query.sort, *answered.places[-1])) if answered.more else None
    return Answer(
        200,
        Results(
            answered.items,
            answered.total,
            answered.facets,
            answered.did_you_mean,
            answered.left_out,
            last,
        ),
    )


async def get_suggestions(call: Call) -> Answer:
    found = await suggestions(context=call.context, q=call.query.q, limit=call.query.limit)
    return Answer(200, found)


async def get_search_quality(call: Call) -> Answer:
    query: QualityQuery = call.query
    found = await asked_queries(
        context=call.context,
        days=query.days,
        without_result=query.without_result,
        limit=query.limit,
    )
    return Answer(200, Page(list(found), None))


async def post_rebuild(call: Call) -> RebuildWanted:
    return await rebuild_index(context=call.context)


def _wanted(rebuild: RebuildWanted) -> Answer:
    return Answer(202, rebuild)


ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/api/v1/search",
        handler=search,
        permission="catalog:read",
        summary="Products by words, filters and facets",
        query=SearchQuery,
        answers={200: Results},
        refusals=(
            FilterUnknown,
            FilterUnreadable,
            FacetUnknown,
            OrderUnknown,
            QueryTooLong,
            CursorUnknown,
            SearchNotReady,
            TooManyToOrder,
            LocationNotFound,
            ChannelNotFound,
            ChannelDisabled,
            OtherChannel,
        ),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/search/suggestions",
        handler=get_suggestions,
        permission="catalog:read",
        summary="How what is being typed may go on",
        query=SuggestionsQuery,
        answers={200: Suggestions},
        refusals=(QueryTooLong, SearchNotReady),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/search/quality",
        handler=get_search_quality,
        permission="search:read",
        summary="What is asked for most, and what is not found",
        query=QualityQuery,
        answers={200: Page[Asked]},
    ),
    Endpoint(
        method="POST",
        path="/api/v1/search/rebuild",
        handler=post_rebuild,
        present=_wanted,
        permission="search:write",
        summary="Build every index anew",
        answers={202: RebuildWanted},
    ),
]
