"""Finding, and leaving words out where no product has all of them."""

from collections.abc import Sequence

import msgspec

from rackhouse.search.engine import Engine, Found, Question
from rackhouse.search.rules.words import Said, Word, said_again

__all__ = ["Leniently", "find_leniently", "with_fewer_words"]


class Leniently(msgspec.Struct, frozen=True):
    """What was found, by which question, and the words that were left out for it."""

    found: Found
    question: Question
    left_out: tuple[str, ...] = ()


def find_leniently(engine: Engine, question: Question) -> Leniently:
    """Find what has all words; where no product has, whatever else is asked of it, as many of them
    as one product has."""
    found = engine.find(question)
    if found.total or len(question.said.words) < 2:
        return Leniently(found, question)
    fewer = with_fewer_words(engine, question.said)
    if fewer is None:
        return Leniently(found, question)
    asked = msgspec.structs.replace(question, said=fewer)
    left_out = tuple(each.text for each in question.said.words if each not in fewer.words)
    return Leniently(engine.find(asked), asked, left_out)


def with_fewer_words(engine: Engine, said: Said) -> Said | None:
    """What of a query some product has all words of, or None if nothing has to be left out. Words
    that no product has go first; then, one by one, that without which fewest are found."""
    if _count(engine, said.words):
        return None
    words = [each for each in said.words if _count(engine, [each])]
    while len(words) > 1 and not _count(engine, words):
        ways = [words[:place] + words[place + 1 :] for place in range(len(words))]
        counts = [_count(engine, each) for each in ways]
        fewest = min((count for count in counts if count), default=0)
        words = ways[counts.index(fewest)]
    return said_again(words) if words else None


def _count(engine: Engine, words: Sequence[Word]) -> int:
    return engine.find(Question(said=said_again(words), limit=0)).total
