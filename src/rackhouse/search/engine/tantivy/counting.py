"""Facets: how many products have each value, under all filters but the facet's own."""

from collections.abc import Iterable, Mapping, Set
from typing import Any

import tantivy

from rackhouse.search.engine.questions import FoundFacet, Question, most_in_front
from rackhouse.search.engine.tantivy.columns import Columns
from rackhouse.search.engine.tantivy.queries import Clauses, all_of, count_of
from rackhouse.search.engine.tantivy.writing import flag_text
from rackhouse.search.rules.filters import Facet, Range, Value

__all__ = ["count"]

BUCKETS_MAX = 60_000
TOTAL = "total"
EQUALS_READ = 10

_FLAGS = {flag_text(True): True, flag_text(False): False}


def count(
    searcher: tantivy.Searcher,
    columns: Columns,
    clauses: Clauses,
    question: Question,
    with_many: Set[str],
) -> tuple[int, tuple[FoundFacet, ...]]:
    """Count what is found and the facets that are asked for. All that have no filter of their own
    are counted at once."""
    counting = _Counting(searcher, columns, question.values_limit, with_many)
    narrowed = {each.field for each in question.wanted}
    together = [each for each in question.facets if each.field not in narrowed]
    total, counted = counting.count(clauses.found(), together)
    for facet in question.facets:
        if facet.field in narrowed:
            _, own = counting.count(clauses.found(without=facet.field), [facet])
            counted |= own
    return total, tuple(FoundFacet(each.field, counted[each.field]) for each in question.facets)


_Counts = tuple[tuple[Value, int], ...]


class _Counting:
    def __init__(
        self, searcher: tantivy.Searcher, columns: Columns, limit: int, with_many: Set[str]
    ) -> None:
        self._searcher = searcher
        self._columns = columns
        self._limit = limit
        self._with_many = with_many

    def count(
        self, query: tantivy.Query, facets: Iterable[Facet]
    ) -> tuple[int, dict[str, _Counts]]:
        """How many products there are, and of each facet."""
        asked: dict[str, dict[str, Any]] = {TOTAL: {"value_count": {"field": "tie"}}}
        counted: dict[str, _Counts] = {}
        at_once = []
        for facet in facets:
            if facet.bounds and facet.field in self._with_many:
                counted[facet.field] = _one_by_one(self._searcher, self._columns, query, facet)
            else:
                at_once.append(facet)
                asked |= _asked(self._columns, facet, self._limit)
        answer = self._searcher.aggregate(query, asked)
        for facet in at_once:
            counted[facet.field] = _counts_in(answer, self._columns, facet, self._limit)
        return int(answer[TOTAL]["value"]), counted


def _asked(columns: Columns, facet: Facet, limit: int) -> dict[str, dict[str, Any]]:
    if facet.bounds:
        column = columns.numbers[facet.field]
        ranges = [_edges(each) for each in facet.ranges]
        return {column: {"range": {"field": column, "ranges": ranges}}}
    held_in = (columns.texts.get(facet.field), columns.numbers.get(facet.field))
    size = min(limit * EQUALS_READ, BUCKETS_MAX)
    return {
        column: {"terms": {"field": column, "size": size, "segment_size": BUCKETS_MAX}}
        for column in held_in
        if column is not None
    }


def _edges(wanted: Range) -> dict[str, float]:
    edges = {"from": wanted.least, "to": wanted.most}
    return {name: edge for name, edge in edges.items() if edge is not None}


def _counts_in(answer: Mapping[str, Any], columns: Columns, facet: Facet, limit: int) -> _Counts:
    if facet.bounds:
        buckets = answer[columns.numbers[facet.field]]["buckets"]
        by_start = {each.get("from"): each["doc_count"] for each in buckets}
        return tuple(
            (place, int(by_start.get(each.least, 0))) for place, each in enumerate(facet.ranges)
        )
    counts: list[tuple[Value, int]] = []
    if facet.field in columns.texts:
        for bucket in answer[columns.texts[facet.field]]["buckets"]:
            key = bucket["key"]
            counts.append((_FLAGS.get(key, key), int(bucket["doc_count"])))
    if facet.field in columns.numbers:
        for bucket in answer[columns.numbers[facet.field]]["buckets"]:
            counts.append((float(bucket["key"]), int(bucket["doc_count"])))
    return tuple(sorted(counts, key=most_in_front)[:limit])


def _one_by_one(
    searcher: tantivy.Searcher, columns: Columns, query: tantivy.Query, facet: Facet
) -> _Counts:
    """Products that have several numbers are counted once in a range, not once for each."""
    column = columns.numbers[facet.field]
    counts = []
    for place, wanted in enumerate(facet.ranges):
        within = tantivy.Query.range_query(
            columns.schema,
            column,
            tantivy.FieldType.Float,
            wanted.least,
            wanted.most,
            include_upper=wanted.most is None,
        )
        counts.append((place, count_of(searcher, all_of([query, within]))))
    return tuple(counts)
