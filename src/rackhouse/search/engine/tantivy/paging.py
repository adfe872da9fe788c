"""Pages of what was found, in an order that every process keeps to."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import tantivy
from tantivy import Query

from rackhouse.search.engine.questions import Hit, Place, Question
from rackhouse.search.engine.tantivy.columns import Columns
from rackhouse.search.engine.tantivy.queries import Clauses, all_of, any_of, none_of, range_of
from rackhouse.search.rules.documents import GROUPS, Card
from rackhouse.search.rules.weights import BEST_GROUPS, most_elsewhere

__all__ = ["DEPTH_MAX", "page_by_figure", "page_by_relevance"]

DEPTH_MAX = 10_000
"""How many products a list by relevance has at most."""

MORE_THAN_A_PAGE = 128
GROWTH = 4
ROUNDING = 0.001

_At = tuple[Place, tantivy.DocAddress]


def page_by_relevance(
    searcher: tantivy.Searcher, clauses: Clauses, question: Question
) -> tuple[list[Hit], bool]:
    """The products after a place by relevance, the largest sum of weights in front, equals by
    their tie; and whether more follow.

    Where enough products have all words where they count most, no others are looked at.
    """
    wanted = question.limit + 1
    page: list[_At] = []
    least = most_elsewhere(len(question.said.words))
    only = question.only
    if only is None and (question.after is None or (question.after[0] or 0) > least):
        page = _most_relevant(searcher, clauses.weighted(BEST_GROUPS), question, least)
    if len(page) < wanted:
        groups = GROUPS if only is None else (only,)
        page = _most_relevant(searcher, clauses.weighted(groups), question, 0)
    return _read(searcher, page[: question.limit]), len(page) > question.limit


def _most_relevant(
    searcher: tantivy.Searcher, query: Query, question: Question, least: float
) -> list[_At]:
    """Those after the place that are surely the next ones, with more than a sum of weights."""
    wanted = question.limit + 1
    depth = wanted + MORE_THAN_A_PAGE
    while True:
        depth = min(depth, DEPTH_MAX)
        hits = searcher.search(query, depth, count=False, weight_by_field="weight").hits
        everything = len(hits) < depth or depth == DEPTH_MAX
        # Of those that tantivy takes for equal to the last one, others may be missing.
        page = [
            each
            for score, each in _by_relevance(searcher, hits)
            if (everything or score > hits[-1][0])
            and (each[0][0] or 0) > least
            and _follows(each[0], question.after)
        ]
        if everything or len(page) >= wanted or hits[-1][0] < least:
            return page
        depth *= GROWTH


def page_by_figure(
    searcher: tantivy.Searcher, columns: Columns, query: Query, question: Question, order: str
) -> tuple[list[Hit], bool]:
    """The products after a place by a figure, those without one last, equals by their tie; and
    whether more follow."""
    descending = order == "newest" or order.startswith("-")
    column = columns.orders[order.removeprefix("-")]
    if question.after is not None:
        query = all_of([query, _after(columns, column, question.after, descending)])
    wanted = question.limit + 1
    way = tantivy.Order.Desc if descending else tantivy.Order.Asc
    hits = searcher.search(query, wanted, count=False, order_by_field=column, order=way).hits
    page = _with_ties(searcher, hits)
    if len(hits) == wanted:
        last = hits[-1][0]
        equal = all_of([query, _at(columns, column, last)])
        by_tie = searcher.search(
            equal, wanted, count=False, order_by_field="tie", order=tantivy.Order.Asc
        ).hits
        page = [each for each in page if each[0][0] != last]
        page += sorted(_with_ties(searcher, [(last, at) for _, at in by_tie]), key=_tie)
    page = _sorted(page, descending)
    return _read(searcher, page[: question.limit]), len(page) > question.limit


def _by_relevance(
    searcher: tantivy.Searcher, hits: list[tuple[float, tantivy.DocAddress]]
) -> list[tuple[float, _At]]:
    found = [
        (score, ((float(math.floor(score + ROUNDING)), tie), at))
        for (score, at), tie in zip(hits, _ties(searcher, hits), strict=True)
    ]
    return sorted(found, key=_by_sum)


def _follows(place: Place, after: Place | None) -> bool:
    if after is None:
        return True
    score, tie = place
    return (-(score or 0), tie) > (-(after[0] or 0), after[1])


def _after(columns: Columns, column: str, after: Place, descending: bool) -> Query:
    figure, tie = after
    later = Query.range_query(
        columns.schema, "tie", tantivy.FieldType.Unsigned, tie, None, include_lower=False
    )
    equal = all_of([_at(columns, column, figure), later])
    if figure is None:
        return equal
    beyond = (None, figure) if descending else (figure, None)
    return any_of(
        [range_of(columns, column, *beyond, ends=False), equal, _at(columns, column, None)]
    )


def _at(columns: Columns, column: str, figure: float | None) -> Query:
    if figure is None:
        return none_of(Query.exists_query(column))
    return range_of(columns, column, figure, figure)


def _with_ties(
    searcher: tantivy.Searcher, hits: list[tuple[float | None, tantivy.DocAddress]]
) -> list[_At]:
    ties = _ties(searcher, hits)
    return [((key, tie), at) for (key, at), tie in zip(hits, ties, strict=True)]


def _ties(searcher: tantivy.Searcher, hits: Sequence[tuple[Any, tantivy.DocAddress]]) -> list[int]:
    ties: list[Any] = searcher.fast_field_values("tie", [at for _, at in hits])
    return ties


def _by_sum(each: tuple[float, _At]) -> tuple[float, int]:
    figure, tie = each[1][0]
    return (-(figure or 0.0), tie)


def _tie(each: _At) -> int:
    return each[0][1]


def _sorted(page: list[_At], descending: bool) -> list[_At]:
    def key(each: _At) -> tuple[bool, float, int]:
        figure, tie = each[0]
        return (figure is None, (-figure if descending else figure) if figure else 0.0, tie)

    return sorted(page, key=key)


def _read(searcher: tantivy.Searcher, page: list[_At]) -> list[Hit]:
    hits = []
    for place, at in page:
        row = searcher.doc(at)
        card = msgspec.json.decode(bytes(row["card"][0]), type=Card)
        hits.append(Hit(card, place, _SHOWN.decode(bytes(row["shown"][0]))))
    return hits


_SHOWN = msgspec.json.Decoder(Mapping[str, tuple[str, ...]])
