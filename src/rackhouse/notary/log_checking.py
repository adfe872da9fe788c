"""Checking one log: along its events from checkpoint to checkpoint, in the order of the log."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from rackhouse.notary import store
from rackhouse.notary.checkpoint_checking import CheckpointCheck
from rackhouse.notary.events import LOG, stream_of
from rackhouse.notary.rules import (
    CheckedLog,
    Checkpoint,
    Diagnosis,
    Finding,
    Findings,
    Start,
    Walk,
)
from rackhouse.notary.saved import SavedCheckpoint
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import START, EventLog, LinkRow, Position
from rackhouse.platform.house import House

__all__ = ["LogCheck", "TimeIsOver"]

# Following so many events keeps this process from other things for some 5 ms.
PAGE_LIMIT = 1_000
CHECKPOINTS_PAGE_LIMIT = 500
DIAGNOSES_LIMIT = 100
AHEAD_LIMIT = 100


class TimeIsOver(Exception):
    """The check took as long as it may."""


class LogCheck:
    """The check of one log."""

    def __init__(
        self,
        house: House,
        log: EventLog,
        saved: Sequence[SavedCheckpoint],
        starts: Mapping[str, Start],
        findings: Findings,
    ) -> None:
        self._house = house
        self._log = log
        self._name = log.schema
        self._saved = saved
        self._walk = Walk(starts)
        self._findings = findings
        self._place = START
        self._until = START
        self._checkpoints = CheckpointCheck(house, log, self._walk, findings)
        self._give_up_at: float | None = None

    async def run(self, *, give_up_at: float | None) -> None:
        """Check all of it; raises `TimeIsOver` when it takes too long, after saying what is wrong
        with the streams that are in doubt by then."""
        self._give_up_at = give_up_at
        try:
            await self._walk_to_the_end()
        except TimeIsOver:
            await self._diagnose()
            raise
        await self._diagnose()
        await self._find_events_ahead()
        if self._name == LOG.schema:
            await self._find_missing_checkpoints()

    async def _walk_to_the_end(self) -> None:
        newest = await self._newest_number()
        async with self._house.database(self._name).reading() as tx:
            self._until = await self._log.horizon(tx)
        async for checkpoint in self._stored(newest):
            await self._walk_to(min(checkpoint.position, self._until))
            await self._checkpoints.check(checkpoint)
        await self._walk_to(self._until)
        await self._checkpoints.check_saved(self._saved)

    def checked(self) -> CheckedLog:
        """What was checked so far."""
        return CheckedLog(
            self._name,
            self._walk.events,
            self._walk.streams,
            self._checkpoints.checked,
            str(self._place),
        )

    async def _stored(self, newest: int) -> AsyncIterator[Checkpoint]:
        number = 0
        while number < newest:
            async with self._house.database("notary").reading() as tx:
                page = await store.checkpoints_after(
                    tx, self._name, number=number, limit=CHECKPOINTS_PAGE_LIMIT
                )
            for checkpoint in page:
                if checkpoint.number > newest:
                    return  # it was signed after the end of this check
                yield checkpoint
            if len(page) < CHECKPOINTS_PAGE_LIMIT:
                return
            number = page[-1].number

    async def _newest_number(self) -> int:
        async with self._house.database("notary").reading() as tx:
            newest = await store.newest_checkpoint(tx, self._name)
        return 0 if newest is None else newest.number

    async def _walk_to(self, place: Position) -> None:
        """Follow the events up to a place, page by page, each a statement of its own, so that no
        snapshot lasts. While one page is followed the database is at the next."""
        if self._place >= place:
            return
        async with self._house.database(self._name).reading() as tx:
            page: asyncio.Task[list[LinkRow]] | None = self._page(tx, self._place, place)
            try:
                while page is not None:
                    links = await page
                    page = None
                    if len(links) == PAGE_LIMIT:
                        page = self._page(tx, Position(*links[-1][:2]), place)
                        await asyncio.sleep(0)  # it is sent before this process is busy
                    self._walk.follow(links)
                    self._place = Position(*links[-1][:2]) if links else place
            finally:
                if page is not None:
                    page.cancel()
                    await asyncio.wait([page])
        self._place = place

    def _page(
        self, tx: Transaction, after: Position, until: Position
    ) -> "asyncio.Task[list[LinkRow]]":
        if self._give_up_at is not None and time.monotonic() > self._give_up_at:
            raise TimeIsOver
        return asyncio.create_task(
            self._log.read_links(tx, after=after, until=until, limit=PAGE_LIMIT)
        )

    async def _diagnose(self) -> None:
        in_doubt = list(self._walk.in_doubt)
        for stream in in_doubt[:DIAGNOSES_LIMIT]:
            self._findings.add(await self._diagnosed(stream))
        self._findings.further += len(in_doubt[DIAGNOSES_LIMIT:])

    async def _diagnosed(self, stream: str) -> Iterable[Finding]:
        diagnosis = Diagnosis(self._name, stream, self._walk.starts.get(stream))
        while True:
            async with self._house.database(self._name).reading() as tx:
                links = await self._log.read_links_of(
                    tx, stream=stream, after_version=diagnosis.version, limit=PAGE_LIMIT
                )
            diagnosis.show(links)
            if len(links) < PAGE_LIMIT:
                break
        return diagnosis.findings() or [
            Finding(self._name, stream, None, "altered", "it was changed while it was read")
        ]

    async def _find_events_ahead(self) -> None:
        async with self._house.database(self._name).reading() as tx:
            ahead = await self._log.ahead(tx, limit=AHEAD_LIMIT)
        finding = "it claims to come from a transaction that the database has not begun yet"
        self._findings.add(
            Finding(self._name, stream, version, "reordered", finding) for stream, version in ahead
        )

    async def _find_missing_checkpoints(self) -> None:
        """The notary's own log names every checkpoint that was ever signed."""
        async with self._house.database("notary").reading() as tx:
            logs = [each.name for each in self._house.modules if each.event_log is not None]
            newest = {each.log: each.number for each in await store.newest_checkpoints(tx, logs)}
        self._findings.add(
            Finding(log, None, None, "removed", f"checkpoint {log}-{told} is gone")
            for log in logs
            if (told := self._walk.version_of(stream_of(log))) > newest.get(log, 0)
        )
