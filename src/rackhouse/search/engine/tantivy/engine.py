"""The engine by tantivy: writes products, and answers questions as of the last commit."""

from collections.abc import Iterable, Sequence
from typing import Any

import tantivy

from rackhouse.search.analysis import Analysis
from rackhouse.search.engine.questions import Found, FoundFacet, Hit, Question
from rackhouse.search.engine.tantivy.columns import PLAIN, STEMMED, columns_of
from rackhouse.search.engine.tantivy.counting import count
from rackhouse.search.engine.tantivy.paging import page_by_figure, page_by_relevance
from rackhouse.search.engine.tantivy.queries import Clauses, any_word, but_for, count_of, hidden_at
from rackhouse.search.engine.tantivy.writing import row_of
from rackhouse.search.rules.documents import NEWEST, Document
from rackhouse.search.rules.fields import Fields

__all__ = ["TantivyEngine"]

WRITER_BYTES = 32_000_000


class TantivyEngine:
    """An index in the memory of this process."""

    def __init__(self, fields: Fields, analysis: Analysis) -> None:
        self._columns = columns_of(fields)
        self._index = tantivy.Index(self._columns.schema)
        self._index.register_tokenizer(PLAIN, analysis.plain)
        self._index.register_tokenizer(STEMMED, analysis.stemmed)
        self._writer = self._index.writer(WRITER_BYTES, 1)
        self._with_many: set[str] = set()

    def put(self, documents: Sequence[Document]) -> None:
        """Take products in, each in place of the one of its id."""
        rows = [(each, row_of(each, self._columns)) for each in documents]
        for document, row in rows:
            self._writer.delete_documents_by_term("id", document.id)
            many = (name for name, values in document.values.items() if len(values) > 1)
            self._with_many.update(many)
            self._writer.add_document(row)

    def drop(self, ids: Iterable[str]) -> None:
        """Take products out."""
        for each in ids:
            self._writer.delete_documents_by_term("id", each)

    def commit(self) -> None:
        """From now on find what was put in, and no more what was dropped."""
        self._writer.commit()
        self._index.reload()

    def find(self, question: Question) -> Found:
        """Answer a question, as of the last commit."""
        searcher = self._index.searcher()
        clauses = Clauses(self._columns, question, frozenset())
        if not question.counted:
            hits, more = self._page(searcher, clauses, question)
            if hits:
                return Found(tuple(hits), more, len(hits), ())
        total, facets = self._count(searcher, clauses, question)
        last_resort: frozenset[int] = frozenset()
        if total == 0:
            last_resort = self._in_no_product(searcher, question)
        if last_resort:
            clauses = Clauses(self._columns, question, last_resort)
            total, facets = self._count(searcher, clauses, question)
        hits, more = self._page(searcher, clauses, question) if question.limit else ([], total > 0)
        total = total if question.counted else len(hits)
        return Found(tuple(hits), more, total, facets if question.counted else (), last_resort)

    def ties(self, question: Question, last_resort: frozenset[int]) -> list[int]:
        """The ties of all that is found, in no order, with these words (by their number) in their
        last resort."""
        searcher = self._index.searcher()
        found = Clauses(self._columns, question, last_resort).found()
        hits = searcher.search(
            found, max(1, searcher.num_docs), count=False, order_by_field="tie"
        ).hits
        found_ties: list[Any] = searcher.fast_field_values("tie", [at for _, at in hits])
        return found_ties

    def close(self) -> None:
        """Let everything go."""
        self._writer.rollback()

    def _count(
        self, searcher: tantivy.Searcher, clauses: Clauses, question: Question
    ) -> tuple[int, tuple[FoundFacet, ...]]:
        return count(searcher, self._columns, clauses, question, self._with_many)

    def _page(
        self, searcher: tantivy.Searcher, clauses: Clauses, question: Question
    ) -> tuple[list[Hit], bool]:
        by_relevance = question.order == "relevance"
        if by_relevance and question.said.words:
            return page_by_relevance(searcher, clauses, question)
        order = NEWEST if by_relevance else question.order
        return page_by_figure(searcher, self._columns, clauses.found(), question, order)

    def _in_no_product(self, searcher: tantivy.Searcher, question: Question) -> frozenset[int]:
        hidden = hidden_at(self._columns, question.shown_at)
        return frozenset(
            number
            for number, word in enumerate(question.said.words)
            if not word.is_phrase
            and not count_of(
                searcher, but_for(any_word(self._columns, word, False, question.only), hidden)
            )
        )
