"""The pages of channels: how late each is told, what stands in its way, and what is set apart for
it; with what a person can do about it."""

from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.params import Parameter
from litestar.response import Redirect

from rackhouse.channels import read_channel
from rackhouse.connectors import (
    Connection,
    Trouble,
    progress_of,
    retry_troubles,
    troubles,
)
from rackhouse.console.channel_told import (
    KINDS,
    connections_of,
    facts_of_channel,
    facts_of_channels,
)
from rackhouse.console.forms import context_of_form
from rackhouse.console.names import Names
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.inventory import Allotment, allotments
from rackhouse.outlets import (
    pause_outlet,
    replay_dead_letters,
    resume_outlet,
)
from rackhouse.platform.context import Context

__all__ = [
    "get_channel_page",
    "get_channels_page",
    "post_outlet_step",
    "post_troubles_retry",
]

TROUBLES_SHOWN = 10
ALLOTMENTS_SHOWN = 50
PAUSED_HERE = "paused in the console"
CONNECTIONS = "connections:write"

AnyRequest = Request[Any, Any, Any]
Id = Annotated[str, Parameter(max_length=100)]


class _Connected(msgspec.Struct, frozen=True):
    connection: Connection
    progress: Any
    troubles: list[Trouble]


@get("/channels")
async def get_channels_page(
    request: AnyRequest, after: Annotated[str | None, Parameter(max_length=100)] = None
) -> Response[str]:
    """All channels, each with how late it is told."""
    context = await context_of_session(house_of(request), request)
    live = f"/console/channels?{urlencode({'after': after})}" if after else "/console/channels"
    return whole_page("channels.html", live=live, **await facts_of_channels(context, after))


@get("/channels/{channel:str}")
async def get_channel_page(request: AnyRequest, channel: Id) -> Response[str]:
    """A channel: how late it is told, what stands in its way, and what is set apart for it."""
    house = house_of(request)
    context = await context_of_session(house, request)
    found = await read_channel(context=context, channel_id=channel)
    apart = await _set_apart(context, channel)
    connected = [each for each in await connections_of(context) if each.channel == channel]
    return whole_page(
        "channel.html",
        channel=found,
        kinds=KINDS,
        connections=[await _connected(context, each) for each in connected],
        may_retry=CONNECTIONS in context.caller.permissions,
        allotments=apart,
        names=await house.the(Names).of_skus({each.sku for each in apart}),
        **await facts_of_channel(context, channel),
    )


@post("/channels/{channel:str}/outlets/{outlet:str}/{step:str}")
async def post_outlet_step(
    request: AnyRequest,
    channel: Id,
    outlet: Id,
    step: Annotated[str, Parameter(pattern="^(pause|resume|replay)$")],
) -> Redirect:
    """Pause or resume an outlet of a channel, or send its dead letters anew."""
    context = await context_of_form(request)
    match step:
        case "pause":
            await pause_outlet(context=context, outlet_id=outlet, reason=PAUSED_HERE)
        case "resume":
            await resume_outlet(context=context, outlet_id=outlet)
        case _:
            await replay_dead_letters(context=context, outlet_id=outlet)
    return Redirect(f"/channels/{channel}", status_code=303)


@post("/channels/{channel:str}/connections/{connection:str}/retry")
async def post_troubles_retry(request: AnyRequest, channel: Id, connection: Id) -> Redirect:
    """Try again at once what a connection could not carry out."""
    context = await context_of_form(request)
    await retry_troubles(context=context, connection_id=connection, kind=None, trouble_id=None)
    return Redirect(f"/channels/{channel}", status_code=303)


async def _connected(context: Context, connection: Connection) -> _Connected:
    found = await troubles(
        context=context, connection_id=connection.id, after=("", ""), limit=TROUBLES_SHOWN
    )
    progress = await progress_of(context=context, connection_id=connection.id)
    return _Connected(connection, progress, found)


async def _set_apart(context: Context, channel: str) -> list[Allotment]:
    return await allotments(
        context=context,
        channel=channel,
        sku=None,
        location=None,
        after=None,
        limit=ALLOTMENTS_SHOWN,
    )
