"""What came of sending a batch, and what follows from it."""

import datetime
from collections.abc import Sequence
from typing import NamedTuple

from rackhouse.outlets.kinds import Gone, Message, NotTaken, Rejected
from rackhouse.outlets.rules import (
    Attempted,
    Trouble,
    after_failure,
    after_success,
    given_up,
)

__all__ = ["Outcome", "attempted", "dead_among", "problem_of", "trouble_after"]

PROBLEM_LENGTH_LIMIT = 500


class Outcome(NamedTuple):
    """How many messages of a batch were taken, from the front, and why not all of them."""

    taken: int
    error: NotTaken | Rejected | Gone | None

    @property
    def goes_on(self) -> bool:
        """Whether what is left of the batch may be sent at once."""
        return self.error is None or isinstance(self.error, Rejected)


def trouble_after(
    before: Trouble, outcome: Outcome, *, now: datetime.datetime, chance: float
) -> Trouble:
    """What troubles an outlet after an attempt: a rejected message is trouble of that message."""
    if outcome.goes_on:
        return after_success()
    error = outcome.error
    return after_failure(
        before,
        problem=problem_of(outcome),
        progressed=outcome.taken > 0,
        now=now,
        chance=chance,
        retry_after_seconds=error.retry_after_seconds if isinstance(error, NotTaken) else None,
    )


def dead_among(
    messages: Sequence[Message], outcome: Outcome, trouble: Trouble, now: datetime.datetime
) -> Sequence[Message]:
    """The messages right after those that were taken that become dead letters."""
    rest = messages[outcome.taken :]
    if isinstance(outcome.error, Rejected):
        return rest[:1]
    if isinstance(outcome.error, NotTaken):
        return rest[: given_up([each.recorded_at for each in rest], trouble, now)]
    return ()


def attempted(
    messages: Sequence[Message], outcome: Outcome, *, now: datetime.datetime, within_seconds: float
) -> Attempted:
    """What an attempt adds to the figures."""
    taken = [each for each in messages[: outcome.taken] if not each.is_signal]
    soon = datetime.timedelta(seconds=within_seconds)
    return Attempted(
        acknowledged=len(taken),
        in_time=sum(now - each.recorded_at <= soon for each in taken),
        failed=outcome.error is not None,
    )


def problem_of(outcome: Outcome) -> str:
    """What was wrong, in a few words."""
    return outcome.error.problem[:PROBLEM_LENGTH_LIMIT] if outcome.error is not None else ""
