"""Statements about lag: what was counted, what is promised, and what was done about a breach."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from rackhouse.outlets.rules import LagRule
from rackhouse.platform.database import Transaction

__all__ = [
    "Counts",
    "KeptRule",
    "RaisedBuffer",
    "counts_of",
    "forget_minutes",
    "forget_raised_buffers",
    "lock_lag_rule",
    "raised_buffers",
    "read_lag_rule",
    "read_lag_rules",
    "remember_raised_buffers",
    "rules_and_channels",
    "write_lag_rule",
]


class Counts(NamedTuple):
    """What came of the attempts of an outlet within some time."""

    outlet_id: str
    acknowledged: int
    in_time: int
    attempts: int
    failures: int


class KeptRule(msgspec.Struct, frozen=True, kw_only=True):
    """The rule of a channel as it is kept; ``own`` says whether somebody set it. ``taken`` is the
    measure that is in force."""

    channel: str
    own: bool
    rule: LagRule
    version: int
    breached_at: datetime.datetime | None = None
    taken: str | None = None


class RaisedBuffer(NamedTuple):
    """A buffer that a measure raised: from how many pieces to how many."""

    sku: str
    location: str
    before: int
    raised_to: int


async def counts_of(tx: Transaction, since: Mapping[str, datetime.datetime]) -> dict[str, Counts]:
    """What came of the attempts of some outlets, of each since a time."""
    found = await tx.all(
        Counts,
        """
        select outlet_id::text, sum(acknowledged)::bigint, sum(in_time)::bigint,
            sum(attempts)::bigint, sum(failures)::bigint
        from jsonb_to_recordset(%(asked)s::jsonb) as asked (id uuid, since timestamptz)
        join outlets.minute on outlet_id = asked.id and minute >= asked.since
        group by outlet_id
        """,
        {
            "asked": msgspec.json.encode(
                [{"id": id_, "since": at} for id_, at in since.items()]
            ).decode()
        },
    )
    return {each.outlet_id: each for each in found}


async def forget_minutes(tx: Transaction, *, before: datetime.datetime) -> int:
    """Delete what was counted before a time; says how many minutes."""
    return await tx.run("delete from outlets.minute where minute < %(before)s", {"before": before})


async def lock_lag_rule(tx: Transaction, channel: str) -> None:
    """Be the only one to judge or change the rule of a channel until the end of the transaction."""
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended('outlets.lag:' || %(channel)s::text, 1))",
        {"channel": channel},
    )


async def read_lag_rule(tx: Transaction, channel: str) -> KeptRule | None:
    """The rule of a channel, and where a breach of it stands."""
    return (await read_lag_rules(tx, [channel])).get(channel)


async def read_lag_rules(tx: Transaction, channels: Sequence[str]) -> dict[str, KeptRule]:
    """The rules of some channels, and where a breach of each stands."""
    found = await tx.all(
        _kept,
        """
        select channel, own, version, breached_at, taken, within_seconds, share,
            window_hours, limit_seconds, measure, buffer
        from outlets.lag_rule where channel in (
            select channel from jsonb_array_elements_text(%(channels)s::jsonb) as asked (channel))
        """,
        {"channels": msgspec.json.encode(list(channels)).decode()},
    )
    return {each.channel: each for each in found}


async def rules_and_channels(tx: Transaction) -> list[str]:
    """The channels that have a rule or an outlet."""
    return await tx.all(
        str,
        """
        select channel from outlets.lag_rule
        union
        select channel from outlets.outlet where not closed and channel is not null
        order by channel
        """,
    )


async def write_lag_rule(tx: Transaction, kept: KeptRule) -> None:
    """Write the rule of a channel, and where a breach of it stands."""
    await tx.run(
        """
        insert into outlets.lag_rule (channel, own, version, breached_at, taken,
            within_seconds, share, window_hours, limit_seconds, measure, buffer)
        values (%(channel)s, %(own)s, %(version)s, %(breached_at)s, %(taken)s,
            %(within_seconds)s, %(share)s, %(window_hours)s,
            %(limit_seconds)s, %(measure)s, %(buffer)s)
        on conflict (channel) do update set
            own = excluded.own, version = excluded.version, breached_at = excluded.breached_at,
            taken = excluded.taken,
            within_seconds = excluded.within_seconds, share = excluded.share,
            window_hours = excluded.window_hours, limit_seconds = excluded.limit_seconds,
            measure = excluded.measure, buffer = excluded.buffer
        """,
        {
            "channel": kept.channel,
            "own": kept.own,
            "version": kept.version,
            "breached_at": kept.breached_at,
            "taken": kept.taken,
            **msgspec.structs.asdict(kept.rule),
        },
    )


async def remember_raised_buffers(
    tx: Transaction, channel: str, rows: Sequence[RaisedBuffer]
) -> None:
    """Remember buffers that are about to be raised."""
    await tx.run(
        """
        insert into outlets.raised_buffer (channel, sku, location, before, raised_to)
        select %(channel)s, sku, location, before, raised_to
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            sku text, location text, before integer, raised_to integer)
        """,
        {
            "channel": channel,
            "rows": msgspec.json.encode([each._asdict() for each in rows]).decode(),
        },
    )


async def raised_buffers(tx: Transaction, channel: str) -> list[RaisedBuffer]:
    """Buffers that a measure raised for a channel."""
    return await tx.all(
        RaisedBuffer,
        """
        select sku, location, before, raised_to from outlets.raised_buffer
        where channel = %(channel)s order by sku, location
        """,
        {"channel": channel},
    )


async def forget_raised_buffers(
    tx: Transaction, channel: str, rows: Sequence[RaisedBuffer]
) -> None:
    """Forget buffers that were restored or left."""
    await tx.run(
        """
        delete from outlets.raised_buffer
        where channel = %(channel)s and (sku, location) in (
            select sku, location
            from jsonb_to_recordset(%(rows)s::jsonb) as old (sku text, location text))
        """,
        {
            "channel": channel,
            "rows": msgspec.json.encode([each._asdict() for each in rows]).decode(),
        },
    )


def _kept(*values: Any) -> KeptRule:
    channel, own, version, breached_at, taken, *rule = values
    return KeptRule(
        channel=channel,
        own=own,
        version=version,
        breached_at=breached_at,
        taken=taken,
        rule=LagRule(**dict(zip(LagRule.__struct_fields__, rule, strict=True))),
    )
