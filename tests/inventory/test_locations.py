"""Locations and where on earth they are."""

import math

import msgspec
import psycopg
import pytest

from rackhouse.inventory import InvalidCoordinates, Place, locations, open_location
from rackhouse.inventory.events import LocationOpened
from rackhouse.inventory.locations import places_of
from rackhouse.inventory.log import LOG
from rackhouse.platform.context import Context
from rackhouse.platform.ids import new_id


async def opened(context: Context, location: str, **said: object):
    return await open_location(
        context=context, location=location, name="Cellar", kind="warehouse", **said
    )


async def test_coordinates_are_kept_listed_and_recorded(context: Context) -> None:
    cellar = await opened(context, f"cellar-{new_id()}", latitude=51.8865, longitude=-4.4279)
    assert (cellar.latitude, cellar.longitude, cellar.version) == (51.8865, -4.4279, 1)
    before = cellar.id[:-1]
    assert (await locations(context=context, after=before, limit=1)) == [cellar]
    async with context.house.database("inventory").transaction() as tx:
        (event,) = await LOG.read_streams(
            tx,
            streams=[f"location:{cellar.id}"],
            recorded_before=None,
            position_before=None,
            limit=2,
        )
    assert (event.facts()["latitude"], event.facts()["longitude"]) == (51.8865, -4.4279)


async def test_another_name_without_coordinates_keeps_those_that_are_known(
    context: Context,
) -> None:
    location = f"cellar-{new_id()}"
    await opened(context, location, latitude=1.5, longitude=2.5)
    renamed = await opened(context, location)
    assert (renamed.latitude, renamed.longitude, renamed.version) == (1.5, 2.5, 2)
    moved = await opened(context, location, latitude=0.0, longitude=0.0)
    assert (moved.latitude, moved.longitude) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("latitude", "longitude", "field"),
    [
        (90.1, 0.0, "latitude"),
        (0.0, -180.1, "longitude"),
        (math.nan, 0.0, "latitude"),
        (0.0, math.inf, "longitude"),
        (None, 4.0, "latitude"),
        (52.0, None, "longitude"),
    ],
)
async def test_coordinates_off_the_earth_or_by_halves_are_refused(
    context: Context, latitude: float | None, longitude: float | None, field: str
) -> None:
    with pytest.raises(InvalidCoordinates) as refused:
        await opened(context, f"cellar-{new_id()}", latitude=latitude, longitude=longitude)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("latitude = 91, longitude = 0", "coordinates_on_earth"),
        ("latitude = 'NaN', longitude = 0", "coordinates_on_earth"),
        ("latitude = 1, longitude = null", "both_coordinates_or_none"),
    ],
)
async def test_the_database_holds_the_coordinates_to_the_earth_too(
    context: Context, change: str, constraint: str
) -> None:
    location = f"cellar-{new_id()}"
    await opened(context, location)
    with pytest.raises(psycopg.errors.CheckViolation) as refused:
        async with context.house.database("inventory").transaction() as tx:
            await tx.run(f"update inventory.location set {change} where id = '{location}'")
    assert refused.value.diag.constraint_name == constraint


async def test_places_are_those_of_the_locations_that_have_coordinates(context: Context) -> None:
    known, unknown = f"known-{new_id()}", f"unknown-{new_id()}"
    await opened(context, known, latitude=10.0, longitude=20.0)
    await opened(context, unknown)
    asked = [known, unknown, "nowhere-at-all"]
    assert await places_of(context.house, asked) == {known: Place(10.0, 20.0)}
    await opened(context, unknown, latitude=0.0, longitude=0.0)
    await opened(context, known, latitude=11.0, longitude=20.0)
    assert await places_of(context.house, asked) == {
        known: Place(11.0, 20.0),
        unknown: Place(0.0, 0.0),
    }


def test_locations_opened_before_there_were_coordinates_are_still_read() -> None:
    old = b'{"location": "cellar", "name": "Cellar", "kind": "warehouse"}'
    event = msgspec.json.decode(old, type=LocationOpened)
    assert (event.latitude, event.longitude) == (None, None)
