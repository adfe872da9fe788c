"""The lag view: how late every channel is told, and how that went in the last minutes.

It looks every few seconds while somebody asks, once for all who look; so what is shown is as old as
that at most, and the past of a channel begins when the first page was opened.
"""

import asyncio
import contextlib
import datetime
import time
from collections import deque
from collections.abc import Mapping

import msgspec
import structlog

from rackhouse.channels import list_channels
from rackhouse.outlets import ChannelLag, channel_lags
from rackhouse.platform.context import Context
from rackhouse.platform.database import DatabaseUnavailable
from rackhouse.platform.house import House

__all__ = ["LagPoint", "LagView"]

LOOK_SECONDS = 3.0
POINTS_LIMIT = 300
CHANNELS_LIMIT = 1000
IDLE_SECONDS = 1800.0
"""After so long without a question nobody looks any more, and the past is forgotten."""

_log = structlog.get_logger(__name__)


class LagPoint(msgspec.Struct, frozen=True):
    """How late a channel was told at a moment, and whether that was beyond its limit."""

    at: datetime.datetime
    seconds: float
    events: int
    too_late: bool


class LagView:
    """This process's view of how late channels are told."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lags: Mapping[str, ChannelLag] = {}
        self._points: dict[str, deque[LagPoint]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()
        self._asked_at = 0.0

    async def open(self) -> "LagView":
        """Begin to look, if that was not done yet."""
        self._asked_at = time.monotonic()
        async with self._opening:
            if self._looking is None or self._looking.done():
                self._points.clear()
                await self._look()
                self._looking = asyncio.create_task(self._look_on())
        return self

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking

    def now(self, channel: str) -> ChannelLag | None:
        """How late a channel was told when it was looked at last; None for one that was not there
        or has no outlet."""
        self._asked_at = time.monotonic()
        found = self._lags.get(channel)
        return found if found is not None and found.outlets else None

    def past(self, channel: str) -> list[LagPoint]:
        """How late a channel was told in the last minutes, the oldest first."""
        self._asked_at = time.monotonic()
        return list(self._points.get(channel, ()))

    async def _look_on(self) -> None:
        while time.monotonic() - self._asked_at < IDLE_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look()
            except DatabaseUnavailable as reason:
                _log.warning("lag_not_looked_at", reason=str(reason))

    async def _look(self) -> None:
        allowed = frozenset({"channels:read", "outlets:read"})
        context = Context.of_service(self._house, "console", allowed)
        channels = await list_channels(context=context, after=None, limit=CHANNELS_LIMIT)
        self._lags = await channel_lags(context=context, channels=[each.id for each in channels])
        told = {channel: lag for channel, lag in self._lags.items() if lag.outlets}
        now = datetime.datetime.now(datetime.UTC)
        for channel in self._points.keys() - told.keys():
            del self._points[channel]
        for channel, lag in told.items():
            too_late = lag.lag.seconds > lag.rule.limit_seconds
            points = self._points.setdefault(channel, deque(maxlen=POINTS_LIMIT))
            points.append(LagPoint(now, lag.lag.seconds, lag.lag.events, too_late))
