"""Opening, changing, closing and reading channels, and giving them credentials."""

from collections.abc import Callable

from rackhouse.channels import rules, store
from rackhouse.channels.errors import BoundToAnotherChannel, ChannelNotFound
from rackhouse.channels.events import LOG
from rackhouse.channels.rules import Channel, ChannelEvent, State, Terms
from rackhouse.channels.selling import ChannelFacts
from rackhouse.identity import NewClient, register_client
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.store import server_time

__all__ = [
    "change_channel",
    "close_channel",
    "give_credentials",
    "list_channels",
    "open_channel",
    "read_channel",
]

Decide = Callable[[State | None], ChannelEvent | None]


@operation("channels:write")
async def open_channel(*, context: Context, channel_id: str, terms: Terms) -> Channel:
    """Open a channel, or open one again that was closed.

    Whether its locations exist is not asked: a location may be added later. Refuses with
    `ChannelAlreadyOpen`, `InvalidChannel` and `BoundToAnotherChannel`.
    """
    bound_to = context.caller.channel
    if bound_to not in (None, channel_id):
        raise BoundToAnotherChannel(
            subject=context.caller.subject, bound_to=bound_to, channel=channel_id
        )
    return await _decided(context, channel_id, lambda state: rules.open_(state, channel_id, terms))


@operation("channels:write")
async def change_channel(
    *, context: Context, channel_id: str, terms: Terms, expected_version: int | None
) -> Channel:
    """Give a channel other terms; the same terms change nothing.

    Refuses with `ChannelNotFound`, `VersionIsStale` (None expects any version) and
    `InvalidChannel`.
    """
    _refuse_unreachable(context, channel_id)
    return await _decided(
        context,
        channel_id,
        lambda state: rules.change(state, channel_id, terms, expected_version=expected_version),
    )


@operation("channels:write")
async def close_channel(*, context: Context, channel_id: str, expected_version: int | None) -> None:
    """Close a channel. Its clients can not sell any more, but stay until they are disabled.

    Refuses with `ChannelNotFound` and `VersionIsStale` (None expects any version).
    """
    _refuse_unreachable(context, channel_id)
    await _decided(
        context,
        channel_id,
        lambda state: rules.close(state, channel_id, expected_version=expected_version),
    )


@operation("channels:read")
async def read_channel(*, context: Context, channel_id: str) -> Channel:
    """A channel; refuses with `ChannelNotFound`, also one that is not the caller's own."""
    _refuse_unreachable(context, channel_id)
    async with context.house.database("channels").transaction() as tx:
        state = await store.read_channel(tx, channel_id)
    if state is None or state.closed:
        raise ChannelNotFound(channel=channel_id)
    return state.channel


@operation("channels:read")
async def list_channels(*, context: Context, after: str | None, limit: int) -> list[Channel]:
    """At most ``limit`` channels after an id, in the order of their ids; a caller that is bound
    to a channel sees that one."""
    async with context.house.database("channels").transaction() as tx:
        return await store.list_channels(tx, after=after, only=context.caller.channel, limit=limit)


@operation("clients:write")
async def give_credentials(*, context: Context, channel_id: str, name: str) -> NewClient:
    """Register a client that acts for a channel and for nothing else.

    Refuses with `ChannelNotFound`, and whatever `identity.register_client` refuses.
    """
    await read_channel(context=context, channel_id=channel_id)
    return await register_client(context=context, name=name, roles=("channel",), channel=channel_id)


async def _decided(context: Context, channel_id: str, decide: Decide) -> Channel:
    async with context.house.database("channels").transaction() as tx:
        await claim(tx, context.idempotency)
        await store.lock_channel(tx, channel_id)
        state = await store.read_channel(tx, channel_id)
        event = decide(state)
        if event is not None:
            state = rules.apply(state, event)
            await _record(tx, context, state, event)
        assert state is not None
    context.house.the(ChannelFacts).forget([channel_id])
    return state.channel


async def _record(tx: Transaction, context: Context, state: State, event: ChannelEvent) -> None:
    now = await server_time(tx)
    channel = state.channel
    await store.write_channel(tx, state)
    recorded = NewEvent(stream=channel.id, version=channel.version, data=event, context=context)
    await LOG.append(tx, [recorded], now)
    await remember_answer(tx, context.idempotency, channel, answered_at=now)


def _refuse_unreachable(context: Context, channel_id: str) -> None:
    if context.caller.channel not in (None, channel_id) or not rules.is_handle(channel_id):
        raise ChannelNotFound(channel=channel_id)
