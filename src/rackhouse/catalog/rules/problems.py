"""The list of what is wrong with a draft: every problem is kept, each with its field's path."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from rackhouse.platform.errors import FieldProblem

PROBLEMS_TOLD = 50
SHOWN_LENGTH = 60


class Problems:
    """What is wrong so far. Past ``PROBLEMS_TOLD`` problems, no more are noted: a draft with so
    many is mended in rounds."""

    def __init__(self, whole: str = "product") -> None:
        self._whole = whole
        self._found: list[FieldProblem] = []

    def note(self, path: str, problem: str) -> None:
        """Remember one problem: the path of its field, the fact and its remedy."""
        if len(self._found) < PROBLEMS_TOLD:
            self._found.append(FieldProblem(field=path or self._whole, problem=problem))

    def told(self) -> tuple[FieldProblem, ...]:
        """All problems noted, in the order in which they were found."""
        return tuple(self._found)

    def note_unknown(self, path: str, draft: Mapping[str, Any], known: Iterable[str]) -> None:
        """Note each key of ``draft`` that is not ``known``, with the one that was likely meant."""
        names = list(known)
        for key in draft:
            if key not in names:
                self.note(at(path, key), f"is not known; {suggestion(key, names)}")


def at(path: str, key: object) -> str:
    """The path of ``key`` below ``path``: ``variants[2].sku``."""
    shown = show(key) if not isinstance(key, str) else key[:SHOWN_LENGTH]
    return f"{path}.{shown}" if path else shown


def suggestion(wrong: object, known: Iterable[str]) -> str:
    """A remedy for a misspelt name: the name that was likely meant, or all there are."""
    names = list(known)
    close = get_close_matches(str(wrong).lower(), names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"use one of: {', '.join(sorted(names))}" if names else "leave it out"


def show(value: object) -> str:
    """A value as it is quoted in a problem, cut to a readable length."""
    shown = repr(value)
    return shown if len(shown) <= SHOWN_LENGTH else shown[: SHOWN_LENGTH - 3] + "..."
