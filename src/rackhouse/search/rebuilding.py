"""Building the index anew, in every process: asked for by anybody who may, and heard of by all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec

from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import DatabaseUnavailable
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.store import server_time
from rackhouse.search import store
from rackhouse.search.index import FOLLOWED, SearchIndex

__all__ = ["RebuildWanted", "keep_index", "rebuild_index"]

LOOK_EVERY_SECONDS = 2.0


class RebuildWanted(msgspec.Struct, frozen=True):
    """The how manieth time it is that all indexes are built anew."""

    rebuilds: int


@operation("search:write")
async def rebuild_index(*, context: Context) -> RebuildWanted:
    """Have every process build its index anew, within some seconds. Each goes on answering from
    the one that it has until that is done."""
    async with context.house.database("search").transaction() as tx:
        await claim(tx, context.idempotency)
        now = await server_time(tx)
        wanted = RebuildWanted(await store.want_rebuild(tx, by=context.caller.subject, at=now))
        await remember_answer(tx, context.idempotency, wanted, answered_at=now)
    return wanted


@contextlib.asynccontextmanager
async def keep_index(house: House, _: object) -> AsyncIterator[None]:
    """Keep an index in this process, where it serves all that the index follows. Unless the
    settings say otherwise, it is built at once, so that nobody waits for it later."""
    if not {module.name for module in house.modules} >= FOLLOWED:
        yield
        return
    index = house.the(SearchIndex)
    if house.settings.search_at_start:
        index.start()
    watching = asyncio.create_task(_watch(house, index))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(house: House, index: SearchIndex) -> None:
    known: int | None = None
    while True:
        with contextlib.suppress(DatabaseUnavailable):
            async with house.database("search").reading() as tx:
                wanted = await store.rebuilds(tx)
            if known is not None and wanted != known:
                index.rebuild()
            known = wanted
        await asyncio.sleep(LOOK_EVERY_SECONDS)
