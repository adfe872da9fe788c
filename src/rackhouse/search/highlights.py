"""Highlights: where the words are that were asked for, as HTML that is safe to show; and what was
probably meant."""

import html
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import msgspec

from rackhouse.search.analysis import Analysis
from rackhouse.search.engine import Found, Hit
from rackhouse.search.rules.words import Said, Word, edits_between

__all__ = ["Highlights", "highlights_of", "meant_by"]

SNIPPET_CHARACTERS = 160
SNIPPET_BEFORE = 40
FACTS_SHOWN = 5
ELLIPSIS = "…"


class Highlights(msgspec.Struct, frozen=True, omit_defaults=True):
    """Texts of a product in which words were found, as HTML with `<mark>` around them; all else
    in them is escaped. ``text`` is a piece of a long one."""

    name: str | None = None
    brand: str | None = None
    facts: tuple[str, ...] = ()
    text: str | None = None


def highlights_of(
    hit: Hit, said: Said, last_resort: frozenset[int], analysis: Analysis
) -> Highlights:
    """Where the words are in a product that was found."""
    if not said.words:
        return Highlights()
    is_meant = _meaning(said, last_resort, analysis)

    def marked(group: str) -> Iterable[str]:
        for text in hit.texts.get(group, ()):
            found = _marked(text, is_meant, analysis)
            if found is not None:
                yield found

    prose = (_snippet(text, is_meant, analysis) for text in hit.texts.get("prose", ()))
    return Highlights(
        next(iter(marked("name")), None),
        next(iter(marked("brand")), None),
        tuple(marked("facts"))[:FACTS_SHOWN],
        next((each for each in prose if each is not None), None),
    )


def meant_by(said: Said, found: Found, analysis: Analysis) -> str | None:
    """The query as it was probably meant, where words of it are in no product but almost: with the
    nearest words of what was found instead."""
    if not found.hits or not any(said.words[number].edits for number in found.last_resort):
        return None
    words = [
        f'"{word.text}"'
        if word.is_phrase
        else word.text
        if number not in found.last_resort
        else _nearest(word, found.hits, analysis) or word.text
        for number, word in enumerate(said.words)
    ]
    meant = " ".join(words)
    return meant if meant != " ".join(word.text for word in said.words) else None


def _meaning(said: Said, last_resort: frozenset[int], analysis: Analysis) -> Callable[[str], bool]:
    known: dict[str, bool] = {}

    def is_meant(form: str) -> bool:
        if form not in known:
            known[form] = any(
                _is(form, word, number in last_resort, analysis)
                for number, word in enumerate(said.words)
            )
        return known[form]

    return is_meant


def _is(form: str, word: Word, last_resort: bool, analysis: Analysis) -> bool:
    if form in word.forms:
        return True
    if word.is_phrase:
        return False
    if analysis.stem(form) == word.stem or any(form in each for each in word.synonyms):
        return True
    if (word.begins or last_resort) and form.startswith(word.text):
        return True
    return last_resort and 0 < edits_between(word.text, form, word.edits) <= word.edits


def _marked(text: str, is_meant: Callable[[str], bool], analysis: Analysis) -> str | None:
    """The text with marks, or None where there is nothing to mark."""
    parts: list[str] = []
    end = 0
    for form, start, stop in analysis.tokens(text):
        if is_meant(form):
            parts += [html.escape(text[end:start]), f"<mark>{html.escape(text[start:stop])}</mark>"]
            end = stop
    return "".join([*parts, html.escape(text[end:])]) if parts else None


def _snippet(text: str, is_meant: Callable[[str], bool], analysis: Analysis) -> str | None:
    tokens = analysis.tokens(text)
    first = next((start for form, start, _ in tokens if is_meant(form)), None)
    if first is None:
        return None
    starts = [start for _, start, _ in tokens if start >= first - SNIPPET_BEFORE]
    begin = min(starts[0], first) if first > SNIPPET_BEFORE else 0
    ends = [stop for _, _, stop in tokens if stop <= begin + SNIPPET_CHARACTERS]
    whole = begin + SNIPPET_CHARACTERS >= len(text)
    end = len(text) if whole else max(ends, default=begin + SNIPPET_CHARACTERS)
    marked = _marked(text[begin:end], is_meant, analysis)
    if marked is None:  # a word longer than a snippet
        return None
    return f"{ELLIPSIS if begin else ''}{marked}{'' if whole else ELLIPSIS}"


def _nearest(word: Word, hits: Sequence[Hit], analysis: Analysis) -> str | None:
    near: Counter[str] = Counter()
    for hit in hits:
        texts = [text for group in ("name", "brand", "facts") for text in hit.texts.get(group, ())]
        near.update({text[a:b].lower() for text in texts for _, a, b in analysis.tokens(text)})
    ranked = [
        (edits_between(word.text, form, word.edits), -count, shown)
        for shown, count in near.items()
        for form in analysis.words(shown)
    ]
    edits, _, shown = min(ranked, default=(word.edits + 1, 0, ""))
    return shown if edits <= word.edits else None
