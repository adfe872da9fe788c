"""Channels over HTTP."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.channels.errors import (
    BoundToAnotherChannel,
    ChannelAlreadyOpen,
    ChannelNotFound,
    InvalidChannel,
)
from rackhouse.channels.opening import (
    change_channel,
    close_channel,
    give_credentials,
    list_channels,
    open_channel,
    read_channel,
)
from rackhouse.channels.rules import NAME_LENGTH_LIMIT, Channel, Handle, Terms
from rackhouse.identity import GrantExceedsGranter, NameUnreadable, NewClient, TooManySecretsAtOnce
from rackhouse.platform.http import (
    Answer,
    Call,
    Endpoint,
    Page,
    PageQuery,
    entity_tag,
    version_matched,
)

__all__ = ["ENDPOINTS"]

_CHANNEL_ID = {"channel_id": "The channel's handle, such as `web` or `pos-3`."}


class ChannelRequest(Terms, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A channel to open."""

    id: Handle
    enabled: Annotated[bool, Meta(description="Whether it may sell at once.")] = True

    def terms(self) -> Terms:
        """All but the id."""
        return Terms(**{field: getattr(self, field) for field in Terms.__struct_fields__})


class CredentialsRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Credentials to make for a channel."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=NAME_LENGTH_LIMIT,
            pattern="^[^\\x00-\\x1f\\x7f]+$",
            description="What people call this client, such as `Till 3 in Berlin`.",
        ),
    ]


class ChannelPlace(msgspec.Struct, frozen=True):
    """Where a page of channels ended."""

    id: Handle


async def get_channels(call: Call) -> Answer:
    """The open channels in the order of their ids. A caller bound to a channel sees that one."""
    query: PageQuery = call.query
    after = query.after(ChannelPlace)
    found = await list_channels(
        context=call.context, after=after.id if after else None, limit=query.limit + 1
    )
    return Answer(200, Page.of(found, query.limit, lambda last: ChannelPlace(last.id)))


async def post_channel(call: Call) -> Channel:
    """Open a channel, or open one again that was closed."""
    request: ChannelRequest = call.body
    return await open_channel(context=call.context, channel_id=request.id, terms=request.terms())


def opened(channel: Channel) -> Answer:
    """A channel that was just opened, and where it is."""
    location = (b"location", f"/api/v1/channels/{channel.id}".encode())
    return Answer(201, channel, (entity_tag(channel.version), location))


async def get_channel(call: Call) -> Answer:
    """One channel, with its version as the ETag."""
    channel = await read_channel(context=call.context, channel_id=call.path["channel_id"])
    return Answer(200, channel, (entity_tag(channel.version),))


async def put_channel(call: Call) -> Answer:
    """Replace what is said of a channel. The same again changes nothing."""
    channel = await change_channel(
        context=call.context,
        channel_id=call.path["channel_id"],
        terms=call.body,
        expected_version=version_matched(call),
    )
    return Answer(200, channel, (entity_tag(channel.version),))


async def delete_channel(call: Call) -> Answer:
    """Close a channel. It sells no more; its clients stay until they are disabled."""
    await close_channel(
        context=call.context,
        channel_id=call.path["channel_id"],
        expected_version=version_matched(call),
    )
    return Answer(204)


async def post_channel_credentials(call: Call) -> NewClient:
    """Make a client id and secret with which to act for this channel and nothing else. The
    secret is not shown again; a retry with the same idempotency key gets it once more."""
    request: CredentialsRequest = call.body
    return await give_credentials(
        context=call.context, channel_id=call.path["channel_id"], name=request.name
    )


def credentials_made(new: NewClient) -> Answer:
    """Credentials that were just made; nobody on the way may keep the secret."""
    return Answer(201, new, ((b"cache-control", b"no-store"),))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/channels",
        handler=get_channels,
        permission="channels:read",
        summary="List the channels",
        query=PageQuery,
        answers={200: Page[Channel]},
    ),
    Endpoint(
        method="POST",
        path="/api/v1/channels",
        handler=post_channel,
        present=opened,
        permission="channels:write",
        summary="Open a channel",
        body=ChannelRequest,
        answers={201: Channel},
        refusals=(ChannelAlreadyOpen, InvalidChannel, BoundToAnotherChannel),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/channels/{channel_id}",
        handler=get_channel,
        permission="channels:read",
        summary="Read a channel",
        answers={200: Channel},
        refusals=(ChannelNotFound,),
        path_descriptions=_CHANNEL_ID,
    ),
    Endpoint(
        method="PUT",
        path="/api/v1/channels/{channel_id}",
        handler=put_channel,
        permission="channels:write",
        summary="Change a channel",
        body=Terms,
        answers={200: Channel},
        refusals=(ChannelNotFound, InvalidChannel),
        needs_if_match=True,
        path_descriptions=_CHANNEL_ID,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/channels/{channel_id}",
        handler=delete_channel,
        permission="channels:write",
        summary="Close a channel",
        answers={204: None},
        refusals=(ChannelNotFound,),
        needs_if_match=True,
        path_descriptions=_CHANNEL_ID,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/channels/{channel_id}/credentials",
        handler=post_channel_credentials,
        present=credentials_made,
        permission="clients:write",
        summary="Make credentials for a channel",
        body=CredentialsRequest,
        answers={201: NewClient},
        refusals=(ChannelNotFound, GrantExceedsGranter, NameUnreadable, TooManySecretsAtOnce),
        path_descriptions=_CHANNEL_ID,
    ),
)
