"""Signing: what each log has grown by since its newest checkpoint becomes the next one."""

import asyncio

import msgspec

from rackhouse.identity import sign_statement
from rackhouse.notary import store
from rackhouse.notary.answers import keep_answer, raise_if_answered
from rackhouse.notary.events import LOG, CheckpointSigned, stream_of
from rackhouse.notary.logs import logs_of
from rackhouse.notary.rules import Checkpoint, Grown, is_due, next_checkpoint
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import START, EventLog, NewEvent, Position
from rackhouse.platform.house import House
from rackhouse.platform.store import server_time

__all__ = ["CHECKPOINT", "sign_checkpoints", "sign_due_checkpoints", "signed_position"]

CHECKPOINT = "checkpoint+jwt"
"""The type of statement that a checkpoint is."""

EVENTS_LIMIT = 100_000
PAGE_LIMIT = 5_000
HEADS_A_STATEMENT_LIMIT = 5_000


class _Turns:
    """Lets one at a time of this process sign: whoever signs takes two connections, and must not
    wait for the second behind others that wait for theirs."""

    def __init__(self, _: House) -> None:
        self.lock = asyncio.Lock()


@operation("checkpoints:write")
async def sign_checkpoints(*, context: Context, log: str | None) -> list[Checkpoint]:
    """Sign what one log, or each, has grown by since its newest checkpoint, `EVENTS_LIMIT` events
    at most, and answer the newest of each. A log that has not grown gets no new one.

    Refuses with `LogUnknown`.
    """
    logs = logs_of(context.house, log)
    await raise_if_answered(context)
    newest = [await _signed(context, each) for each in logs.values()]
    answer = [checkpoint for checkpoint, _ in newest if checkpoint is not None]
    await keep_answer(context, answer)
    return answer


@operation("checkpoints:write")
async def sign_due_checkpoints(*, context: Context) -> int:
    """Sign the checkpoints that are due by `notary_every_seconds`, as many of each log as it takes
    to have all of it signed; says how many."""
    every_seconds = context.house.settings.notary_every_seconds
    async with context.house.database("notary").transaction() as tx:
        now = await server_time(tx)
        found = await store.newest_checkpoints(tx, list(logs_of(context.house)))
    newest = {each.log: each for each in found}
    signed = 0
    for name, log in logs_of(context.house).items():
        due = is_due(newest.get(name), now, every_seconds=every_seconds)
        while due:
            _, events = await _signed(context, log)
            signed += events > 0
            due = events == EVENTS_LIMIT
    return signed


async def signed_position(house: House, log: str) -> Position:
    """The position up to which a log is signed; what comes after that must stay in it until it
    is."""
    async with house.database("notary").reading() as tx:
        newest = await store.newest_checkpoint(tx, log)
    return START if newest is None else newest.position


async def _signed(context: Context, log: EventLog) -> tuple[Checkpoint | None, int]:
    """The newest checkpoint of a log and how many events it is the first to cover: 0 for one that
    was there."""
    async with (
        context.house.the(_Turns).lock,
        context.house.database("notary").transaction() as tx,
    ):
        await store.take_turn(tx, log.schema)
        newest = await store.newest_checkpoint(tx, log.schema)
        grown = await _grown(context.house, log, newest)
        if grown.heads.keys() <= {stream_of(LOG.schema)}:
            return newest, 0  # the checkpoints of the notary's own log alone are no reason for one
        now = await server_time(tx)
        checkpoint = next_checkpoint(log.schema, newest, grown, now)
        return await _written(tx, context, checkpoint, grown), grown.events


async def _grown(house: House, log: EventLog, newest: Checkpoint | None) -> Grown:
    grown = Grown(newest)
    async with house.database(log.schema).reading() as tx:
        until = await log.horizon(tx)
        while grown.events < EVENTS_LIMIT and grown.position < until:
            page = await log.read_growth(tx, after=grown.position, until=until, limit=PAGE_LIMIT)
            if not page:
                break
            grown.add(page)
    return grown


async def _written(
    tx: Transaction, context: Context, unsigned: Checkpoint, grown: Grown
) -> Checkpoint:
    house = context.house
    payload = unsigned.payload(house.settings.issuer)
    jws = await sign_statement(house=house, typ=CHECKPOINT, payload=payload)
    checkpoint = msgspec.structs.replace(unsigned, jws=jws)
    await store.insert_checkpoint(tx, checkpoint)
    heads = list(grown.heads.values())
    for at in range(0, len(heads), HEADS_A_STATEMENT_LIMIT):
        await store.insert_heads(tx, checkpoint, heads[at : at + HEADS_A_STATEMENT_LIMIT])
    await LOG.append(tx, [_event(checkpoint, context)], await server_time(tx))
    return checkpoint


def _event(checkpoint: Checkpoint, context: Context) -> NewEvent:
    fact = CheckpointSigned(
        log=checkpoint.log,
        number=checkpoint.number,
        position=str(checkpoint.position),
        events=checkpoint.events,
        streams=checkpoint.streams,
        root=checkpoint.root.hex(),
        jws=checkpoint.jws,
    )
    return NewEvent(stream_of(checkpoint.log), checkpoint.number, fact, context)
