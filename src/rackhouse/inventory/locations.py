"""Locations: the warehouses and shops where stock lies."""

from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.errors import InvalidCoordinates, LocationNotFound
from rackhouse.inventory.events import LocationOpened
from rackhouse.inventory.log import LOG
from rackhouse.inventory.sourcing import Place
from rackhouse.platform.cache import FactCache
from rackhouse.platform.context import Context, operation
from rackhouse.platform.events import NewEvent
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.store import server_time

__all__ = ["Location", "known_locations", "locations", "must_exist", "open_location", "places_of"]


class Location(msgspec.Struct, frozen=True):
    """A place where stock lies."""

    id: str
    name: str
    kind: str
    version: int
    latitude: float | None = None
    longitude: float | None = None


class _Locations:
    """This process's memory of which locations there are."""

    def __init__(self, house: House) -> None:
        self._database = house.database("inventory")
        self.facts: FactCache[str, Location] = FactCache(self._load)

    async def _load(self, ids: Sequence[str]) -> Mapping[str, Location]:
        async with self._database.transaction() as tx:
            return {row[0]: Location(*row) for row in await store.locations_of(tx, ids)}


@operation("inventory:write")
async def open_location(
    *,
    context: Context,
    location: str,
    name: str,
    kind: str,
    latitude: float | None = None,
    longitude: float | None = None,
) -> Location:
    """Make a location, or give it another name.

    Coordinates are degrees (WGS 84), both or none, which keeps those that are known. Refuses with
    `InvalidCoordinates`."""
    _refuse_off_earth(latitude, longitude)
    async with context.house.database("inventory").transaction() as tx:
        await claim(tx, context.idempotency)
        await store.take_turn_at_location(tx, location)
        now = await server_time(tx)
        asked = Location(location, name, kind, 0, latitude, longitude)
        opened = Location(*await store.open_location(tx, msgspec.structs.asdict(asked), now))
        fact = LocationOpened(location, name, kind, opened.latitude, opened.longitude)
        await LOG.append(tx, [NewEvent(f"location:{location}", opened.version, fact, context)], now)
        await remember_answer(tx, context.idempotency, opened, answered_at=now)
    context.house.the(_Locations).facts.forget([location])
    return opened


@operation("inventory:read")
async def locations(*, context: Context, after: str, limit: int) -> list[Location]:
    """Locations in order of their ids."""
    async with context.house.database("inventory").transaction() as tx:
        return [Location(*row) for row in await store.location_page(tx, after=after, limit=limit)]


async def known_locations(house: House, ids: Sequence[str]) -> dict[str, Location]:
    """Those of some locations that there are, by id. Answered from memory."""
    return await house.the(_Locations).facts.get_many(ids)


async def must_exist(house: House, ids: Sequence[str]) -> None:
    """Refuse with `LocationNotFound` unless there are all these locations."""
    known = house.the(_Locations).facts
    for location in ids:
        if await known.get(location) is None:
            raise LocationNotFound(location=location)


async def places_of(house: House, locations: Sequence[str]) -> dict[str, Place]:
    """Where some locations are, of those whose coordinates are known. Answered from memory; what
    another process changed is known here after `FRESH_FOR_SECONDS` of the cache at the latest."""
    known = await house.the(_Locations).facts.get_many(locations)
    return {
        id_: Place(each.latitude, each.longitude)
        for id_, each in known.items()
        if each.latitude is not None and each.longitude is not None
    }


def _refuse_off_earth(latitude: float | None, longitude: float | None) -> None:
    given = {"latitude": latitude, "longitude": longitude}
    for (field, degrees), most in zip(given.items(), (90, 180), strict=True):
        if degrees is None and any(each is not None for each in given.values()):
            raise InvalidCoordinates(field=field, problem="give both coordinates or none")
        if degrees is not None and not -most <= degrees <= most:
            problem = f"{degrees} is not from -{most} to {most} degrees"
            raise InvalidCoordinates(field=field, problem=problem)
