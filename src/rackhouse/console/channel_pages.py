"""The pages of channels: how late each is told, what stands in its way, and what is set apart for
it; with what a person can do about it."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import Parameter
from litestar.response import Redirect

from rackhouse.channels import Channel, list_channels, read_channel
from rackhouse.connectors import (
    Connection,
    Trouble,
    connection_page,
    progress_of,
    retry_troubles,
    troubles,
)
from rackhouse.console.forms import context_of_form
from rackhouse.console.names import Names
from rackhouse.console.rendering import fragment, whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.inventory import Allotment, allotments
from rackhouse.outlets import (
    ChannelLag,
    channel_lag,
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

CHANNELS_SHOWN = 50
CONNECTIONS_SHOWN = 100
TROUBLES_SHOWN = 10
ALLOTMENTS_SHOWN = 50
PAUSED_HERE = "paused in the console"
OUTLETS, CONNECTIONS = "outlets:write", "connections:write"
KINDS = {
    "web_shop": "Web shop",
    "pos": "Till",
    "marketplace": "Marketplace",
    "social_shop": "Social shop",
    "wholesale": "Wholesale",
    "other": "Other",
}

AnyRequest = Request[Any, Any, Any]
Id = Annotated[str, Parameter(max_length=100)]


class _Shown(msgspec.Struct, frozen=True):
    channel: Channel
    lag: ChannelLag
    connections: list[Connection]


class _Connected(msgspec.Struct, frozen=True):
    connection: Connection
    progress: Any
    troubles: list[Trouble]


@get("/channels")
async def get_channels_page(
    request: AnyRequest, after: Annotated[str | None, Parameter(max_length=100)] = None
) -> Response[str]:
    """All channels, each with how late it is told. Asked for by the page itself, only the rows."""
    context = await context_of_session(house_of(request), request)
    found = await list_channels(context=context, after=after, limit=CHANNELS_SHOWN + 1)
    connected = await _connections(context)
    shown = [
        _Shown(
            each,
            await channel_lag(context=context, channel=each.id),
            [other for other in connected if other.channel == each.id],
        )
        for each in found[:CHANNELS_SHOWN]
    ]
    facts: dict[str, Any] = {
        "channels": shown,
        "kinds": KINDS,
        "further": shown[-1].channel.id if len(found) > CHANNELS_SHOWN else None,
    }
    return _page_or_part(request, "channels.html", "channel_rows.html", facts)


@get("/channels/{channel:str}")
async def get_channel_page(request: AnyRequest, channel: Id) -> Response[str]:
    """A channel. Asked for by the page itself, only how late it is told."""
    house = house_of(request)
    context = await context_of_session(house, request)
    facts: dict[str, Any] = {
        "channel": await read_channel(context=context, channel_id=channel),
        "lag": await channel_lag(context=context, channel=channel),
        "may_change": OUTLETS in context.caller.permissions,
    }
    if "hx-request" in request.headers:
        return _page_or_part(request, "", "channel_lag.html", facts)
    apart = await _set_apart(context, channel)
    connected = [each for each in await _connections(context) if each.channel == channel]
    return whole_page(
        "channel.html",
        kinds=KINDS,
        connections=[await _connected(context, each) for each in connected],
        may_retry=CONNECTIONS in context.caller.permissions,
        allotments=apart,
        names=await house.the(Names).of_skus({each.sku for each in apart}),
        **facts,
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


def _page_or_part(
    request: AnyRequest, page: str, part: str, facts: dict[str, Any]
) -> Response[str]:
    if "hx-request" in request.headers:
        return Response(fragment(part, **facts), media_type="text/html; charset=utf-8")
    return whole_page(page, **facts)


async def _connections(context: Context) -> list[Connection]:
    if "connections:read" not in context.caller.permissions:
        return []
    return await connection_page(context=context, after=None, limit=CONNECTIONS_SHOWN)


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
