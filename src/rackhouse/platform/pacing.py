"""A pace: work in the background that leaves most of the time to those who wait."""

import asyncio
import time

__all__ = ["Pace"]

REST_LIMIT_SECONDS = 5.0


class Pace:
    """Lets work take a share of the time: after each piece of it, the worker rests so long that
    the share is kept. What is slow because others are busy makes the rest longer, too.

    A share of 1 goes on at once, and only lets others have their turn.
    """

    def __init__(self, share: float) -> None:
        assert 0 < share <= 1, "a share of the time"
        self._idle_per_second = (1 - share) / share
        self._since = time.monotonic()
        self.worked_seconds = 0.0

    async def rest(self) -> None:
        """Rest from the work that was done since the last rest, `REST_LIMIT_SECONDS` at most."""
        worked = time.monotonic() - self._since
        self.worked_seconds += worked
        await asyncio.sleep(min(worked * self._idle_per_second, REST_LIMIT_SECONDS))
        self._since = time.monotonic()
