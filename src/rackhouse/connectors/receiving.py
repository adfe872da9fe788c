"""Receiving: a delivery is verified, kept once and answered; what it means is seen to later."""

import datetime
from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.connectors import rules
from rackhouse.connectors.adapter import Delivery, NotGenuine, Told
from rackhouse.connectors.adapters import Adapters
from rackhouse.connectors.errors import ConnectionNotFound, DeliveryNotGenuine, NothingReceived
from rackhouse.connectors.facts import Fact, RemoteFigures
from rackhouse.connectors.lines import setup_of
from rackhouse.connectors.remote import ChannelTrouble, redacted
from rackhouse.connectors.reporting import report_figures
from rackhouse.connectors.retrying import next_try
from rackhouse.connectors.store import connections, inbox, sales
from rackhouse.connectors.working import Work
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal
from rackhouse.platform.store import server_time

__all__ = ["inbox_url", "read_inbox", "take_facts", "take_in"]

MESSAGE_ID_LIMIT = 200
AT_A_TIME = 100


async def take_in(
    *,
    context: Context,
    connection_id: str,
    topic: str | None,
    body: bytes,
    headers: Mapping[bytes, bytes],
) -> bool:
    """Keep a delivery that is genuine, unless it was kept before; says whether it is new. Anybody
    may deliver; the proof is in the delivery.

    Refuses with `ConnectionNotFound`, `NothingReceived` and `DeliveryNotGenuine`.
    """
    house = context.house
    async with house.database("connectors").transaction() as tx:
        known = None
        if rules.is_handle(connection_id):
            known = await connections.connection_of(tx, connection_id)
        if known is None or not known.enabled:
            raise ConnectionNotFound(connection=connection_id)
        receive = house.the(Adapters).named(known.adapter).receive
        if receive is None:
            raise NothingReceived(connection=connection_id)
        setup = await setup_of(house, tx, known)
        now = await server_time(tx)
        delivery = Delivery(
            body=body,
            headers={
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in headers.items()
            },
            topic=topic,
            url=inbox_url(house.settings.issuer, connection_id, topic),
            received_at=now,
        )
        try:
            received = receive(setup, delivery)
        except (NotGenuine, ChannelTrouble) as problem:
            told = redacted(str(problem), setup)
            raise DeliveryNotGenuine(connection=connection_id, problem=told) from None
        return await inbox.insert_message(
            tx,
            connection=connection_id,
            message_id=received.message_id[:MESSAGE_ID_LIMIT],
            topic=received.topic[:MESSAGE_ID_LIMIT],
            body=house.secrets.seal(body, label=_label(connection_id)),
            received_at=now,
        )


def inbox_url(base_url: str, connection_id: str, topic: str | None) -> str:
    """Where a channel sends what it has to tell."""
    inbox = f"{base_url}/api/v1/connections/{connection_id}/inbox"
    return inbox if topic is None else f"{inbox}/{topic}"


async def read_inbox(work: Work) -> int:
    """Read the messages that are due; says how many were read."""
    async with work.database.transaction() as tx:
        now = await server_time(tx)
        waiting = await inbox.waiting_messages(tx, work.connection.id, now=now, limit=AT_A_TIME)
    for message in waiting:
        await _read(work, message)
    return len(waiting)


async def take_facts(work: Work, facts: Sequence[Fact]) -> None:
    """Join what a channel told with what is known."""
    for fact in facts:
        if isinstance(fact, RemoteFigures):
            await report_figures(work, fact.levels, fact.as_of)
    told = [rules.known_of(fact) for fact in facts if not isinstance(fact, RemoteFigures)]
    if not told:
        return
    async with work.database.reading() as tx:
        ids = [each.id for each in told]
        before = await sales.known_by_id(tx, work.connection.id, ids)
    known_before = {each.id: each for each in before}
    for known in told:
        earlier = known_before.get(known.id)
        if earlier is not None and rules.joined(earlier, known) == earlier:
            continue
        async with work.database.transaction() as tx:
            now = await server_time(tx)
            if await sales.insert_sale(tx, work.connection.id, known, now=now):
                continue
            row = await sales.lock_sale(tx, work.connection.id, known.id)
            more = rules.joined(row.known, known)
            if more != row.known:
                await sales.write_known(tx, work.connection.id, more, now=now)


async def _read(work: Work, message: inbox.Waiting) -> None:
    problem: str | None = None
    temporary = True
    asked_to_wait: float | None = None
    try:
        body = work.house.secrets.open(message.body, label=_label(work.connection.id))
        await take_facts(work, await _facts(work, message, body))
    except ChannelTrouble as trouble:
        problem, asked_to_wait = str(trouble), trouble.retry_after_seconds
    except Refusal as refusal:
        problem = str(refusal)
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        problem, temporary = f"the message can not be read: {error!r}", False
    async with work.database.transaction() as tx:
        now = await server_time(tx)
        if problem is None:
            await inbox.note_message_read(tx, message.number, now)
            return
        again: datetime.datetime | None = None
        if temporary:
            again = next_try(now, message.attempts, asked_to_wait)
        told = redacted(problem, work.setup)
        await inbox.note_message_problem(tx, message.number, problem=told, next_try_at=again)


async def _facts(work: Work, message: inbox.Waiting, body: bytes) -> Sequence[Fact]:
    assert work.adapter.read is not None
    told = Told(topic=message.topic, body=body, received_at=message.received_at)
    return await work.ask(work.adapter.read, told)


def _label(connection_id: str) -> str:
    return f"connectors.message:{connection_id}"
