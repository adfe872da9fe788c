"""What waits for an outlet, and what may be left out of it when there is too much."""

from collections import deque
from typing import Protocol

__all__ = ["Waiting"]


class Waits(Protocol):
    """Something that waits in line: ``level_of`` is the stock whose level it tells, if it tells
    one; ``superseded`` counts older levels of that stock that it stands for."""

    @property
    def level_of(self) -> str | None: ...

    superseded: int


class Waiting:
    """What waits for an outlet, in order.

    Once more than ``conflate_after`` wait, only the newest level of each stock is kept, in its own
    place; everything else stays. A level has all figures of its stock, so nothing is lost but the
    steps between. Without ``conflate_after`` nothing is left out.
    """

    def __init__(self, conflate_after: int | None) -> None:
        self._line: deque[Waits] = deque()
        self._conflate_after = conflate_after
        self._conflate_at = conflate_after

    def __len__(self) -> int:
        return len(self._line)

    def add(self, item: Waits) -> None:
        """Put something at the end of the line."""
        self._line.append(item)
        if self._conflate_at is not None and len(self._line) > self._conflate_at:
            self._conflate()

    def first(self) -> Waits | None:
        """What is next."""
        return self._line[0] if self._line else None

    def take(self) -> Waits:
        """Take what is next out of the line."""
        return self._line.popleft()

    def _conflate(self) -> None:
        assert self._conflate_after is not None
        newest: dict[str, Waits] = {}
        kept: list[Waits] = []
        for item in reversed(self._line):
            stock = item.level_of
            if stock is not None and stock in newest:
                newest[stock].superseded += 1 + item.superseded
                continue
            if stock is not None:
                newest[stock] = item
            kept.append(item)
        self._line = deque(reversed(kept))
        # Conflating costs a walk along the line, so it waits until the line has grown by half.
        self._conflate_at = max(self._conflate_after, len(self._line) * 3 // 2)
