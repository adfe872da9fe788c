"""What keeps events in their log: somebody has not read them yet, or more of them may come."""

from collections.abc import AsyncIterator

from rackhouse.platform import store
from rackhouse.platform.events import START, EventLog, Position, Stretch
from rackhouse.platform.house import House

__all__ = ["hindrance"]


async def hindrance(house: House, log: EventLog, stretch: Stretch) -> str | None:
    """Why events may not leave their log yet, in words; None where they may."""
    if stretch.is_open:
        async with house.database(log.schema).reading() as tx:
            rest = await log.read(tx, after=stretch.last, limit=1)
        if not rest.events and rest.unsettled:
            return f"{stretch.month:%Y-%m} has events that are not settled yet"
    async for name, position in _readers(house, log.schema):
        if position < stretch.last:
            return f"{name} has read {log.schema} up to {position} only, not up to {stretch.last}"
    return None


async def _readers(house: House, log: str) -> AsyncIterator[tuple[str, Position]]:
    """Everybody who reads a log for good, and how far each has come."""
    expected = {
        each.name for module in house.modules for each in module.subscriptions if each.log == log
    }
    for database in set(house.databases().values()):
        async with database.reading() as tx:
            for subscriber, position in await store.cursors_of(tx, log):
                expected.discard(subscriber)
                yield subscriber, Position.parse(position)
    for subscriber in sorted(expected):
        yield subscriber, START
    for module in house.modules:
        for reader in module.readers:
            position_read = await reader.position(house, log)
            if position_read is not None:
                yield reader.name, position_read
