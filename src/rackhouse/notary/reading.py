"""Questions about checkpoints."""

import datetime
from typing import Any

import msgspec

from rackhouse.identity import key_of_statement
from rackhouse.notary import store
from rackhouse.notary.errors import CheckpointNotFound
from rackhouse.notary.logs import logs_of
from rackhouse.notary.rules import Checkpoint, Head
from rackhouse.notary.signing import CHECKPOINT
from rackhouse.platform.context import Context, operation

__all__ = [
    "CheckpointPlace",
    "CheckpointWithHeads",
    "checkpoint_of",
    "checkpoint_page",
    "latest_checkpoints",
]

DIGITS_LIMIT = 18


class CheckpointPlace(msgspec.Struct, frozen=True):
    """Where a page of checkpoints ended."""

    signed_at: datetime.datetime
    log: str
    number: int


class CheckpointWithHeads(msgspec.Struct, frozen=True):
    """A checkpoint, some of the heads that it names in the order of their streams, and the public
    key (RFC 7517) that verifies its signature."""

    checkpoint: Checkpoint
    heads: list[Head]
    key: dict[str, Any]


@operation("checkpoints:read")
async def checkpoint_page(
    *, context: Context, log: str | None, before: CheckpointPlace | None, limit: int
) -> list[Checkpoint]:
    """Checkpoints of a log or of all, the newest first."""
    place = (before.signed_at, before.log, before.number) if before else None
    async with context.house.database("notary").transaction() as tx:
        return await store.checkpoint_page(tx, log=log, before=place, limit=limit)


@operation("checkpoints:read")
async def latest_checkpoints(*, context: Context) -> list[Checkpoint]:
    """The newest checkpoint of each log, in the order of their names."""
    async with context.house.database("notary").transaction() as tx:
        return await store.newest_checkpoints(tx, list(logs_of(context.house)))


@operation("checkpoints:read")
async def checkpoint_of(
    *, context: Context, checkpoint_id: str, after: str, limit: int
) -> CheckpointWithHeads:
    """A checkpoint with its heads after a stream.

    Refuses with `CheckpointNotFound`, and with `StatementNotOurs` where it was tampered with.
    """
    log, _, number = checkpoint_id.rpartition("-")
    known = log in logs_of(context.house)
    if not (known and number.isascii() and number.isdigit() and len(number) <= DIGITS_LIMIT):
        raise CheckpointNotFound(checkpoint_id=checkpoint_id)
    async with context.house.database("notary").transaction() as tx:
        found = await store.checkpoint_numbered(tx, log, int(number))
        if found is None or found.id != checkpoint_id:
            raise CheckpointNotFound(checkpoint_id=checkpoint_id)
        heads = await store.heads_of(tx, log, found.number, after=after, limit=limit)
    key = await key_of_statement(house=context.house, typ=CHECKPOINT, statement=found.jws)
    return CheckpointWithHeads(found, heads, key)
