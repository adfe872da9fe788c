"""The Python client's stream against a real server that is killed, and against made-up lines."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
from killable_programs import Program

from houses import Shop
from rackhouse.identity import mint_token
from rackhouse.inventory import Adjust, Line, adjust_stock, place_hold
from rackhouse.platform.house import House
from rackhouse_client import (
    AsyncClient,
    Change,
    Client,
    Live,
    Message,
    NotFound,
    Problem,
    Retries,
    StockMirror,
    StockRow,
    Unanswered,
)
from rackhouse_client import Line as OrderedLine
from rackhouse_client.following import Follower, GapFound, filter_of

MakeToken = Callable[..., Awaitable[str]]
OpenShop = Callable[..., Awaitable[Shop]]
QUICK = Retries(first_seconds=0.01, most_seconds=0.05)
PATIENCE_SECONDS = 40.0


async def live(messages: AsyncGenerator[Message, None]) -> list[Message]:
    """All that comes until the stream has caught up."""
    heard: list[Message] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for message in messages:
            heard.append(message)
            if isinstance(message, Live):
                return heard
    raise AssertionError("the stream ended")


async def changes(messages: AsyncGenerator[Message, None], count: int) -> list[Change]:
    """So many changes."""
    heard: list[Change] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(heard) < count:
            message = await anext(messages)
            if isinstance(message, Change):
                heard.append(message)
    return heard


async def hold_one(shop: Shop) -> None:
    lines = [Line(shop.sku, 1)]
    await place_hold(context=shop.context, channel=shop.channel, lines=lines, ttl_seconds=600)


@pytest.mark.slow
async def test_a_stream_goes_on_without_a_gap_or_a_repeat_when_the_server_is_killed(
    program: Program, make_token: MakeToken, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=30)
    mirror = StockMirror()
    sequences: list[int] = []
    async with (
        AsyncClient(program.url, token=await make_token(), retries=QUICK) as client,
        contextlib.aclosing(client.follow(sku=[shop.sku])) as messages,
    ):
        for message in await live(messages):
            mirror.take(message)
        assert mirror.available(shop.sku) == 30
        for _ in range(3):
            for _ in range(3):
                await hold_one(shop)
            for change in await changes(messages, 2):
                sequences.append(change.sequence)
                mirror.take(change)
            await program.kill()
            await hold_one(shop)
            await program.start()
            for change in await changes(messages, 2):
                sequences.append(change.sequence)
                mirror.take(change)
    assert sequences == list(range(2, 14))
    on_hand, held, _ = (await shop.levels())[shop.location]
    assert mirror.available(shop.sku, shop.location) == on_hand - held == 18
    assert len(mirror) == 1
    row = mirror.row(shop.sku, shop.location)
    assert row is not None
    assert (row.held, row.sequence) == (12, 13)
    assert [each.sku for each in mirror] == [shop.sku]


async def test_a_client_that_comes_back_later_hands_its_cursor_in(
    program: Program, make_token: MakeToken, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    async with AsyncClient(program.url, token=await make_token()) as client:
        async with contextlib.aclosing(client.follow(sku=shop.sku)) as messages:
            (row, caught_up) = await live(messages)
        assert isinstance(row, StockRow)
        assert isinstance(caught_up, Live)
        await hold_one(shop)
        again = client.follow(sku=shop.sku, cursor=caught_up.cursor)
        async with contextlib.aclosing(again) as messages:
            (change,) = await changes(messages, 1)
        assert (change.type, change.sequence) == ("HoldPlaced", row.sequence + 1)
        assert change.row is not None
        assert change.row.available == 4


async def test_a_cursor_of_other_logs_begins_anew_with_a_snapshot(
    program: Program, make_token: MakeToken, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    async with AsyncClient(program.url, token=await make_token(), retries=QUICK) as client:
        follow = client.follow(sku=shop.sku, cursor="from-elsewhere")
        async with contextlib.aclosing(follow) as messages:
            assert isinstance((await live(messages))[0], StockRow)


@pytest.mark.slow
async def test_an_expired_token_is_renewed_in_the_middle_of_a_stream(
    program: Program, house: House, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    short = await mint_token(house=house, roles=["admin"], subject="s", ttl_seconds=1)
    long = await mint_token(house=house, roles=["admin"], subject="s")
    async with AsyncClient(
        program.url, client_id="unused", client_secret="unused", retries=QUICK
    ) as client:
        granted = iter((short, long))

        async def grant() -> str:
            if client._tokens.current() is None:
                client._tokens.keep(msgspec.json.encode({"access_token": next(granted)}))
            return client._tokens.current() or ""

        client._token = grant  # type: ignore[method-assign]
        async with contextlib.aclosing(client.follow(sku=shop.sku)) as messages:
            await live(messages)
            await live(messages)  # once more: the server ended the first connection
            await hold_one(shop)
            assert (await changes(messages, 1))[0].type == "HoldPlaced"


async def test_a_refusal_ends_it_and_a_server_that_is_away_for_too_long(
    program: Program, make_token: MakeToken
) -> None:
    async with AsyncClient(program.url, token=await make_token(), retries=QUICK) as client:
        with pytest.raises(NotFound):
            await live(client.follow(product="no such product"))
        await program.kill()
        with pytest.raises(Unanswered):
            await live(client.follow(patience_seconds=0.1))
        await program.start()


async def test_the_client_that_waits_follows_as_well(
    program: Program, make_token: MakeToken, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    token = await make_token()
    loop, heard = asyncio.get_running_loop(), asyncio.Queue[Message]()

    def follow() -> None:
        with Client(program.url, token=token, retries=QUICK) as client:
            for message in client.follow(sku=shop.sku):
                loop.call_soon_threadsafe(heard.put_nowait, message)
                if isinstance(message, Change) and message.sequence == 3:
                    return

    following = asyncio.create_task(asyncio.to_thread(follow))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not isinstance(await heard.get(), Live):
            continue
        await hold_one(shop)
        assert (await heard.get()).sequence == 2  # type: ignore[union-attr]
        await program.kill()
        await hold_one(shop)
        await program.start()
        await following


async def test_orders_and_products_are_heard_of_without_figures(
    program: Program, make_token: MakeToken, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    adjustment = Adjust(sku=shop.sku, location=shop.location, delta=1)
    async with (
        AsyncClient(program.url, token=await make_token()) as client,
        contextlib.aclosing(client.follow(channel=shop.channel)) as messages,
    ):
        await live(messages)
        await client.place_order(shop.channel, [OrderedLine(shop.sku, 1)])
        await adjust_stock(context=shop.context, adjustments=[adjustment], reason="found")
        heard = await changes(messages, 3)
    figures = {each.type: each.row is not None for each in heard}
    assert figures == {"HoldPlaced": True, "OrderPlaced": False, "StockAdjusted": True}


def told(type_: str, **members: Any) -> list[str]:
    """A message as the lines of an event stream."""
    return [f"data: {msgspec.json.encode({'type': type_, **members}).decode()}", ""]


def stock(sequence: int, available: int = 1) -> dict[str, Any]:
    """What a message says of a stock."""
    return {
        "stream": "A@x",
        "sequence": sequence,
        "sku": "A",
        "location": "x",
        "on_hand": available,
        "held": 0,
        "committed": 0,
        "available": available,
    }


def change(sequence: int, cursor: str) -> list[str]:
    more = {"data": {}, "channel": None, "recorded_at": "2026-01-01T00:00:00Z", "cursor": cursor}
    return told("StockReceived", **stock(sequence), **more)


def taken(follower: Follower, lines: list[str]) -> list[Message]:
    return [message for line in lines for message in follower.take(line)]


def follower() -> Follower:
    """One that has a row of sequence 4 and is live at `c1`."""
    made = Follower(filter_of(sku="A"), cursor=None, snapshot=True)
    taken(made, [*told("snapshot", stock=[stock(4)]), *told("live", cursor="c1")])
    return made


def test_what_is_known_already_is_left_out() -> None:
    made = follower()
    assert taken(made, change(4, "c2")) == []
    assert made.cursor == "c2"
    assert [each.sequence for each in taken(made, change(5, "c3"))] == [5]  # type: ignore[union-attr]
    assert taken(made, told("snapshot", stock=[stock(5)])) == []


def test_after_a_gap_it_goes_back_to_where_it_was_sure_then_to_a_snapshot() -> None:
    made = follower()
    with pytest.raises(GapFound):
        taken(made, change(6, "c2"))
    assert (made.cursor, made.headers()["last-event-id"]) == ("c1", "c1")
    made.begin()
    with pytest.raises(GapFound):
        taken(made, change(6, "c2"))
    assert made.cursor is None
    assert "last-event-id" not in made.headers()
    made.begin()
    assert taken(made, told("snapshot", stock=[stock(6)])) != []
    assert made.gaps == 2


def test_a_stream_of_some_types_has_no_gaps_to_find() -> None:
    made = Follower(filter_of(type="StockReceived"), cursor="c1", snapshot=True)
    assert len(taken(made, change(3, "c2"))) == len(taken(made, change(9, "c3"))) == 1


def test_heartbeats_and_the_last_message_move_the_cursor() -> None:
    made = follower()
    assert taken(made, [": comment", *told("heartbeat", cursor="c5")]) == []
    assert made.cursor == "c5"
    assert taken(made, told("closed", reason="too_slow", detail="", cursor="c6")) == []
    assert (made.cursor, made.closed) == ("c6", "too_slow")


def test_half_a_message_of_a_broken_connection_is_forgotten() -> None:
    made = follower()
    assert taken(made, change(5, "c2")[:1]) == []
    made.begin()
    assert [each.sequence for each in taken(made, change(5, "c2"))] == [5]  # type: ignore[union-attr]


def test_only_a_refused_cursor_begins_anew() -> None:
    made = follower()
    assert not made.refused(Problem(422, {"type": "/problems/malformed-request"}))
    assert made.refused(Problem(422, {"type": "/problems/cursor-ahead"}))
    assert made.cursor is None
    assert taken(made, told("snapshot", stock=[stock(2)])) != []


def test_a_value_that_a_query_can_not_say_is_refused() -> None:
    with pytest.raises(ValueError, match="comma"):
        filter_of(sku=["A,B"])
    assert filter_of(sku=["A", "B"], location="x", type=None) == {"sku": "A,B", "location": "x"}
