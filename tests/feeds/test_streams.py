"""What every transport keeps: nothing lost, nothing twice, in order, only what was asked for."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
from shops import Mirror, Shop
from stream_clients import TRANSPORTS, Ended, Message, Refused, Server, StreamClient

from rackhouse.feeds import backlog, tending
from rackhouse.identity import PERMISSIONS, disable_client, grant_token, register_client
from rackhouse.inventory import Line
from rackhouse.orders import cancel_order, place_order
from rackhouse.platform.context import Caller, Context
from rackhouse.platform.house import House

pytestmark = pytest.mark.parametrize("transport", TRANSPORTS)


Follow = Callable[..., Awaitable[StreamClient]]


@pytest.fixture
async def follow(transport: str, server: Server) -> AsyncIterator[Follow]:
    """Opens streams; in the end all of them are closed, and the server has noticed."""
    clients: list[StreamClient] = []

    async def open_stream(token: str, **asked: Any) -> StreamClient:
        client: StreamClient = await TRANSPORTS[transport].open(server.port, token, **asked)
        clients.append(client)
        return client

    yield open_stream
    for client in clients:
        await client.close()
    await server.nobody_follows()


async def until_live(client: StreamClient) -> list[Message]:
    """The messages up to the one that says that the client has caught up."""
    messages = [await client.next()]
    while messages[-1]["type"] != "live":
        messages.append(await client.next())
    return messages


async def until(client: StreamClient, event_type: str) -> Message:
    """The next message of a type."""
    while True:
        message = await client.next()
        if message["type"] == event_type:
            return message


async def buy(context: Context, shop: Shop, at: int, customer_id: str | None = None) -> str:
    """Place an order with a channel of a shop and answer its stream."""
    order = await place_order(
        context=context,
        channel=shop.channels[at],
        lines=[Line(shop.skus[0], 1)],
        hold_id=None,
        customer_id=customer_id,
        external_id=None,
        ttl_seconds=None,
        complete="reserve",
    )
    return f"order:{order.id}"


@pytest.mark.parametrize("seed", range(3))
async def test_a_snapshot_and_what_follows_make_a_fresh_snapshot(
    follow: Follow, token: str, shop: Shop, seed: int
) -> None:
    chance, mirror = random.Random(seed), Mirror()
    busy = asyncio.create_task(go_on(shop, chance, 30))
    client = await follow(token, product=shop.product)
    for message in await until_live(client):
        mirror.take(message)
    await busy
    figures = await shop.figures()
    while mirror.figures != figures:
        mirror.take(await client.next())


@pytest.mark.parametrize("recent_limit", [1, 10, 2000])
async def test_who_leaves_and_resumes_again_and_again_misses_nothing_and_gets_nothing_twice(
    follow: Follow,
    token: str,
    shop: Shop,
    recent_limit: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backlog, "RECENT_LIMIT", recent_limit)
    monkeypatch.setattr(backlog, "PAGE_LIMIT", 7)
    chance, mirror = random.Random(recent_limit), Mirror()
    client = await follow(token, product=shop.product)
    for message in await until_live(client):
        mirror.take(message)
    before = dict(mirror.figures)
    busy = asyncio.create_task(go_on(shop, chance, 60))
    while not busy.done() or mirror.figures != await shop.figures():
        for _ in range(chance.randint(1, 12)):
            mirror.take(await client.next())
        await client.close()
        cursor = mirror.cursor
        client = await follow(token, product=shop.product, cursor=cursor)
    for stream, levels in mirror.figures.items():
        expected = list(range(before[stream][3] + 1, levels[3] + 1))
        assert mirror.changes.get(stream, []) == expected


async def go_on(shop: Shop, chance: random.Random, times: int) -> None:
    """Let so many things happen."""
    for _ in range(times):
        await shop.do_something(chance)


async def test_a_stream_without_a_snapshot_begins_with_what_comes(
    follow: Follow, token: str, shop: Shop
) -> None:
    client = await follow(token, sku=shop.skus[0], snapshot="false")
    assert [message["type"] for message in await until_live(client)] == ["live"]
    await shop.receive(shop.skus[0], location=shop.locations[0], pieces=5)
    while (message := await until(client, "StockReceived"))["sequence"] == 1:
        continue  # committed before and heard only now, as other transactions were still open
    assert message["data"] == {"quantity": 5, "reference": None}
    assert (message["sku"], message["location"]) == (shop.skus[0], shop.locations[0])
    assert (message["sequence"], message["on_hand"], message["available"]) == (2, 25, 25)
    assert "actor" not in message


async def test_filters_narrow_each_other_and_their_values_are_alternatives(
    follow: Follow, token: str, shop: Shop
) -> None:
    wanted = ",".join(shop.skus[:2])
    client = await follow(token, sku=wanted, location=shop.locations[0], type="StockReceived")
    rows = [row for message in await until_live(client) for row in message.get("stock", ())]
    assert sorted(row["stream"] for row in rows) == sorted(
        f"{sku}@{shop.locations[0]}" for sku in shop.skus[:2]
    )
    await shop.count(shop.skus[0], shop.locations[0], times=1)
    await shop.receive(shop.skus[2], location=shop.locations[0])
    await shop.receive(shop.skus[0], location=shop.locations[1])
    await shop.receive(shop.skus[1], location=shop.locations[0])
    message = await until(client, "StockReceived")
    assert message["stream"] == f"{shop.skus[1]}@{shop.locations[0]}"


async def test_a_location_is_followed_with_all_its_stock(
    follow: Follow, token: str, shop: Shop
) -> None:
    client = await follow(token, location=shop.locations[1])
    rows = [row for message in await until_live(client) for row in message.get("stock", ())]
    assert sorted(row["sku"] for row in rows) == sorted(shop.skus)
    await shop.receive(shop.skus[1], location=shop.locations[0])
    await shop.receive(shop.skus[1], location=shop.locations[1])
    assert (await until(client, "StockReceived"))["location"] == shop.locations[1]


async def test_a_sku_that_a_product_gets_is_followed_with_what_there_is_of_it(
    follow: Follow, token: str, shop: Shop
) -> None:
    client = await follow(token, product=shop.product)
    cursor = (await until_live(client))[-1]["cursor"]
    sku = await shop.add_sku()
    changed = await until(client, "ProductChanged")
    assert sku in changed["data"]["skus"]
    await shop.receive(sku, location=shop.locations[0], pieces=4)
    while (message := await client.next())["type"] != "StockReceived":
        assert message["type"] in ("snapshot", "heartbeat")
    assert (message["sku"], message["on_hand"]) == (sku, 4)
    await client.close()
    again = await follow(token, product=shop.product, cursor=cursor)
    mirror = Mirror()
    for message in await until_live(again):
        mirror.take(message)
    assert mirror.figures == await shop.figures()


async def test_a_channel_is_followed_with_its_orders_and_the_stock_it_sells_from(
    follow: Follow, token: str, shop: Shop, context: Context
) -> None:
    client = await follow(token, channel=shop.channels[0])
    rows = [row for message in await until_live(client) for row in message.get("stock", ())]
    assert {row["location"] for row in rows} == {shop.locations[0]}
    await buy(context, shop, 1)
    own = await buy(context, shop, 0)
    heard = [await client.next(), await client.next()]
    while heard[-1]["type"] != "OrderPlaced":
        heard.append(await client.next())
    assert heard[-1]["stream"] == own
    assert {each["channel"] for each in heard if "channel" in each} == {shop.channels[0]}


async def test_who_acts_for_a_channel_hears_that_channel_only(
    follow: Follow, make_token: Any, shop: Shop, context: Context
) -> None:
    bound = await make_token("channel", channel=shop.channels[0])
    with pytest.raises(Refused) as refused:
        await follow(bound, channel=shop.channels[1])
    assert (refused.value.status, refused.value.problem["type"]) == (403, "/problems/other-channel")
    client = await follow(bound)
    rows = [row for message in await until_live(client) for row in message.get("stock", ())]
    assert {row["location"] for row in rows} == {shop.locations[0]}
    await buy(context, shop, 1)
    await shop.receive(shop.skus[0], location=shop.locations[1])
    own = await buy(context, shop, 0)
    assert (await until(client, "OrderPlaced"))["stream"] == own


async def test_a_customer_hears_of_stock_and_of_their_own_orders_only(
    follow: Follow, make_token: Any, shop: Shop, context: Context
) -> None:
    bound = await make_token("auditor", customer_id="ada")
    client = await follow(bound, sku=shop.skus[0])
    await until_live(client)
    await buy(context, shop, 0, customer_id="grace")
    own = await buy(context, shop, 0, customer_id="ada")
    placed = await until(client, "OrderPlaced")
    assert (placed["stream"], placed["data"]["customer_id"]) == (own, "ada")


async def test_an_order_is_told_of_with_its_state(
    follow: Follow, token: str, shop: Shop, context: Context
) -> None:
    client = await follow(token, channel=shop.channels[0], type="OrderCancelled")
    assert [message["type"] for message in await until_live(client)] == ["live"]
    stream = await buy(context, shop, 0)
    order_id = stream.removeprefix("order:")
    await cancel_order(context=context, order_id=order_id, reason="changed mind")
    cancelled = await until(client, "OrderCancelled")
    assert (cancelled["stream"], cancelled["sequence"]) == (stream, 2)
    assert cancelled["data"]["status"] == "cancelled"


async def test_a_quiet_stream_has_heartbeats_from_which_it_can_be_resumed(
    follow: Follow, token: str, shop: Shop
) -> None:
    client = await follow(token, sku=shop.skus[0])
    first = (await until_live(client))[-1]["cursor"]
    await shop.receive(shop.skus[1], location=shop.locations[0])
    heartbeat = await until(client, "heartbeat")
    while heartbeat["cursor"] == first:
        heartbeat = await until(client, "heartbeat")
    await client.close()
    await shop.receive(shop.skus[0], location=shop.locations[0])
    again = await follow(token, sku=shop.skus[0], cursor=heartbeat["cursor"])
    while (message := await again.next())["type"] in ("live", "heartbeat"):
        continue  # the server may hear of it only now
    assert (message["type"], message["sequence"]) == ("StockReceived", 2)


async def test_a_client_that_does_not_read_is_cut_off_and_can_resume(
    transport: str, server: Server, follow: Follow, token: str, shop: Shop
) -> None:
    mirror = Mirror()
    client = await follow(token, sku=shop.skus[0])
    for message in await until_live(client):
        mirror.take(message)
    (listener,) = server.hub.listeners
    while listener.reason is None:
        await shop.count(shop.skus[0], shop.locations[0], times=200)
    assert listener.reason == "too_slow"
    closed = await take_until_closed(client, mirror)
    assert closed["reason"] == "too_slow"
    assert f"more than {server.house.settings.stream_queue_limit}" in closed["detail"]
    with pytest.raises(Ended) as ended:
        await client.next()
    assert ended.value.code == {"websocket": 1013}.get(transport)
    cursor = closed["cursor"]
    again = await follow(token, sku=shop.skus[0], cursor=cursor)
    figures = await shop.figures()
    while mirror.figures != {stream: figures[stream] for stream in mirror.figures}:
        mirror.take(await again.next())


async def take_until_closed(client: StreamClient, mirror: Mirror) -> Message:
    while (message := await client.next())["type"] != "closed":
        mirror.take(message)
    return message


async def test_a_connection_that_takes_nothing_any_more_is_broken(
    server: Server, follow: Follow, token: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tending, "SEND_LIMIT_SECONDS", 0.2)
    client = await follow(token, sku=shop.skus[0])
    await until_live(client)
    (listener,) = server.hub.listeners
    while listener.reason is None:
        await shop.count(shop.skus[0], shop.locations[0], times=200)
    await server.nobody_follows()
    with pytest.raises(Ended):
        while (await client.next())["type"] != "closed":
            continue


async def test_a_client_that_leaves_leaves_nothing_behind(
    server: Server, follow: Follow, token: str, shop: Shop
) -> None:
    client = await follow(token, sku=shop.skus[0])
    await until_live(client)
    assert len(server.hub.listeners) == 1
    await client.close()
    await server.nobody_follows()
    assert not server.hub._audiences
    assert not server.hub._index._found


@pytest.mark.parametrize(
    ("cursor", "refusal"),
    [
        ("garbage", "cursor-unreadable"),
        ("inventory.1-1~inventory.1-1", "cursor-unreadable"),
        ("identity.1-1", "cursor-unreadable"),
        ("inventory.9999999999999999999-1", "cursor-unreadable"),
        ("inventory.4000000000000000000-1", "cursor-ahead"),
    ],
)
async def test_a_cursor_from_elsewhere_is_refused(
    follow: Follow, token: str, cursor: str, refusal: str
) -> None:
    with pytest.raises(Refused) as refused:
        await follow(token, cursor=cursor)
    assert refused.value.status == 422
    assert refused.value.problem["type"] == f"/problems/{refusal}"


@pytest.mark.parametrize(
    ("asked", "status", "refusal"),
    [
        ({"type": "BottleDropped"}, 422, "event-type-unknown"),
        ({"sku": ""}, 422, "malformed-request"),
        ({"colour": "red"}, 422, "malformed-request"),
        ({"snapshot": "maybe"}, 422, "malformed-request"),
        ({"product": "no-such-product"}, 404, "product-not-found"),
        ({"channel": "no-such-channel"}, 404, "channel-not-found"),
    ],
)
async def test_a_filter_that_means_nothing_is_refused(
    transport: str, follow: Follow, token: str, asked: dict[str, str], status: int, refusal: str
) -> None:
    if transport == "graphql" and asked.keys() & {"colour", "snapshot"}:
        pytest.skip("the schema leaves no way to ask so")
    with pytest.raises(Refused) as refused:
        await follow(token, **asked)
    assert (refused.value.status, refused.value.problem["type"]) == (status, f"/problems/{refusal}")


async def test_a_forged_token_is_refused(follow: Follow) -> None:
    with pytest.raises(Refused) as refused:
        await follow("forged")
    assert (refused.value.status, refused.value.problem["type"]) == (401, "/problems/invalid-token")


async def test_a_stream_needs_its_permission(follow: Follow, make_token: Any) -> None:
    customer = await make_token("customer", customer_id="ada")
    with pytest.raises(Refused) as refused:
        await follow(customer)
    assert refused.value.status == 403
    assert refused.value.problem["permission"] == "stream:read"


async def test_a_stream_ends_when_its_token_is_no_longer_accepted(
    transport: str, follow: Follow, house: House, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tending, "VERIFY_AGAIN_SECONDS", 0.0)
    everything = Caller(subject="test", permissions=frozenset(PERMISSIONS))
    context = msgspec.structs.replace(context, caller=everything)
    new = await register_client(context=context, name="Till", roles=("auditor",))
    granted = await grant_token(
        house=house, client_id=new.client_id, client_secret=new.client_secret, scopes=None
    )
    client = await follow(granted.access_token, snapshot="false")
    await until_live(client)
    await disable_client(context=context, client_id=new.client_id)
    closed = await until(client, "closed")
    assert closed["reason"] == "token_refused"
    with pytest.raises(Ended) as ended:
        await client.next()
    assert ended.value.code == {"websocket": 1008}.get(transport)
