"""Searching: what was asked for, read and checked; what was found, as it is answered."""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from rackhouse.catalog import FilterUnreadable, nearest_name, product_types, sees_drafts
from rackhouse.channels import locations_sold_by
from rackhouse.inventory import LocationNotFound, OtherChannel
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House
from rackhouse.search.building import Built
from rackhouse.search.counts import FacetCount, counts_of
from rackhouse.search.engine import Found, InStock, Place, Question
from rackhouse.search.errors import OrderUnknown
from rackhouse.search.finding import with_fewer_words
from rackhouse.search.highlights import Highlights, highlights_of, meant_by
from rackhouse.search.index import SearchIndex
from rackhouse.search.recording import AskedQueries
from rackhouse.search.rules.documents import Card
from rackhouse.search.rules.fields import SCARCITY, Fields, fields_of
from rackhouse.search.rules.filters import Facet, facets_of, filters_of
from rackhouse.search.rules.words import Said, said_in
from rackhouse.search.scarcity import scarcest_first

__all__ = [
    "Answered",
    "FacetCount",
    "FoundProduct",
    "Search",
    "Suggestions",
    "ids_found",
    "refuse_unreadable_search",
    "search_products",
    "suggestions",
]

THREADS = 2
SUGGESTED_VALUES = 5
SUGGESTED_FROM = 50


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for. ``filter`` and ``facets`` are as they are written in a query; ``available``
    is what can be had now, through a ``channel`` and at a ``location`` if these are given; of ids
    ``among`` which to look, no others are found. Who is ``lenient`` wants words left out where no
    product has all of them. What is not ``counted`` is not told of among what was asked for."""

    q: str = ""
    filter: str = ""
    facets: str = ""
    facet_values: int = 50
    sort: str = "relevance"
    available: bool = False
    channel: str | None = None
    location: str | None = None
    after: Place | None = None
    limit: int = 50
    lenient: bool = False
    among: frozenset[str] | None = None
    counted: bool = True


class FoundProduct(Card, frozen=True, kw_only=True):
    """A product that was found, and where the words are in it."""

    highlights: Highlights


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what was found: how many in all, what was counted, what was probably meant where a
    word is in no product, and the words that were left out where no product has all. ``places``
    are those of the items; more follow if ``more``."""

    items: list[FoundProduct]
    total: int
    facets: dict[str, list[FacetCount]]
    did_you_mean: str | None
    left_out: tuple[str, ...]
    places: list[Place]
    more: bool


class Suggestions(msgspec.Struct, frozen=True):
    """How what is being typed may go on: products, and the brands and categories of such."""

    products: list[FoundProduct]
    brands: list[FacetCount]
    categories: list[FacetCount]


class SearchThreads:
    """The threads in which this process looks for products: an index is asked without the lock
    that Python's threads share, so that the process goes on serving others."""

    def __init__(self, house: House) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="search")

    async def run(self, work: Any, *given: Any) -> Any:
        """Have some work done there."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *given)

    async def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)


@operation("catalog:read")
async def search_products(*, context: Context, search: Search) -> Answered:
    """The products that are as asked for, in the order asked for, and how many have each value.

    What can be had now is for who has the permission ``inventory:read`` too. Refuses with
    `FilterUnknown`, `FilterUnreadable`, `FacetUnknown`, `OrderUnknown`, `QueryTooLong`,
    `SearchNotReady`, `TooManyToOrder`, `LocationNotFound`, `OtherChannel`, and what `channels`
    refuses of channels.
    """
    index = context.house.the(SearchIndex)
    built = await index.serving(seconds=context.seconds_left())
    question = await _question(context, index, built, search)
    answered: Answered = await context.house.the(SearchThreads).run(
        _answer, index, built, question, search.lenient
    )
    if search.counted and search.after is None and search.among is None:
        total = 0 if answered.left_out else answered.total
        context.house.the(AskedQueries).note(question.said, search.q, total)
    return answered


@operation("catalog:read")
async def ids_found(*, context: Context, search: Search) -> list[str]:
    """The ids of what ``search_products`` finds, in its order; for what the house looks up itself,
    which is not counted among what is asked. Refuses as that does."""
    index = context.house.the(SearchIndex)
    built = await index.serving(seconds=context.seconds_left())
    asked = await _question(context, index, built, search)
    question = msgspec.structs.replace(asked, facets=(), counted=False)
    found: Found = await context.house.the(SearchThreads).run(_found, index, built, question)
    return [hit.card.id for hit in found.hits]


@operation("catalog:read")
async def refuse_unreadable_search(*, context: Context, search: Search) -> None:
    """Refuse a search that can not be read as the product types are now, with `FilterUnknown`,
    `FilterUnreadable`, `FacetUnknown`, `OrderUnknown` or `QueryTooLong`; without an index."""
    index = context.house.the(SearchIndex)
    fields = fields_of(await product_types(context=context))
    said_in(search.q, index.analysis, index.synonyms, unfinished=False)
    filters_of(search.filter, fields)
    facets_of(search.facets, fields)
    _refuse_unknown_order(search.sort, fields)


@operation("catalog:read")
async def suggestions(*, context: Context, q: str, limit: int) -> Suggestions:
    """How what is being typed may go on; nothing where nothing was typed.

    Refuses with `QueryTooLong` and `SearchNotReady`.
    """
    index = context.house.the(SearchIndex)
    built = await index.serving(seconds=context.seconds_left())
    said = said_in(q, index.analysis, index.synonyms, unfinished=True)
    if not said.words:
        return Suggestions([], [], [])
    found: Suggestions = await context.house.the(SearchThreads).run(
        _suggest, index, built, said, limit, _shown_at(context)
    )
    return found


def _shown_at(context: Context) -> float | None:
    """The moment at which products have to be shown to all: this one, by the clock of this machine;
    for who sees drafts, None."""
    return None if sees_drafts(context.caller) else time.time()


def _suggest(
    index: SearchIndex, built: Built, said: Said, limit: int, shown_at: float | None
) -> Suggestions:
    question = Question(said=said, limit=limit, counted=False, shown_at=shown_at)
    products = built.engine.find(question)
    in_groups = {"brand": "brand", "category": "labels"}
    values = {}
    for field, group in in_groups.items():
        question = Question(
            said=said,
            only=group,
            facets=(Facet(field),),
            limit=0,
            values_limit=SUGGESTED_FROM,
            shown_at=shown_at,
        )
        found = built.engine.find(question)
        counted = counts_of(question.facets[0], found.facets[0])
        values[field] = _going_on(counted, said, index)
    return Suggestions(_items(products, said, index), values["brand"], values["category"])


def _refuse_unknown_order(sort: str, fields: Fields) -> None:
    if sort not in fields.orders:
        raise OrderUnknown(name=sort, remedy=nearest_name(sort, fields.orders))


async def _question(context: Context, index: SearchIndex, built: Built, search: Search) -> Question:
    _refuse_unknown_order(search.sort, built.fields)
    return Question(
        said=said_in(search.q, index.analysis, index.synonyms, unfinished=False),
        wanted=filters_of(search.filter, built.fields),
        in_stock=await _in_stock(context, index, built, search),
        facets=facets_of(search.facets, built.fields),
        order=search.sort,
        after=search.after,
        limit=search.limit,
        values_limit=search.facet_values,
        ids=search.among,
        shown_at=_shown_at(context),
    )


async def _in_stock(
    context: Context, index: SearchIndex, built: Built, search: Search
) -> InStock | None:
    for name in ("channel", "location"):
        if getattr(search, name) is not None and not search.available:
            problem = "says where products can be had; send available=true with it"
            raise FilterUnreadable(field=name, problem=problem)
    if search.sort == SCARCITY and not search.available:
        problem = "puts in order what can be had; send available=true with it"
        raise FilterUnreadable(field="sort", problem=problem)
    if not search.available:
        return None
    context.caller.require("inventory:read")
    shelf = await index.stocked(seconds=context.seconds_left())
    places: tuple[str, ...] | None = None
    if search.channel is not None:
        own = context.caller.channel
        if own not in (None, search.channel):
            raise OtherChannel(channel=search.channel, own=own)
        places = await locations_sold_by(house=context.house, channel=search.channel)
    if search.location is not None:
        if search.location not in shelf.locations:
            raise LocationNotFound(location=search.location)
        sells_there = places is None or search.location in places
        places = (search.location,) if sells_there else ()
    return shelf.in_stock(built.overlay, places)


def _answer(index: SearchIndex, built: Built, question: Question, lenient: bool) -> Answered:
    left_out: tuple[str, ...] = ()
    found = _found(index, built, question)
    if lenient and not found.total:
        question, left_out = with_fewer_words(built.engine, question)
        if left_out:
            found = _found(index, built, question)
    facets = {
        asked.field: counts_of(asked, each)
        for asked, each in zip(question.facets, found.facets, strict=True)
    }
    return Answered(
        items=_items(found, question.said, index),
        total=found.total,
        facets=facets,
        did_you_mean=meant_by(question.said, found, index.analysis),
        left_out=left_out,
        places=[hit.place for hit in found.hits],
        more=found.more,
    )


def _found(index: SearchIndex, built: Built, question: Question) -> Found:
    if question.order == SCARCITY:
        return scarcest_first(built.engine, index.shelf, question)
    return built.engine.find(question)


def _items(found: Found, said: Said, index: SearchIndex) -> list[FoundProduct]:
    return [
        FoundProduct(
            **msgspec.structs.asdict(hit.card),
            highlights=highlights_of(hit, said, found.last_resort, index.analysis),
        )
        for hit in found.hits
    ]


def _going_on(counted: Sequence[FacetCount], said: Said, index: SearchIndex) -> list[FacetCount]:
    """The values that have all words in themselves."""

    def has_all(value: str) -> bool:
        forms = index.analysis.words(value.replace("/", " "))
        return all(
            any(form == word.text or (word.begins and form.startswith(word.text)) for form in forms)
            for word in said.words
        )

    return [each for each in counted if has_all(str(each.value))][:SUGGESTED_VALUES]
