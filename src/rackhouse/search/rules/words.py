"""What was typed, as words: each has to be found, in one of the ways in which it may be meant."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from ..errors import QueryTooLong

__all__ = [
    "NOTHING_SAID",
    "Reading",
    "Said",
    "Synonyms",
    "Word",
    "edits_between",
    "said_again",
    "said_in",
    "synonyms_in",
]

WORDS_MAX = 8
PREFIX_LENGTH_MIN = 2
ONE_EDIT_FROM = 4
TWO_EDITS_FROM = 8

_PIECE = re.compile(r'"([^"]*)"?|([^\s"]+)')

Synonyms = Mapping[str, Sequence[tuple[str, ...]]]
"""For a word, what means the same: words, or several that stand together."""


class Reading(Protocol):
    """How text is read."""

    @property
    def words(self) -> Callable[[str], list[str]]:
        """The words of a text."""

    @property
    def stem(self) -> Callable[[str], str]:
        """What the forms of a word have in common."""

    @property
    def says_something(self) -> Callable[[str], bool]:
        """Whether a word is more than an article or the like."""


class Word(msgspec.Struct, frozen=True):
    """A word that has to be found: as it is, in another form (``stem``), as one of its
    ``synonyms``, and with ``begins`` as the beginning of another. Where there is none of these
    in any product, ``last_resort`` takes it for a beginning or for a word that is misspelt by at
    most ``edits``. Several ``forms`` are a quoted phrase, which is found as it is."""

    forms: tuple[str, ...]
    stem: str
    begins: bool = False
    edits: int = 0
    synonyms: tuple[tuple[str, ...], ...] = ()

    @property
    def text(self) -> str:
        """The word, or the words of the phrase."""
        return " ".join(self.forms)

    @property
    def is_phrase(self) -> bool:
        """Whether it is found as it is only."""
        return len(self.forms) > 1


class Said(msgspec.Struct, frozen=True):
    """All words that were typed. ``run`` are the forms of all, if together they may be a name."""

    words: tuple[Word, ...]
    run: tuple[str, ...] = ()


NOTHING_SAID = Said(())


def said_in(text: str, reading: Reading, synonyms: Synonyms, *, unfinished: bool) -> Said:
    """The words of a query. ``unfinished`` takes the last one for a beginning, as does a star
    behind any word. Articles and the like are left out, unless there is nothing else.

    Refuses with `QueryTooLong`.
    """
    words: list[Word] = []
    for phrase, plain in _PIECE.findall(text):
        if phrase:
            words += _phrase(reading.words(phrase), reading)
        elif plain:
            words += _words(reading.words(plain), plain.endswith("*"), reading, synonyms)
    telling = [each for each in words if each.is_phrase or reading.says_something(each.text)]
    words = telling or words
    if len(words) > WORDS_MAX:
        raise QueryTooLong(words=len(words), limit=WORDS_MAX)
    if unfinished and words and not text.endswith((" ", '"')):
        words[-1] = msgspec.structs.replace(words[-1], begins=_may_begin(words[-1]))
    return said_again(words)


def said_again(words: Sequence[Word]) -> Said:
    """Words that are said together."""
    run = tuple(form for each in words for form in each.forms)
    return Said(tuple(words), run if len(run) > 1 else ())


def synonyms_in(groups: Iterable[Sequence[str]], reading: Reading) -> Synonyms:
    """Synonyms from groups of what means the same. What has several words is what a single one
    may mean, not the other way round."""
    found: dict[str, dict[tuple[str, ...], None]] = {}
    for group in groups:
        members = [tuple(reading.words(each)) for each in group]
        for member in members:
            if len(member) == 1:
                others = {each: None for each in members if each and each != member}
                found.setdefault(reading.stem(member[0]), {}).update(others)
    return {word: tuple(others) for word, others in found.items()}


def edits_between(one: str, other: str, most: int) -> int:
    """How many letters to change, add, leave out or swap with a neighbour make one word the
    other (optimal string alignment); ``most + 1`` for more than ``most``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, start=1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def _phrase(forms: list[str], reading: Reading) -> list[Word]:
    return [Word(tuple(forms), reading.stem(forms[-1]))] if forms else []


def _words(forms: list[str], starred: bool, reading: Reading, synonyms: Synonyms) -> Iterable[Word]:
    for place, form in enumerate(forms, start=1):
        stem = reading.stem(form)
        yield Word(
            (form,),
            stem,
            begins=starred and place == len(forms) and _is_long_enough(form),
            edits=_edits_allowed(form),
            synonyms=tuple(synonyms.get(stem, ())),
        )


def _may_begin(word: Word) -> bool:
    return not word.is_phrase and _is_long_enough(word.text)


def _is_long_enough(form: str) -> bool:
    """A single letter begins too much to say anything; a single sign of other scripts does not."""
    return len(form) >= PREFIX_LENGTH_MIN or not form.isascii()


def _edits_allowed(form: str) -> int:
    """None in short words and in those with figures, where another letter is another thing."""
    if len(form) < ONE_EDIT_FROM or any(character.isdigit() for character in form):
        return 0
    return 1 if len(form) < TWO_EDITS_FROM else 2
