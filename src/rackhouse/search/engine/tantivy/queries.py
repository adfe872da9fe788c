"""Questions as queries of tantivy."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from tantivy import FieldType, Occur, Query, Searcher

from rackhouse.search.engine.questions import InStock, Question
from rackhouse.search.engine.tantivy.columns import (
    ANY_PLAIN,
    ANY_SHORT,
    ANY_STEMMED,
    ANYWHERE,
    HIDDEN,
    SHOWN_FROM,
    SHOWN_UNTIL,
    Columns,
    plain,
    stemmed,
)
from rackhouse.search.engine.tantivy.writing import flag_text
from rackhouse.search.rules.documents import GROUPS
from rackhouse.search.rules.filters import Range, Value, Wanted
from rackhouse.search.rules.weights import (
    AGAIN,
    EXACT,
    FUZZY,
    PREFIX,
    RUN,
    STEM,
    SYNONYM,
)
from rackhouse.search.rules.words import Word

__all__ = [
    "Clauses",
    "all_of",
    "any_of",
    "any_word",
    "but_for",
    "count_of",
    "hidden_at",
    "none_of",
    "range_of",
]


_Weighted = Iterable[tuple[Query, int]]


class Clauses:
    """The parts of a question, each of which has to hold; one by one, since a facet is counted
    without its own filter."""

    def __init__(self, columns: Columns, question: Question, last_resort: frozenset[int]) -> None:
        self._columns = columns
        self._question = question
        self._last_resort = last_resort
        self._words = [
            any_word(columns, word, number in last_resort, question.only)
            for number, word in enumerate(question.said.words)
        ]
        self._filters = {each.field: _wanted(columns, each) for each in question.wanted}
        if question.in_stock is not None:
            self._filters[""] = _in_stock(columns, question.in_stock)
        if question.ids is not None:
            self._filters[" id"] = _ids(columns, question.ids)
        self._hidden = hidden_at(columns, question.shown_at)

    def found(self, *, without: str | None = None) -> Query:
        """What holds, or what would without the filter of one field."""
        filters = [each for name, each in self._filters.items() if name != without]
        return but_for(all_of([*self._words, *filters]), self._hidden)

    def weighted(self, groups: Container[str]) -> Query:
        """What has all words in some groups, each product with the sum of its weights."""
        said = self._question.said
        words = [
            Query.disjunction_max_query(
                [
                    Query.const_score_query(query, float(weight))
                    for query, weight in _ways(
                        self._columns, word, number in self._last_resort, groups
                    )
                ]
            )
            for number, word in enumerate(said.words)
        ]
        filters = [Query.const_score_query(each, 0.0) for each in self._filters.values()]
        parts = [(Occur.Must, each) for each in (*words, *filters)]
        parts += [
            (Occur.Should, Query.const_score_query(found, float(weight)))
            for found, weight in self._said_again()
        ]
        if said.run and "name" in groups:
            run = Query.phrase_query(self._columns.schema, plain("name"), list(said.run))
            parts.append((Occur.Should, Query.const_score_query(run, float(RUN))))
        if self._hidden is not None:
            parts.append((Occur.MustNot, self._hidden))
        return Query.boolean_query(parts)

    def _said_again(self) -> _Weighted:
        only = self._question.only
        for word in self._question.said.words:
            for group, weight in AGAIN.items():
                if not word.is_phrase and only in (None, group):
                    term = Query.term_query(
                        self._columns.schema, stemmed(group), word.stem, "basic"
                    )
                    yield term, weight


def all_of(queries: Sequence[Query]) -> Query:
    """What matches all of some queries; everything does where there are none."""
    if not queries:
        return Query.all_query()
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Must, each) for each in queries])


def any_of(queries: Sequence[Query]) -> Query:
    """What matches one of some queries at least."""
    if not queries:
        return Query.empty_query()
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, each) for each in queries])


def but_for(query: Query, hidden: Query | None) -> Query:
    """What matches a query, without what is hidden."""
    if hidden is None:
        return query
    return Query.boolean_query([(Occur.Must, query), (Occur.MustNot, hidden)])


def hidden_at(columns: Columns, moment: float | None) -> Query | None:
    """What is not shown to all at a moment; None where all is to be found. It is few products, and
    so quicker to leave out than the others are to look for."""
    if moment is None:
        return None
    return any_of(
        [
            Query.term_query(columns.schema, HIDDEN, flag_text(True), "basic"),
            Query.range_query(
                columns.schema, SHOWN_FROM, FieldType.Float, moment, None, include_lower=False
            ),
            Query.range_query(columns.schema, SHOWN_UNTIL, FieldType.Float, None, moment),
        ]
    )


def none_of(query: Query) -> Query:
    """What does not match a query."""
    return Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, query)])


def count_of(searcher: Searcher, query: Query) -> int:
    """How many products match a query."""
    found: Any = searcher.search(query, 1)
    return int(found.count)


def range_of(
    columns: Columns, column: str, least: float | None, most: float | None, *, ends: bool = True
) -> Query:
    """Numbers between two bounds, which belong to it or not."""
    return Query.range_query(
        columns.schema,
        column,
        FieldType.Float,
        least,
        most,
        include_lower=ends or least is None,
        include_upper=ends or most is None,
    )


def any_word(columns: Columns, word: Word, last_resort: bool, only: str | None) -> Query:
    """A word in any of the ways in which it may be meant, without weights; anywhere, or only in one
    group."""
    if only is not None:
        return any_of([each for each, _ in _ways(columns, word, last_resort, (only,))])
    if word.is_phrase:
        return any_of([each for each, _ in _in_groups(columns, word.forms, EXACT, GROUPS)])
    schema = columns.schema
    ways = [
        Query.term_query(schema, ANY_STEMMED, word.stem, "basic"),
        Query.term_query(schema, plain("code"), word.text),
    ]
    for synonym in word.synonyms:
        if len(synonym) == 1:
            ways.append(Query.term_query(schema, ANY_PLAIN, synonym[0], "basic"))
        else:
            ways += [each for each, _ in _in_groups(columns, synonym, SYNONYM, GROUPS)]
    if word.begins or last_resort:
        ways.append(_begun(columns, word, ANY_SHORT))
    if last_resort and word.edits:
        ways.append(_misspelt(columns, word, ANY_SHORT))
    return any_of(ways)


def _ways(
    columns: Columns, word: Word, last_resort: bool, groups: Container[str]
) -> list[tuple[Query, int]]:
    """A word in the ways in which it may be meant in some groups, each with its weight."""
    ways = [*_in_groups(columns, word.forms, EXACT, groups)]
    if word.is_phrase:
        return ways
    for group, weight in _within(STEM, groups):
        found = Query.term_query(columns.schema, stemmed(group), word.stem, "basic")
        ways.append((found, weight))
    for synonym in word.synonyms:
        ways += _in_groups(columns, synonym, SYNONYM, groups)
    if word.begins or last_resort:
        ways += [(_begun(columns, word, plain(group)), w) for group, w in _within(PREFIX, groups)]
    if last_resort and word.edits:
        ways += [(_misspelt(columns, word, plain(group)), w) for group, w in _within(FUZZY, groups)]
    return ways


def _within(weights: Mapping[str, int], groups: Container[str]) -> Iterable[tuple[str, int]]:
    return ((group, weight) for group, weight in weights.items() if group in groups)


def _in_groups(
    columns: Columns, forms: tuple[str, ...], weights: Mapping[str, int], groups: Container[str]
) -> _Weighted:
    for group, weight in _within(weights, groups):
        if len(forms) == 1:
            yield Query.term_query(columns.schema, plain(group), forms[0]), weight
        else:
            yield Query.phrase_query(columns.schema, plain(group), list(forms)), weight


def _begun(columns: Columns, word: Word, column: str) -> Query:
    return Query.regex_query(columns.schema, column, re.escape(word.text) + ".+")


def _misspelt(columns: Columns, word: Word, column: str) -> Query:
    return Query.fuzzy_term_query(columns.schema, column, word.text, word.edits)


def _wanted(columns: Columns, wanted: Wanted) -> Query:
    ways = [_value(columns, wanted.field, each) for each in wanted.values]
    ways += [_range(columns, wanted.field, each) for each in wanted.ranges]
    return any_of(ways)


def _value(columns: Columns, field: str, value: Value) -> Query:
    if isinstance(value, str | bool):
        text = flag_text(value) if isinstance(value, bool) else value
        return Query.term_query(columns.schema, columns.texts[field], text, "basic")
    return range_of(columns, columns.numbers[field], value, value)


def _range(columns: Columns, field: str, wanted: Range) -> Query:
    column = columns.numbers[field]
    whole = range_of(columns, column, wanted.least, wanted.most)
    if not wanted.below or wanted.most is None:
        return whole
    return Query.range_query(
        columns.schema, column, FieldType.Float, wanted.least, wanted.most, include_upper=False
    )


def _in_stock(columns: Columns, asked: InStock) -> Query:
    places = (ANYWHERE,) if asked.locations is None else asked.locations
    there = any_of([Query.term_query(columns.schema, "place", each, "basic") for each in places])
    if asked.gone:
        gone = _ids(columns, asked.gone)
        there = Query.boolean_query([(Occur.Must, there), (Occur.MustNot, gone)])
    return any_of([there, _ids(columns, asked.come)]) if asked.come else there


def _ids(columns: Columns, ids: Iterable[str]) -> Query:
    wanted = sorted(ids)
    if not wanted:
        return Query.empty_query()
    return Query.term_set_query(columns.schema, "id", wanted)
