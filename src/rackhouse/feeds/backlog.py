"""The backlog: what a client missed, from memory if it was a moment ago, else from the logs."""

import asyncio
from collections import deque

from rackhouse.feeds.cursors import Positions
from rackhouse.feeds.errors import CursorAhead, CursorTooOld
from rackhouse.feeds.messages import Change
from rackhouse.platform.archive import archived_position
from rackhouse.platform.events import EventLog, Position
from rackhouse.platform.house import House

__all__ = ["Backlog"]

RECENT_LIMIT = 2000
PAGE_LIMIT = 500


class Backlog:
    """The changes up to ``heard``, which is how far this process has heard of each log.

    The newest `RECENT_LIMIT` are kept in memory; those before are read page by page.
    """

    def __init__(self, house: House, heard: Positions, reads: asyncio.Semaphore) -> None:
        self.heard = heard
        self._house = house
        self._logs: dict[str, EventLog] = {
            module.name: module.event_log
            for module in house.modules
            if module.event_log is not None and module.name in heard
        }
        self._recent: deque[Change] = deque()
        self._since = dict(heard)
        self._reads = reads

    def add(self, change: Change) -> None:
        """Keep the newest change."""
        if len(self._recent) >= RECENT_LIMIT:
            oldest = self._recent.popleft()
            self._since[oldest.log] = oldest.event.position
        self._recent.append(change)

    async def after(self, seen: Positions) -> list[Change]:
        """Changes that follow some positions, the next ones first: all, or a page of one log.

        Empty means that everything heard so far is seen.
        """
        for log in self.heard:
            if seen[log] < self._since[log]:
                return await self._read(log, seen)
        return [change for change in self._recent if change.event.position > seen[change.log]]

    async def refuse_out_of_reach(self, seen: Positions) -> None:
        """Refuse with `CursorAhead` positions that no log has reached, and with `CursorTooOld`
        those after which something was archived."""
        for log, position in seen.items():
            if position <= self.heard[log]:
                await self._refuse_archived(log, position)
                continue
            async with self._house.database(log).transaction() as tx:
                horizon = await self._logs[log].horizon(tx)
            if position > horizon:
                raise CursorAhead(log=log, position=str(position))

    async def _read(self, log: str, seen: Positions) -> list[Change]:
        async with self._reads, self._house.database(log).transaction() as tx:
            page = await self._logs[log].read(tx, after=seen[log], limit=PAGE_LIMIT)
        await self._refuse_archived(log, seen[log])  # it may have been since the client came
        heard = self.heard[log]
        return [Change(log, event) for event in page.events if event.position <= heard]

    async def _refuse_archived(self, log: str, position: Position) -> None:
        if position >= self._since[log]:
            return
        async with self._house.database(log).reading() as tx:
            archived = await archived_position(tx, log)
        if position < archived:
            raise CursorTooOld(log=log, position=str(position), kept_after=str(archived))
