"""Is there one order of the operations that explains every answer, and agrees with real time?

The search of Wing and Gong ("Testing and Verifying Concurrent Objects", 1993) with the memory of
Lowe ("Testing for linearizability", 2017): take any operation that began before every unfinished
one ended, see whether the model allows its answer there, go on; remember which sets of operations
led to which states. It needs time that grows fast with the number of operations under way at
once, so it is for short histories and has a budget; past it the verdict is "undecided".
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

import msgspec

__all__ = ["LINEARIZABLE", "NOT_LINEARIZABLE", "UNDECIDED", "Call", "Verdict", "search"]

State = TypeVar("State", bound=Hashable)

LINEARIZABLE, NOT_LINEARIZABLE, UNDECIDED = "linearizable", "not linearizable", "undecided"
VISITS_LIMIT = 20_000


class Call(msgspec.Struct, frozen=True):
    """An operation with its span on the monotonic clock; one whose outcome is not known
    ``may_be_left_out`` and never ends."""

    name: str
    begins_at: float
    ends_at: float
    may_be_left_out: bool


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the search found: an order, or how far the best one came."""

    verdict: str
    order: tuple[int, ...]
    visits: int


class _Search(Generic[State]):
    def __init__(
        self,
        calls: Sequence[Call],
        step: Callable[[State, int], Iterable[State]],
        visits_limit: int,
    ) -> None:
        self._calls = calls
        self._step = step
        self._limit = visits_limit
        self._seen: set[tuple[int, State]] = set()
        self._must = sum(1 << at for at, call in enumerate(calls) if not call.may_be_left_out)
        self.visits = 0
        self.best: tuple[int, ...] = ()

    def run(self, first: State) -> Verdict:
        """Depth first, without recursion: an operation more at each depth."""
        waiting: list[tuple[int, State, tuple[int, ...]]] = [(0, first, ())]
        while waiting:
            done, state, order = waiting.pop()
            if (done, state) in self._seen:
                continue
            self._seen.add((done, state))
            self.visits += 1
            if len(order) > len(self.best):
                self.best = order
            if done & self._must == self._must:
                return Verdict(verdict=LINEARIZABLE, order=order, visits=self.visits)
            if self.visits > self._limit:
                return Verdict(verdict=UNDECIDED, order=self.best, visits=self.visits)
            for at in reversed(self._next(done)):
                for after in self._step(state, at):
                    waiting.append((done | 1 << at, after, (*order, at)))
        return Verdict(verdict=NOT_LINEARIZABLE, order=self.best, visits=self.visits)

    def _next(self, done: int) -> list[int]:
        """What may come next: nothing that is left had ended before it began."""
        left = [at for at in range(len(self._calls)) if not done & 1 << at]
        first_end = min(self._calls[at].ends_at for at in left)
        return [at for at in left if self._calls[at].begins_at <= first_end]


def search(
    calls: Sequence[Call],
    step: Callable[[State, int], Iterable[State]],
    first: State,
    *,
    visits_limit: int = VISITS_LIMIT,
) -> Verdict:
    """Look for an order. ``step`` gives the states to which a call, by its number, may lead from
    a state, with the answer that it got; none where the answer does not fit."""
    return _Search(calls, step, visits_limit).run(first)
