"""Every SQL statement of channels."""

from collections.abc import Sequence

import msgspec

from rackhouse.channels.rules import Channel, Kind, SourcingStrategy, State
from rackhouse.platform.database import Transaction

__all__ = ["list_channels", "lock_channel", "read_channel", "read_channels", "write_channel"]


async def lock_channel(tx: Transaction, channel_id: str) -> None:
    """Be the only one to open, change or close a channel until the end of the transaction."""
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended('channels.channel:' || %(id)s::text, 1))",
        {"id": channel_id},
    )


async def read_channel(tx: Transaction, channel_id: str) -> State | None:
    """A channel, open or closed."""
    return await tx.maybe(
        _state,
        """
        select closed, id, name, kind, locations, enabled, version, sourcing, split
        from channels.channel
        where id = %(id)s
        """,
        {"id": channel_id},
    )


async def read_channels(tx: Transaction, channel_ids: Sequence[str]) -> list[Channel]:
    """Those of some channels that are open."""
    return await tx.all(
        _channel,
        """
        select id, name, kind, locations, enabled, version, sourcing, split
        from jsonb_array_elements_text(%(ids)s::jsonb) as asked (id)
        join channels.channel using (id)
        where not closed
        """,
        {"ids": msgspec.json.encode(channel_ids).decode()},
    )


async def list_channels(
    tx: Transaction, *, after: str | None, only: str | None, limit: int
) -> list[Channel]:
    """Open channels in the order of their ids; of all, or of one only."""
    return await tx.all(
        _channel,
        """
        select id, name, kind, locations, enabled, version, sourcing, split
        from channels.channel
        where not closed
          and id collate "C" > coalesce(%(after)s::text, '')
          and (%(only)s::text is null or id = %(only)s::text)
        order by id collate "C"
        limit %(limit)s
        """,
        {"after": after, "only": only, "limit": limit},
    )


async def write_channel(tx: Transaction, state: State) -> None:
    """Write a channel as it is now."""
    facts = msgspec.structs.asdict(state.channel)
    await tx.run(
        """
        insert into channels.channel
            (id, name, kind, locations, enabled, closed, version, sourcing, split)
        values (%(id)s, %(name)s, %(kind)s, %(locations)s::text[], %(enabled)s, %(closed)s,
            %(version)s, %(sourcing)s, %(split)s)
        on conflict (id) do update set
            name = excluded.name,
            kind = excluded.kind,
            locations = excluded.locations,
            enabled = excluded.enabled,
            closed = excluded.closed,
            version = excluded.version,
            sourcing = excluded.sourcing,
            split = excluded.split
        """,
        {**facts, "locations": list(state.channel.locations), "closed": state.closed},
    )


def _state(
    closed: bool,
    id: str,  # noqa: A002 - the column's name
    name: str,
    kind: Kind,
    locations: list[str],
    enabled: bool,
    version: int,
    sourcing: SourcingStrategy,
    split: bool,
) -> State:
    channel = _channel(id, name, kind, locations, enabled, version, sourcing, split)
    return State(channel, closed)


def _channel(
    id: str,  # noqa: A002 - the column's name
    name: str,
    kind: Kind,
    locations: list[str],
    enabled: bool,
    version: int,
    sourcing: SourcingStrategy,
    split: bool,
) -> Channel:
    return Channel(
        id=id,
        name=name,
        kind=kind,
        locations=tuple(locations),
        enabled=enabled,
        version=version,
        sourcing=sourcing,
        split=split,
    )
