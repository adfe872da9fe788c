"""Each event's hash covers the event and the hash before it, whoever appends and however."""

import asyncio
import datetime
import json
from collections.abc import Iterable
from hashlib import sha256

import msgspec
import psycopg
import pytest

from houses import fresh_database
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.database import Database
from rackhouse.platform.events import START, Event, EventLog, NewEvent, recorded_text
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.migrations import migrations_of

LOG = EventLog("channels")
AT = datetime.datetime(2026, 1, 31, 13, 0, 0, 120, datetime.timezone(datetime.timedelta(hours=1)))

WITH_LOGS = [module.name for module in MODULES if module.event_log is not None]
OLD_LOGS = ("inventory", "orders", "catalog", "channels", "identity")


class Painted(msgspec.Struct, frozen=True):
    """A fact with everything that could be written otherwise."""

    color: str
    shades: tuple[float, ...] = (1.50, 2e10)
    nothing: None = None


class Coat(msgspec.Struct, frozen=True):
    """The state after it."""

    coats: int


def by_hand(event: Event, previous: bytes) -> bytes:
    """The hash as the documentation says it, with other tools than the program's."""
    told = [
        event.stream,
        event.version,
        event.type,
        event.data,
        event.actor,
        event.channel,
        event.correlation_id,
        event.recorded_at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    ]
    text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    return sha256(previous + text.encode()).digest()


def out_of_chain(events: Iterable[Event]) -> list[str]:
    """The events, in the order of their log, whose hash is not what the rule says."""
    heads: dict[str, bytes] = {}
    problems = []
    for event in events:
        if event.hash != by_hand(event, heads.get(event.stream, bytes(32))):
            problems.append(f"{event.stream} {event.version}")
        heads[event.stream] = event.hash
    return problems


def painted(context: Context, stream: str, version: int, color: str = "red") -> NewEvent:
    return NewEvent(stream, version, Painted(color), context, "web", Coat(version))


async def recorded(house: House, stream: str) -> list[Event]:
    """The events of a stream, oldest first."""
    async with house.database("channels").reading() as tx:
        found = await LOG.read_streams(
            tx, streams=[stream], recorded_before=None, position_before=None, limit=100
        )
    return found[::-1]


async def append(house: House, *events: NewEvent, **known: dict[str, bytes]) -> dict[str, bytes]:
    async with house.database("channels").transaction() as tx:
        return await LOG.append(tx, events, AT, **known)


async def test_events_of_one_and_of_several_transactions_are_one_chain(context: Context) -> None:
    first, second = new_id(), new_id()
    heads = await append(
        context.house,
        painted(context, first, 1),
        painted(context, second, 1),
        painted(context, first, 2),
    )
    assert await append(context.house, painted(context, second, 2)) == {
        second: (await recorded(context.house, second))[-1].hash
    }
    found = await recorded(context.house, first)
    assert heads[first] == found[-1].hash
    assert out_of_chain(found) == out_of_chain(await recorded(context.house, second)) == []


async def test_a_hash_is_what_other_tools_compute(context: Context) -> None:
    stream = f"ä/{new_id()}"
    await append(context.house, painted(context, stream, 1, 'rot\t"ü"\\ \u2028 \U0001f37e \x7f'))
    (event,) = await recorded(context.house, stream)
    assert event.hash == by_hand(event, bytes(32))
    assert recorded_text(event.recorded_at) == "2026-01-31T12:00:00.000120Z"


async def test_data_is_kept_to_the_letter(context: Context) -> None:
    stream = new_id()
    new = painted(context, stream, 1, '\x01 "quoted" \\ / é')
    await append(context.house, new)
    (event,) = await recorded(context.house, stream)
    assert (
        event.data
        == (msgspec.json.encode(new.data)[:-1] + b"," + msgspec.json.encode(new.after)[1:]).decode()
    )
    assert event.facts()["shades"] == [1.5, 2e10]


async def test_heads_that_the_caller_knows_are_not_asked_for(context: Context) -> None:
    stream = new_id()
    heads = await append(context.house, painted(context, stream, 1))
    asked = []
    async with context.house.database("channels").transaction() as tx:
        tx.all = lambda *question: asked.append(question)  # type: ignore[method-assign]
        await LOG.append(tx, [painted(context, stream, 2)], AT, heads)
    assert asked == []
    assert out_of_chain(await recorded(context.house, stream)) == []


async def test_heads_come_in_the_round_trip_of_the_locks(context: Context) -> None:
    stream, empty = new_id(), new_id()
    heads = await append(context.house, painted(context, stream, 1), painted(context, stream, 2))
    async with context.house.database("channels").transaction() as tx:
        async with tx.pipeline():
            pending = await LOG.send_heads(tx, [stream, empty])
        assert await LOG.heads_in(pending) == heads


async def test_inside_a_pipeline_the_head_is_asked_for_and_the_rest_waits(context: Context) -> None:
    stream = new_id()
    await append(context.house, painted(context, stream, 1))
    async with context.house.database("channels").transaction() as tx, tx.pipeline(commit=True):
        before = await tx.send("select 1")
        await LOG.append(tx, [painted(context, stream, 2)], AT)
        after = await tx.send("select 2")
    assert [await before.one(int), await after.one(int)] == [1, 2]
    found = await recorded(context.house, stream)
    assert [event.version for event in found] == [1, 2]
    assert out_of_chain(found) == []


async def test_a_fault_before_the_question_in_a_pipeline_undoes_all(context: Context) -> None:
    stream = new_id()
    await append(context.house, painted(context, stream, 1))
    database = context.house.database("channels")
    with pytest.raises(psycopg.errors.DivisionByZero):
        async with database.transaction() as tx, tx.pipeline(commit=True):
            await tx.send("select 1 / 0")
            await LOG.append(tx, [painted(context, stream, 2)], AT)
    assert [event.version for event in await recorded(context.house, stream)] == [1]
    await append(context.house, painted(context, stream, 2))  # the connection is sound


async def test_an_event_after_one_that_is_missing_is_not_recorded(context: Context) -> None:
    stream = new_id()
    await append(context.house, painted(context, stream, 1))
    with pytest.raises(AssertionError, match="the event before"):
        await append(context.house, painted(context, stream, 3))
    assert len(await recorded(context.house, stream)) == 1


async def test_of_two_that_append_the_same_version_one_is_refused(context: Context) -> None:
    stream = new_id()
    await append(context.house, painted(context, stream, 1))
    outcomes = await asyncio.gather(
        *(append(context.house, painted(context, stream, 2)) for _ in range(2)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, psycopg.errors.UniqueViolation) for each in outcomes) == 1
    assert out_of_chain(await recorded(context.house, stream)) == []


INSERT = """
    insert into {schema}.event
        (stream, version, type, data, actor, channel, correlation_id, recorded_at)
    select case number % 3 when 0 then 'ä "b"' when 1 then E'tab\\t\\x01\\\\' else 'plain' end,
        1 + number / 3, 'Happened', jsonb_build_object(
            'number', number, 'text', E'line\\nline / \\u2028 \\x7f', 'rate', 1.50, 'none', null),
        'actor-' || number, case when number % 2 = 0 then 'kanal-ß' end, 'c' || number,
        timestamptz '2026-01-31 12:00:00Z' + number * interval '0.250001 seconds'
    from generate_series(0, 299) as numbers (number)
    order by md5(number::text)
"""


@pytest.mark.parametrize("module", OLD_LOGS)
async def test_a_log_that_was_there_before_is_chained_by_its_migration(
    server_url: str, module: str
) -> None:
    url = fresh_database(server_url)
    first, *further = migrations_of(module)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(first.statements.encode())
        connection.execute(INSERT.replace("{schema}", module).encode())
        for each in further:
            with connection.transaction():
                connection.execute(each.statements.encode())
    database = Database(url, connections=2)
    await database.open()
    async with database.reading() as tx:
        page = await EventLog(module).read(tx, after=START)  # type: ignore[arg-type]
    await database.close()
    events = sorted(page.events, key=lambda event: (event.stream, event.version))
    assert len(events) == 300
    assert out_of_chain(events) == []


def test_a_chain_that_is_broken_is_found() -> None:
    def event(version: int, data: str, previous: bytes) -> Event:
        bare = Event(START, "s", version, "Made", data, "me", None, "c", AT, b"")
        return msgspec.structs.replace(bare, hash=by_hand(bare, previous))

    first = event(1, "{}", bytes(32))
    second = event(2, "{}", first.hash)
    assert out_of_chain([first, second]) == []
    altered = msgspec.structs.replace(first, data='{"sold":1}')
    assert out_of_chain([altered, second]) == ["s 1"]
    rehashed = event(1, '{"sold":1}', bytes(32))
    assert out_of_chain([rehashed, second]) == ["s 2"]


@pytest.mark.parametrize("module", WITH_LOGS)
def test_every_log_keeps_its_data_to_the_letter(server_url: str, module: str) -> None:
    with psycopg.connect(fresh_database(server_url), autocommit=True) as connection:
        for migration in migrations_of(module):
            connection.execute(migration.statements.encode())
        columns = dict(
            connection.execute(
                "select column_name, data_type || ' ' || is_nullable "
                "from information_schema.columns where table_schema = %s and table_name = 'event'",
                [module],
            ).fetchall()
        )
    assert (columns["data"], columns["hash"]) == ("json NO", "bytea NO")
