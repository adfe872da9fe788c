"""The oracle: an engine that looks at every product for every question."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from rackhouse.search.analysis import Analysis
from rackhouse.search.engine import Found, FoundFacet, Hit, InStock, Question
from rackhouse.search.engine.questions import most_in_front
from rackhouse.search.rules.documents import Document
from rackhouse.search.rules.fields import Fields
from rackhouse.search.rules.filters import Value, Wanted
from rackhouse.search.rules.weights import AGAIN, EXACT, FUZZY, PREFIX, RUN, STEM, SYNONYM
from rackhouse.search.rules.words import Said, Word, edits_between

Spoken = Mapping[str, list[list[str]]]


class BruteForce:
    """Products in a dictionary."""

    def __init__(self, fields: Fields, analysis: Analysis) -> None:
        self._analysis = analysis
        self._next: dict[str, Document] = {}
        self._now: dict[str, tuple[Document, Spoken]] = {}

    def put(self, documents: Sequence[Document]) -> None:
        self._next.update({each.id: each for each in documents})

    def drop(self, ids: Iterable[str]) -> None:
        for each in ids:
            self._next.pop(each, None)

    def commit(self) -> None:
        before = self._now
        self._now = {
            id_: before[id_]
            if id_ in before and before[id_][0] is each
            else (each, self._spoken(each))
            for id_, each in self._next.items()
        }

    def close(self) -> None:
        self._now = {}

    def find(self, question: Question) -> Found:
        last_resort: frozenset[int] = frozenset()
        found = self._matching(question, last_resort)
        if not found:
            last_resort = self._in_no_product(question)
            found = self._matching(question, last_resort)
        ordered = self._ordered(found, question)
        page = [hit for hit in ordered if _follows(hit, question)]
        narrowed = {each.field for each in question.wanted}
        facets = tuple(
            self._facet(
                each.field, question, last_resort, None if each.field in narrowed else found
            )
            for each in question.facets
        )
        return Found(
            tuple(page[: question.limit]),
            len(page) > question.limit,
            len(found) if question.counted else len(page[: question.limit]),
            facets if question.counted else (),
            last_resort,
        )

    def ties(self, question: Question, last_resort: frozenset[int]) -> list[int]:
        return [self._now[id_][0].tie for id_ in self._matching(question, last_resort)]

    def documents(self) -> Iterable[Document]:
        return (each for each, _ in self._now.values())

    def _spoken(self, document: Document) -> Spoken:
        return {
            group: [self._analysis.words(text) for text in texts]
            for group, texts in document.texts.items()
        }

    def _matching(
        self, question: Question, last_resort: frozenset[int], without: str | None = None
    ) -> dict[str, int]:
        return {
            id_: weight
            for id_, (document, spoken) in self._now.items()
            if (question.ids is None or id_ in question.ids)
            and all(_is(document, each) for each in question.wanted if each.field != without)
            and _is_in_stock(document, question.in_stock)
            and _is_shown(document, question.shown_at)
            and (weight := self._weight(spoken, question.said, last_resort, question.only))
            is not None
        }

    def _weight(
        self, spoken: Spoken, said: Said, last_resort: frozenset[int], only: str | None
    ) -> int | None:
        spoken = _within(spoken, only)
        weights = [
            self._weight_of(spoken, word, number in last_resort)
            for number, word in enumerate(said.words)
        ]
        if not all(weights):
            return None
        again = sum(
            weight
            for word in said.words
            for group, weight in AGAIN.items()
            if not word.is_phrase
            and any(self._analysis.stem(each) == word.stem for each in _all(spoken, group))
        )
        run = bool(said.run) and any(_has_run(each, said.run) for each in spoken.get("name", ()))
        return sum(weights) + again + (RUN if run else 0)

    def _weight_of(self, spoken: Spoken, word: Word, last_resort: bool) -> int:
        weights = [weight for group, weight in EXACT.items() if _has(spoken, group, word.forms)]
        if word.is_phrase:
            return max(weights, default=0)
        weights += [
            weight
            for group, weight in STEM.items()
            if any(self._analysis.stem(each) == word.stem for each in _all(spoken, group))
        ]
        weights += [
            weight
            for synonym in word.synonyms
            for group, weight in SYNONYM.items()
            if _has(spoken, group, synonym)
        ]
        if word.begins or last_resort:
            weights += [
                weight
                for group, weight in PREFIX.items()
                if any(
                    each.startswith(word.text) and each != word.text for each in _all(spoken, group)
                )
            ]
        if last_resort and word.edits:
            weights += [
                weight
                for group, weight in FUZZY.items()
                if any(
                    edits_between(word.text, each, word.edits) <= word.edits
                    for each in _all(spoken, group)
                )
            ]
        return max(weights, default=0)

    def _in_no_product(self, question: Question) -> frozenset[int]:
        return frozenset(
            number
            for number, word in enumerate(question.said.words)
            if not word.is_phrase
            and not any(
                self._weight_of(_within(spoken, question.only), word, False)
                for document, spoken in self._now.values()
                if _is_shown(document, question.shown_at)
            )
        )

    def _ordered(self, found: Mapping[str, int], question: Question) -> list[Hit]:
        hits = []
        for id_, weight in found.items():
            document = self._now[id_][0]
            figure = _figure(document, question, weight)
            shown = {
                group: document.texts[group]
                for group in ("name", "brand", "facts", "prose")
                if document.texts.get(group)
            }
            hits.append(Hit(document.card, (figure, document.tie), shown))
        return sorted(hits, key=lambda hit: _key(hit, question))

    def _facet(
        self,
        field: str,
        question: Question,
        last_resort: frozenset[int],
        known: Mapping[str, int] | None,
    ) -> FoundFacet:
        facet = next(each for each in question.facets if each.field == field)
        if known is None:
            known = self._matching(question, last_resort, without=field)
        found = [self._now[id_][0].values.get(field, ()) for id_ in known]
        if facet.bounds:
            counts = [
                (place, sum(any(_holds(each, value) for value in values) for values in found))
                for place, each in enumerate(facet.ranges)
            ]
            return FoundFacet(field, tuple(counts))
        by_value: dict[tuple[str, Value], int] = {}
        for values in found:
            for value in values:
                key = (type(value).__name__, value)
                by_value[key] = by_value.get(key, 0) + 1
        counted = [(value, count) for (_, value), count in by_value.items()]
        most = sorted(counted, key=most_in_front)
        return FoundFacet(field, tuple(most[: question.values_limit]))


def _within(spoken: Spoken, only: str | None) -> Spoken:
    return spoken if only is None else {only: spoken.get(only, [])}


def _all(spoken: Spoken, group: str) -> Iterable[str]:
    return (word for words in spoken.get(group, ()) for word in words)


def _has(spoken: Spoken, group: str, forms: tuple[str, ...]) -> bool:
    return any(_has_run(words, forms) for words in spoken.get(group, ()))


def _has_run(words: Sequence[str], forms: tuple[str, ...]) -> bool:
    length = len(forms)
    return any(tuple(words[at : at + length]) == forms for at in range(len(words) - length + 1))


def _is(document: Document, wanted: Wanted) -> bool:
    values = document.values.get(wanted.field, ())
    return any(
        any(type(value) is type(each) and value == each for each in wanted.values)
        or any(_holds(each, value) for each in wanted.ranges)
        for value in values
    )


def _holds(wanted, value: Value) -> bool:
    return isinstance(value, float) and wanted.holds(value)


def _is_shown(document: Document, moment: float | None) -> bool:
    if moment is None:
        return True
    begun = document.shown_from is None or document.shown_from <= moment
    over = document.shown_until is not None and document.shown_until <= moment
    return begun and not over and not document.hidden


def _is_in_stock(document: Document, asked: InStock | None) -> bool:
    if asked is None or document.id in asked.come:
        return True
    if document.id in asked.gone:
        return False
    places = document.places
    return bool(places) if asked.locations is None else not places.isdisjoint(asked.locations)


def _order(question: Question) -> str:
    by_relevance = question.order == "relevance"
    return "newest" if by_relevance and not question.said.words else question.order


def _figure(document: Document, question: Question, weight: int) -> float | None:
    order = _order(question)
    if order == "relevance":
        return float(weight)
    return document.orders.get(order.removeprefix("-"))


def _key(hit: Hit, question: Question):
    return _key_of(hit.place, question)


def _key_of(place, question: Question):
    figure, tie = place
    order = _order(question)
    descending = order in ("relevance", "newest") or order.startswith("-")
    if figure is None:
        return (1, 0.0, tie)
    return (0, -figure if descending else figure, tie)


def _follows(hit: Hit, question: Question) -> bool:
    after = question.after
    return after is None or _key(hit, question) > _key_of(after, question)


def as_plain(found: Found) -> object:
    """What was found, to be compared."""
    return msgspec.to_builtins(found)
