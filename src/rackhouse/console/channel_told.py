"""How late channels are told, as their pages show it, and the live streams of these pages."""

import datetime
import functools
from typing import Any

import msgspec
from litestar import Request
from litestar.types import ControllerRouterHandler

from rackhouse.channels import Channel, list_channels
from rackhouse.connectors import Connection, connection_page
from rackhouse.console.channel_history import told_of_channel
from rackhouse.console.lag_picture import LagPicture, lag_picture
from rackhouse.console.lag_view import LOOK_SECONDS, LagView
from rackhouse.console.rendering import fragment
from rackhouse.console.streaming import Parts, Refreshing, stream_route
from rackhouse.outlets import ChannelLag, channel_history, channel_lag, channel_lags
from rackhouse.platform.context import Context
from rackhouse.platform.house import House

__all__ = [
    "KINDS",
    "connections_of",
    "facts_of_channel",
    "facts_of_channels",
    "parts_of_channel",
    "told_route",
]

CHANNELS_SHOWN = 50
CONNECTIONS_SHOWN = 100
HAPPENINGS_SHOWN = 12
HANDLE_LENGTH = 100
SMALL, LARGE = (120, 24), (720, 96)
OUTLETS = "outlets:write"
KINDS = {
    "web_shop": "Web shop",
    "pos": "Till",
    "marketplace": "Marketplace",
    "social_shop": "Social shop",
    "wholesale": "Wholesale",
    "other": "Other",
}

AnyRequest = Request[Any, Any, Any]


class Shown(msgspec.Struct, frozen=True):
    """A channel as the list shows it."""

    channel: Channel
    lag: ChannelLag
    picture: LagPicture
    connections: list[Connection]


def told_route(house: House) -> ControllerRouterHandler:
    """The stream of the list of channels, or of one channel, at ``/console/channels``."""
    return stream_route(house, "/console/channels", _follow)


async def facts_of_channels(context: Context, after: str | None) -> dict[str, Any]:
    """What the list of channels shows, each with how late it is told: one question for all."""
    found = await list_channels(context=context, after=after, limit=CHANNELS_SHOWN + 1)
    channels = found[:CHANNELS_SHOWN]
    lags = await channel_lags(context=context, channels=[each.id for each in channels])
    view = await context.house.the(LagView).open()
    connected = await connections_of(context)
    return {
        "kinds": KINDS,
        "further": channels[-1].id if len(found) > CHANNELS_SHOWN else None,
        "channels": [
            Shown(
                each,
                lags[each.id],
                _picture(view, lags[each.id], SMALL),
                [other for other in connected if other.channel == each.id],
            )
            for each in channels
        ],
    }


async def facts_of_channel(context: Context, channel: str) -> dict[str, Any]:
    """What a channel's page shows of how it is told, and what happened to that."""
    lag = await channel_lag(context=context, channel=channel)
    view = await context.house.the(LagView).open()
    happened = await channel_history(context=context, channel=channel, limit=HAPPENINGS_SHOWN)
    names = {each.id: each.name for each in lag.outlets}
    return {
        "id": channel,
        "lag": lag,
        "picture": _picture(view, lag, LARGE),
        "happenings": [told_of_channel(event, names) for event in happened],
        "may_change": OUTLETS in context.caller.permissions,
    }


async def connections_of(context: Context) -> list[Connection]:
    """The connections, for those who may see them."""
    if "connections:read" not in context.caller.permissions:
        return []
    return await connection_page(context=context, after=None, limit=CONNECTIONS_SHOWN)


async def _follow(context: Context, request: AnyRequest) -> Refreshing:
    channel, after = (
        request.query_params.get(name, "")[:HANDLE_LENGTH] for name in ("channel", "after")
    )
    look = (
        functools.partial(parts_of_channel, context, channel)
        if channel
        else functools.partial(_parts_of_channels, context, after or None)
    )
    heartbeat = context.house.settings.stream_heartbeat_seconds
    return Refreshing(look, seconds=LOOK_SECONDS, heartbeat_seconds=heartbeat)


async def _parts_of_channels(context: Context, after: str | None) -> Parts:
    facts = await facts_of_channels(context, after)
    return Parts(
        fragment("channel_rows.html", oob=True, **facts),
        {
            each.channel.id: fragment("channel_changed_row.html", each=each, kinds=KINDS)
            for each in facts["channels"]
        },
    )


async def parts_of_channel(context: Context, channel: str) -> Parts:
    """What the stream of a channel's page sends: how it is told, as a whole and by parts."""
    facts = await facts_of_channel(context, channel)
    parts = {
        name: fragment("channel_part.html", part=name, outlet=None, **facts)
        for name in ("state", "picture", "history")
    }
    for outlet in facts["lag"].outlets:
        parts[outlet.id] = fragment("channel_part.html", part="outlet", outlet=outlet, **facts)
    return Parts(fragment("channel_told.html", oob=True, **facts), parts)


def _picture(view: LagView, lag: ChannelLag, sheet: tuple[int, int]) -> LagPicture:
    width, height = sheet
    now = datetime.datetime.now(datetime.UTC)
    return lag_picture(view.past(lag.channel), lag.rule, now=now, width=width, height=height)
