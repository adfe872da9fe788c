"""The seam: what every engine can do."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from rackhouse.search.engine.questions import Found, Question
from rackhouse.search.rules.documents import Document

__all__ = ["Engine"]


class Engine(Protocol):
    """Products that can be found. It is written to by one at a time; it may be asked by many, also
    while it is written to."""

    def put(self, documents: Sequence[Document]) -> None:
        """Take products in, each in place of the one of its id."""

    def drop(self, ids: Iterable[str]) -> None:
        """Take products out."""

    def commit(self) -> None:
        """From now on find what was put in, and no more what was dropped."""

    def find(self, question: Question) -> Found:
        """Answer a question, as of the last commit."""

    def ties(self, question: Question, last_resort: frozenset[int]) -> list[int]:
        """The ties of all that is found, in no order, with these words (by their number) in their
        last resort."""

    def close(self) -> None:
        """Let everything go."""
