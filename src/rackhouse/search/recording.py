"""What was asked, and how much was found: counted by day, for those who curate the catalog.

Nobody is recorded who asked. A query that looks like somebody's address or number is not kept.
"""

import asyncio
import datetime
import re
from collections.abc import Sequence

import structlog

from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import DatabaseUnavailable
from rackhouse.platform.house import House
from rackhouse.platform.store import server_time
from rackhouse.search import store
from rackhouse.search.rules.words import Said
from rackhouse.search.store import Asked

__all__ = ["AskedQueries", "asked_queries"]

WRITE_SECONDS = 5.0
KEPT_IN_MEMORY = 5000
LENGTH_MAX = 100

_PERSONAL = re.compile(r"@|\d(?:[\s()/.+-]*\d){6}")

_log = structlog.get_logger(__name__)


class AskedQueries:
    """This process's memory of what was asked and is not written yet."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._asked: dict[str, Asked] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(self, said: Said, typed: str, found: int) -> None:
        """Remember that some words were asked for."""
        words = " ".join(word.text for word in said.words)
        if not words or len(words) > LENGTH_MAX or _PERSONAL.search(typed):
            return
        before = self._asked.get(words, Asked(words, 0, 0, 0))
        if before.asked == 0 and len(self._asked) >= KEPT_IN_MEMORY:
            _log.warning("asked_query_forgotten", kept=KEPT_IN_MEMORY)
            return
        without = before.without_result + (found == 0)
        self._asked[words] = Asked(words, before.asked + 1, without, found)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_soon())

    async def write(self) -> None:
        """Write what is remembered."""
        asked, self._asked = self._asked, {}
        if not asked:
            return
        try:
            async with self._house.database("search").transaction() as tx:
                await store.count_asked(tx, [asked[words] for words in sorted(asked)])
        except DatabaseUnavailable as reason:
            _log.warning("asked_queries_wait", reason=str(reason))
            for each in asked.values():
                self._asked.setdefault(each.words, each)

    async def close(self) -> None:
        """Write what is left."""
        if self._writing is not None:
            self._writing.cancel()
        await self.write()

    async def _write_soon(self) -> None:
        await asyncio.sleep(WRITE_SECONDS)
        self._writing = None
        await self.write()


@operation("search:read")
async def asked_queries(
    *, context: Context, days: int, without_result: bool, limit: int
) -> Sequence[Asked]:
    """What was asked in the last days, what was asked most in front; or what most often had no
    result, of that which had none. Counted up to some seconds ago."""
    async with context.house.database("search").transaction() as tx:
        since = (await server_time(tx)).date() - datetime.timedelta(days=days - 1)
        return await store.asked(tx, since=since, without_result=without_result, limit=limit)
