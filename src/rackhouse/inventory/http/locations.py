"""Locations over HTTP."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.inventory.errors import InvalidCoordinates
from rackhouse.inventory.http.shapes import Handle
from rackhouse.inventory.locations import Location, locations, open_location
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery

__all__ = ["ENDPOINTS"]


class LocationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place where stock lies."""

    id: Handle
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    kind: Annotated[str, Meta(pattern="^(warehouse|shop|other)$")] = "warehouse"
    latitude: Annotated[
        Annotated[float, Meta(ge=-90, le=90)] | None,
        Meta(description="Degrees north (WGS 84). Left out, the coordinates stay as they are."),
    ] = None
    longitude: Annotated[
        Annotated[float, Meta(ge=-180, le=180)] | None,
        Meta(description="Degrees east. Give both coordinates or none."),
    ] = None


async def post_location(call: Call) -> Location:
    body: LocationBody = call.body
    return await open_location(
        context=call.context,
        location=body.id,
        name=body.name,
        kind=body.kind,
        latitude=body.latitude,
        longitude=body.longitude,
    )


async def get_locations(call: Call) -> Answer:
    query: PageQuery = call.query
    found = await locations(
        context=call.context, after=query.after(str) or "", limit=query.limit + 1
    )
    return Answer(200, Page.of(found, query.limit, lambda each: each.id))


def _opened(location: Location) -> Answer:
    return Answer(201, location)


ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/locations",
        handler=post_location,
        present=_opened,
        permission="inventory:write",
        summary="Open a location, or give it another name",
        body=LocationBody,
        answers={201: Location},
        refusals=(InvalidCoordinates,),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/locations",
        handler=get_locations,
        permission="inventory:read",
        summary="Locations",
        query=PageQuery,
        answers={200: Page[Location]},
    ),
]
