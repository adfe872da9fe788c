"""Every SQL statement of the notary."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.notary.rules import Checkpoint, Head
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import Position

__all__ = [
    "checkpoint_numbered",
    "checkpoint_page",
    "checkpoints_after",
    "heads_of",
    "insert_checkpoint",
    "insert_heads",
    "newest_checkpoint",
    "newest_checkpoints",
    "take_turn",
]


async def take_turn(tx: Transaction, log: str) -> None:
    """Be the only one to sign a checkpoint of a log until the end of the transaction."""
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended('notary.checkpoint:' || %(log)s::text, 1))",
        {"log": log},
    )


async def newest_checkpoint(tx: Transaction, log: str) -> Checkpoint | None:
    """The newest checkpoint of a log."""
    return await tx.maybe(
        _checkpoint,
        """
        select log, number, signed_at, position, events, streams, previous_root, root, jws
        from notary.checkpoint
        where log = %(log)s
        order by number desc limit 1
        """,
        {"log": log},
    )


async def newest_checkpoints(tx: Transaction, logs: Sequence[str]) -> list[Checkpoint]:
    """The newest checkpoint of each of some logs, in the order of their names."""
    return await tx.all(
        _checkpoint,
        """
        select newest.*
        from jsonb_array_elements_text(%(logs)s::jsonb) as asked (name)
        cross join lateral (
            select log, number, signed_at, position, events, streams, previous_root, root, jws
            from notary.checkpoint
            where log = asked.name
            order by number desc limit 1) as newest
        order by newest.log
        """,
        {"logs": _encoded(logs)},
    )


async def checkpoints_after(
    tx: Transaction, log: str, *, number: int, limit: int
) -> list[Checkpoint]:
    """The checkpoints of a log after a number, oldest first."""
    return await tx.all(
        _checkpoint,
        """
        select log, number, signed_at, position, events, streams, previous_root, root, jws
        from notary.checkpoint
        where log = %(log)s and number > %(number)s
        order by number
        limit %(limit)s
        """,
        {"log": log, "number": number, "limit": limit},
    )


async def checkpoint_page(
    tx: Transaction,
    *,
    log: str | None,
    before: tuple[datetime.datetime, str, int] | None,
    limit: int,
) -> list[Checkpoint]:
    """Checkpoints of a log or of all, the newest first, before a (time, log, number)."""
    signed_at, of_log, number = before or (None, None, None)
    return await tx.all(
        _checkpoint,
        """
        select log, number, signed_at, position, events, streams, previous_root, root, jws
        from notary.checkpoint
        where log = coalesce(%(log)s::text, log)
          and (%(signed_at)s::timestamptz is null or (signed_at, log, number)
               < (%(signed_at)s::timestamptz, %(of_log)s::text, %(number)s::bigint))
        order by signed_at desc, log desc, number desc
        limit %(limit)s
        """,
        {"log": log, "signed_at": signed_at, "of_log": of_log, "number": number, "limit": limit},
    )


async def checkpoint_numbered(tx: Transaction, log: str, number: int) -> Checkpoint | None:
    """A checkpoint of a log."""
    return await tx.maybe(
        _checkpoint,
        """
        select log, number, signed_at, position, events, streams, previous_root, root, jws
        from notary.checkpoint
        where log = %(log)s and number = %(number)s
        """,
        {"log": log, "number": number},
    )


async def heads_of(tx: Transaction, log: str, number: int, *, after: str, limit: int) -> list[Head]:
    """The heads that a checkpoint names, in the order of their streams after one."""
    return await tx.all(
        Head,
        """
        select stream, version, hash
        from notary.head
        where log = %(log)s and number = %(number)s and stream > %(after)s
        order by stream
        limit %(limit)s
        """,
        {"log": log, "number": number, "after": after, "limit": limit},
    )


async def insert_checkpoint(tx: Transaction, checkpoint: Checkpoint) -> None:
    """Write down a checkpoint."""
    await tx.run(
        """
        insert into notary.checkpoint
            (log, number, signed_at, position, events, streams, previous_root, root, jws)
        values (%(log)s, %(number)s, %(signed_at)s, %(position)s, %(events)s, %(streams)s,
            %(previous_root)s, %(root)s, %(jws)s)
        """,
        {**msgspec.structs.asdict(checkpoint), "position": str(checkpoint.position)},
    )


async def insert_heads(tx: Transaction, checkpoint: Checkpoint, heads: Sequence[Head]) -> None:
    """Write down heads that a checkpoint names."""
    await tx.run(
        """
        insert into notary.head (log, number, stream, version, hash)
        select %(log)s, %(number)s, stream, version, decode(hash, 'hex')
        from jsonb_to_recordset(%(heads)s::jsonb) as new (stream text, version bigint, hash text)
        """,
        {
            "log": checkpoint.log,
            "number": checkpoint.number,
            "heads": _encoded(
                [
                    {"stream": each.stream, "version": each.version, "hash": each.hash.hex()}
                    for each in heads
                ]
            ),
        },
    )


def _checkpoint(*values: Any) -> Checkpoint:
    log, number, signed_at, position, events, streams, previous_root, root, jws = values
    return Checkpoint(
        log=log,
        number=number,
        signed_at=signed_at,
        position=Position.parse(position),
        events=events,
        streams=streams,
        previous_root=previous_root,
        root=root,
        jws=jws,
    )


def _encoded(rows: object) -> str:
    return msgspec.json.encode(rows).decode()
