"""Questions as queries of tantivy."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tantivy import FieldType, Occur, Query, Searcher

from rackhouse.search.engine.questions import InStock, Question
from rackhouse.search.engine.tantivy.columns import ANYWHERE, Columns, plain, stemmed
from rackhouse.search.engine.tantivy.writing import flag_text
from rackhouse.search.rules.filters import Range, Value, Wanted
from rackhouse.search.rules.weights import EXACT, FUZZY, PREFIX, RUN, STEM, SYNONYM
from rackhouse.search.rules.words import Said, Word

__all__ = ["Clauses", "all_of", "any_of", "count_of", "none_of", "one_word", "range_of"]


class Clauses:
    """The parts of a question, each of which has to hold; one by one, since a facet is counted
    without its own."""

    def __init__(self, columns: Columns, question: Question, last_resort: frozenset[int]) -> None:
        self._columns = columns
        self._said = _said(columns, question.said, last_resort)
        self._filters = {each.field: _wanted(columns, each) for each in question.wanted}
        if question.in_stock is not None:
            self._filters[""] = _in_stock(columns, question.in_stock)

    def query(self, *, without: str | None = None) -> Query:
        """All clauses, or all without the filter of one field."""
        filters = [each for name, each in self._filters.items() if name != without]
        must = [Query.const_score_query(each, 0.0) for each in filters]
        return all_of([*self._said, *must]) if self._said or must else Query.all_query()


def all_of(queries: Sequence[Query]) -> Query:
    """What matches all of some queries."""
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


def one_word(columns: Columns, word: Word, *, last_resort: bool) -> Query:
    """A word in the ways in which it may be meant, with the largest weight that one has."""
    ways = [*_as_said(columns, word)]
    if last_resort:
        ways += [*_begun(columns, word), *_misspelt(columns, word)]
    return Query.disjunction_max_query(ways)


def _said(columns: Columns, said: Said, last_resort: frozenset[int]) -> list[Query]:
    words = [
        one_word(columns, word, last_resort=number in last_resort)
        for number, word in enumerate(said.words)
    ]
    if not said.run or not words:
        return words
    run = Query.phrase_query(columns.schema, plain("name"), list(said.run))
    together = [(Occur.Must, each) for each in words]
    weighted = Query.const_score_query(run, float(RUN))
    return [Query.boolean_query([*together, (Occur.Should, weighted)])]


def _as_said(columns: Columns, word: Word) -> Iterable[Query]:
    yield from _in_groups(columns, word.forms, EXACT)
    if word.is_phrase:
        return
    for group, weight in STEM.items():
        found = Query.term_query(columns.schema, stemmed(group), word.stem, "basic")
        yield Query.const_score_query(found, float(weight))
    for synonym in word.synonyms:
        yield from _in_groups(columns, synonym, SYNONYM)
    if word.begins:
        yield from _begun(columns, word)


def _in_groups(
    columns: Columns, forms: tuple[str, ...], weights: Mapping[str, int]
) -> Iterable[Query]:
    for group, weight in weights.items():
        if len(forms) == 1:
            found = Query.term_query(columns.schema, plain(group), forms[0])
        else:
            found = Query.phrase_query(columns.schema, plain(group), list(forms))
        yield Query.const_score_query(found, float(weight))


def _begun(columns: Columns, word: Word) -> Iterable[Query]:
    pattern = re.escape(word.text) + ".+"
    for group, weight in PREFIX.items():
        found = Query.regex_query(columns.schema, plain(group), pattern)
        yield Query.const_score_query(found, float(weight))


def _misspelt(columns: Columns, word: Word) -> Iterable[Query]:
    if not word.edits:
        return
    for group, weight in FUZZY.items():
        found = Query.fuzzy_term_query(columns.schema, plain(group), word.text, word.edits)
        yield Query.const_score_query(found, float(weight))


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
    return Query.term_set_query(columns.schema, "id", sorted(ids))
