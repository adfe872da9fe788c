"""Locations: the warehouses and shops where stock lies."""

from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.errors import LocationNotFound
from rackhouse.inventory.events import LocationOpened
from rackhouse.inventory.log import LOG
from rackhouse.platform.cache import FactCache
from rackhouse.platform.context import Context, operation
from rackhouse.platform.events import NewEvent
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import claim, remember
from rackhouse.platform.store import server_time

__all__ = ["Location", "locations", "must_exist", "open_location"]


class Location(msgspec.Struct, frozen=True):
    """A place where stock lies."""

    id: str
    name: str
    kind: str
    version: int


class _Locations:
    """This process's memory of which locations there are."""

    def __init__(self, house: House) -> None:
        self._database = house.database("inventory")
        self.facts: FactCache[str, Location] = FactCache(self._load)

    async def _load(self, ids: Sequence[str]) -> Mapping[str, Location]:
        async with self._database.transaction() as tx:
            return {row[0]: Location(*row) for row in await store.locations_of(tx, ids)}


@operation("inventory:write")
async def open_location(*, context: Context, location: str, name: str, kind: str) -> Location:
    """Make a location, or give it another name."""
    async with context.house.database("inventory").transaction() as tx:
        await claim(tx, context.idempotency)
        await store.take_turn_at_location(tx, location)
        now = await server_time(tx)
        version = await store.open_location(tx, location=location, name=name, kind=kind, now=now)
        event = LocationOpened(location, name, kind)
        await LOG.append(tx, [NewEvent(f"location:{location}", version, event, context)], now)
        opened = Location(location, name, kind, version)
        if context.idempotency is not None:
            answer = context.idempotency.render(opened)
            await remember(tx, [(context.idempotency, answer)], answered_at=now)
    return opened


@operation("inventory:read")
async def locations(*, context: Context, after: str, limit: int) -> list[Location]:
    """Locations in order of their ids."""
    async with context.house.database("inventory").transaction() as tx:
        return [Location(*row) for row in await store.location_page(tx, after=after, limit=limit)]


async def must_exist(house: House, ids: Sequence[str]) -> None:
    """Refuse with `LocationNotFound` unless there are all these locations."""
    known = house.the(_Locations).facts
    for location in ids:
        if await known.get(location) is None:
            raise LocationNotFound(location=location)
