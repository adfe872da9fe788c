"""The tally: what buyers sent, what they were told, and how long it took."""

from array import array
from collections import Counter
from typing import Literal

import msgspec

from rackhouse.rehearsal.http_client import HttpAnswer

__all__ = ["NOTED_LIMIT", "Outcome", "OutcomeKind", "Tally"]

NOTED_LIMIT = 20

OutcomeKind = Literal["bought", "refused", "abandoned", "cancelled", "gave_up", "failed"]


class Outcome(msgspec.Struct, frozen=True):
    """How it ended for one buyer; ``order_id`` for one who bought."""

    kind: OutcomeKind
    order_id: str | None = None


class Tally:
    """One rehearsal's count, shared by all buyers."""

    def __init__(self) -> None:
        self.requests = 0
        self.latencies_ms = array("d")
        self.duplicates = 0
        self.mismatches: list[str] = []
        self.unexpected: list[str] = []
        self.unexpected_count = 0
        self.asked_again: Counter[str] = Counter()
        self.outcomes: Counter[OutcomeKind] = Counter()
        self.order_ids: list[str] = []

    def sent(self) -> None:
        """A request goes out."""
        self.requests += 1

    def heard(self, answer: HttpAnswer) -> None:
        """An answer came."""
        self.latencies_ms.append(answer.seconds * 1000)

    def compare(self, target: str, first: HttpAnswer, second: HttpAnswer) -> None:
        """Two answers to the same request under the same key: they must be alike."""
        self.duplicates += 1
        if (first.status, first.body) != (second.status, second.body):
            told = f"{target}: {first.status} {first.body[:300]!r}"
            self.mismatches.append(f"{told} and then {second.status} {second.body[:300]!r}")

    def wonder(self, target: str, answer: HttpAnswer) -> None:
        """An answer that no buyer should get."""
        self.unexpected_count += 1
        if len(self.unexpected) < NOTED_LIMIT:
            self.unexpected.append(f"{target}: {answer.status} {answer.body[:300]!r}")

    def ended(self, outcome: Outcome) -> None:
        """A buyer is done."""
        self.outcomes[outcome.kind] += 1
        if outcome.order_id is not None:
            self.order_ids.append(outcome.order_id)
