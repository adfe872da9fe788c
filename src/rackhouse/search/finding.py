"""Words that are left out: where no product has all of a query, as many as one product has."""

from collections.abc import Sequence

import msgspec

from rackhouse.search.engine import Engine, Question
from rackhouse.search.rules.words import Word, said_again

__all__ = ["with_fewer_words"]


def with_fewer_words(engine: Engine, question: Question) -> tuple[Question, tuple[str, ...]]:
    """The question that can be answered, and the words that were left out for it: none where some
    product has all, whatever else is asked of it. Words that no product has go first; then, one
    by one, those without which fewest are found, for they leave the most telling ones."""
    said = question.said
    if len(said.words) < 2 or _count(engine, question, said.words):
        return question, ()
    words = tuple(each for each in said.words if _count(engine, question, [each]))
    while len(words) > 1 and not _count(engine, question, words):
        ways = [words[:place] + words[place + 1 :] for place in range(len(words))]
        counts = [_count(engine, question, each) for each in ways]
        words = ways[counts.index(min((each for each in counts if each), default=0))]
    if not words:
        return question, ()
    left_out = tuple(each.text for each in said.words if each not in words)
    return msgspec.structs.replace(question, said=said_again(words)), left_out


def _count(engine: Engine, question: Question, words: Sequence[Word]) -> int:
    """How many products have all of some words, whatever else is asked of them."""
    asked = msgspec.structs.replace(
        question,
        said=said_again(words),
        wanted=(),
        in_stock=None,
        ids=None,
        facets=(),
        after=None,
        limit=0,
        counted=True,
    )
    return engine.find(asked).total
