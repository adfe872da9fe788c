"""Seeing to connections: what the worker does for them again and again, and what somebody may ask
for at once."""

import math
import time

import msgspec
import structlog

from rackhouse.connectors.adapter import Standing
from rackhouse.connectors.errors import ChannelNotReached, TroubleNotFound
from rackhouse.connectors.naming import learn
from rackhouse.connectors.opening import reachable
from rackhouse.connectors.polling import is_due_to_poll, poll
from rackhouse.connectors.pushing import Pushed, is_due_to_compare, push_all
from rackhouse.connectors.receiving import read_inbox
from rackhouse.connectors.remote import ChannelTrouble, redacted
from rackhouse.connectors.settling import settle
from rackhouse.connectors.store import connections, inbox, sales
from rackhouse.connectors.working import Work, work_of, working
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Refusal
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.store import server_time

__all__ = [
    "Trouble",
    "check_connection",
    "poll_connection",
    "push_connection",
    "retry_troubles",
    "tend",
    "tend_connection",
    "troubles",
]

AT_ONCE_SECONDS = 8.0
PATIENCE_SECONDS = 5.0

_log = structlog.get_logger(__name__)


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a channel told and that could not be carried out: a ``message`` that could not
    be read, or a ``sale`` that could not be booked. Given up where there is no next try."""

    kind: str
    id: str
    problem: str
    attempts: int
    next_try_at: str | None


@operation("connections:write")
async def check_connection(*, context: Context, connection_id: str) -> Standing:
    """Ask the channel whether it can be reached, who we are to it, and what we may not do there.

    Refuses with `ConnectionNotFound` and `ChannelNotReached`.
    """
    connection = await reachable(context, connection_id)
    work = await work_of(context, connection)
    try:
        return await work.ask(work.adapter.check)
    except ChannelTrouble as trouble:
        told = redacted(str(trouble), work.setup)
        raise ChannelNotReached(connection=connection_id, problem=told) from None


@operation("connections:write")
async def poll_connection(*, context: Context, connection_id: str) -> int:
    """Ask the channel for its sales now, and book them; says how many it told of.

    Refuses with `ConnectionNotFound`, `ConnectionDisabled`, `ChannelNotReached`, and as busy.
    """
    connection = await reachable(context, connection_id)
    async with working(context, connection, patience_seconds=PATIENCE_SECONDS) as work:
        try:
            told = await poll(work)
            while await settle(work):
                pass
            return told
        except ChannelTrouble as trouble:
            problem = redacted(str(trouble), work.setup)
            raise ChannelNotReached(connection=connection_id, problem=problem) from None


@operation("connections:write")
async def push_connection(*, context: Context, connection_id: str) -> Pushed:
    """Compare the channel's figures with ours now, and set those that are others; as many as there
    is time for. Refuses as ``poll_connection`` does."""
    connection = await reachable(context, connection_id)
    async with working(context, connection, patience_seconds=PATIENCE_SECONDS) as work:
        try:
            return await push_all(work, until=time.monotonic() + AT_ONCE_SECONDS)
        except ChannelTrouble as trouble:
            problem = redacted(str(trouble), work.setup)
            raise ChannelNotReached(connection=connection_id, problem=problem) from None


@operation("connections:write")
async def tend_connection(*, context: Context, connection_id: str) -> None:
    """Do what is due for a connection, however long it takes.

    Refuses with `ConnectionNotFound`, `ConnectionDisabled`, and as busy.
    """
    connection = await reachable(context, connection_id)
    async with working(context, connection) as work:
        await tend(work, until=math.inf)


@operation("connections:read")
async def troubles(
    *, context: Context, connection_id: str, after: tuple[str, str], limit: int
) -> list[Trouble]:
    """What a channel told and could not be carried out: messages, then sales. Refuses with
    `ConnectionNotFound`."""
    await reachable(context, connection_id)
    kind, last = after
    found: list[Trouble] = []
    async with context.house.database("connectors").reading() as tx:
        if kind in ("", "message"):
            number = int(last) if kind and last.isdigit() else 0
            found += [
                Trouble(
                    kind="message",
                    id=str(each.number),
                    problem=str(each.problem),
                    attempts=each.attempts,
                    next_try_at=_time(each.status == "waiting", each.next_try_at),
                )
                for each in await inbox.messages_in_trouble(
                    tx, connection_id, after=number, limit=limit
                )
            ]
        if len(found) < limit:
            found += [
                Trouble(
                    kind="sale",
                    id=each.remote_id,
                    problem=str(each.problem),
                    attempts=each.attempts,
                    next_try_at=_time(not each.failed, each.next_try_at),
                )
                for each in await sales.sales_in_trouble(
                    tx,
                    connection_id,
                    after=last if kind == "sale" else "",
                    limit=limit - len(found),
                )
            ]
    return found


@operation("connections:write")
async def retry_troubles(
    *, context: Context, connection_id: str, kind: str | None, trouble_id: str | None
) -> int:
    """Try again at once what could not be carried out: one, or all; says how many.

    Refuses with `ConnectionNotFound` and `TroubleNotFound`.
    """
    await reachable(context, connection_id)
    async with context.house.database("connectors").transaction() as tx:
        await claim(tx, context.idempotency)
        now = await server_time(tx)
        tried = 0
        if kind in (None, "message"):
            number = None
            if trouble_id is not None:
                number = int(trouble_id) if trouble_id.isdigit() else 0
            tried += await inbox.retry_messages(tx, connection_id, number=number, now=now)
        if kind in (None, "sale"):
            tried += await sales.retry_sales(tx, connection_id, remote_id=trouble_id, now=now)
        if trouble_id is not None and not tried:
            raise TroubleNotFound(connection=connection_id, trouble=trouble_id)
        await remember_answer(tx, context.idempotency, tried, answered_at=now)
    return tried


async def tend(work: Work, *, until: float) -> None:
    """Do what is due for a connection, until a time of the monotonic clock: first what it told,
    then what it may not have told, then its catalog, then its figures."""
    try:
        while await read_inbox(work) and time.monotonic() < until:
            pass
        while await settle(work) and time.monotonic() < until:
            pass
        if await is_due_to_poll(work):
            await poll(work)
            while await settle(work) and time.monotonic() < until:
                pass
        await learn(work, until=until)
        if time.monotonic() < until and await is_due_to_compare(work):
            pushed = await push_all(work, until=until)
            for problem in pushed.problems:
                _log.warning("figure_refused", connection=work.connection.id, problem=problem)
    except (ChannelTrouble, Refusal) as trouble:
        told = redacted(str(trouble), work.setup)
        _log.warning("connection_in_trouble", connection=work.connection.id, problem=told)
        async with work.database.transaction() as tx:
            now = await server_time(tx)
            await connections.note_trouble(tx, work.connection.id, told, now)


def _time(goes_on: bool, at: object) -> str | None:
    return str(at) if goes_on and at is not None else None
