"""What one transport has and the other has not, and how a process ends its streams."""

import asyncio
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
from served_process import ServedProcess
from shops import Shop
from stream_clients import Ended, Refused, Server, SocketClient, SseClient
from transports import TRANSPORTS

from rackhouse.feeds import websocket
from rackhouse.platform.house import House


async def test_a_stream_without_a_token_is_refused_with_what_to_send(server: Server) -> None:
    with pytest.raises(Refused) as refused:
        await SseClient.open(server.port, None)
    assert (refused.value.status, refused.value.problem["type"]) == (401, "/problems/token-missing")


async def test_a_stream_says_what_it_is(server: Server, token: str) -> None:
    client = await SseClient.open(server.port, token, sku="nothing")
    assert client.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert client.headers["cache-control"] == "no-store"
    await client.close()


@pytest.mark.parametrize("asked", [{"colour": "red"}, {"snapshot": "maybe"}])
async def test_a_query_that_means_nothing_is_refused(
    server: Server, token: str, asked: dict[str, str]
) -> None:
    for client in (SseClient, SocketClient):
        with pytest.raises(Refused) as refused:
            await client.open(server.port, token, **asked)
        assert refused.value.problem["type"] == "/problems/malformed-request"


async def test_a_stream_is_only_read(server: Server, token: str) -> None:
    with pytest.raises(Refused) as refused:
        await SseClient.get(server.port, token, "", {"content-length": "0"}, method="POST")
    assert refused.value.status == 405


async def test_the_last_event_id_is_newer_than_a_cursor_in_the_query(
    server: Server, token: str, shop: Shop
) -> None:
    first = await SseClient.open(server.port, token, sku=shop.skus[0])
    while (message := await first.next())["type"] != "live":
        continue
    await first.close()
    headers = {"last-event-id": message["cursor"]}
    query = f"sku={shop.skus[0]}&cursor=garbage"
    again = await SseClient.get(server.port, token, query, headers)
    assert (await again.next())["type"] != "snapshot"
    await again.close()


async def test_a_socket_asked_for_as_a_page_says_that_it_is_one(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /api/v1/socket HTTP/1.1\r\nhost: test\r\n\r\n")
    assert (await reader.readline()).split()[1] == b"426"
    writer.close()


@pytest.fixture
async def socket(server: Server) -> AsyncIterator[SocketClient]:
    """A WebSocket that has said nothing yet."""
    client = await SocketClient.connect(server.port, None)
    yield client
    await client.close()
    await server.nobody_follows()


async def ended_with(client: SocketClient) -> tuple[str, int | None]:
    """The type of the problem that a client is told, and the code of the close."""
    message = await client.next()
    assert message["type"] == "error"
    with pytest.raises(Ended) as ended:
        await client.next()
    return message["problem"]["type"], ended.value.code


async def test_a_browser_says_who_it_is_and_what_it_asks_for_in_messages(
    socket: SocketClient, token: str, shop: Shop
) -> None:
    await socket.say(type="authenticate", token=token)
    assert (await socket.next())["type"] == "authenticated"
    await socket.say(type="subscribe", filter={"sku": shop.skus[0], "location": shop.locations})
    snapshot = await socket.next()
    assert {row["location"] for row in snapshot["stock"]} == set(shop.locations)
    while (await socket.next())["type"] != "live":
        continue
    await socket.say(type="subscribe", filter={})
    while (message := await socket.next())["type"] != "error":
        continue
    assert message["problem"]["type"] == "/problems/subscribed-already"


async def test_a_socket_is_closed_on_a_token_that_is_not_accepted(socket: SocketClient) -> None:
    await socket.say(type="authenticate", token="forged")
    assert await ended_with(socket) == ("/problems/invalid-token", 1008)


@pytest.mark.parametrize(
    "said",
    [
        {"type": "authenticate"},
        {"type": "subscribe", "token": "x"},
        {"token": 7},
    ],
)
async def test_a_socket_is_closed_on_a_first_message_without_a_token(
    socket: SocketClient, said: dict[str, Any]
) -> None:
    await socket.say(**said)
    assert await ended_with(socket) == ("/problems/message-unreadable", 1008)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"type": "hello"}, "message-unreadable"),
        ({"type": "subscribe", "since": "yesterday"}, "message-unreadable"),
        ({"type": "subscribe", "filter": {"colour": "red"}}, "malformed-request"),
        ({"type": "subscribe", "filter": {"type": "BottleDropped"}}, "event-type-unknown"),
        ({"type": "subscribe", "cursor": "garbage"}, "cursor-unreadable"),
    ],
)
async def test_a_socket_is_closed_on_a_subscription_that_means_nothing(
    server: Server, token: str, said: dict[str, Any], refusal: str
) -> None:
    client = await SocketClient.connect(server.port, token)
    await client.say(**said)
    assert await ended_with(client) == (f"/problems/{refusal}", 1008)


async def test_a_socket_on_which_nobody_says_who_they_are_is_closed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "FIRST_MESSAGE_SECONDS", 0.05)
    client = await SocketClient.connect(server.port, None)
    assert await ended_with(client) == ("/problems/token-too-late", 1008)


async def test_a_process_that_is_told_to_stop_says_so_to_its_clients_and_stops_soon(
    house: House, token: str
) -> None:
    process = ServedProcess(house)
    await process.start()
    clients = [
        await transport.follow(process.place, token, sku="nothing")
        for transport in TRANSPORTS.values()
    ]
    talking = await SocketClient.connect(process.place.port, token)
    await talking.say(type="command", id="1", name="delete_hold", path={"hold_id": "nothing"})
    assert (await talking.next())["status"] == 404
    for client in clients:
        assert (await client.next())["type"] == "live"
    assert process.process is not None
    process.process.send_signal(signal.SIGTERM)
    for client in (*clients, talking):
        closed = await client.next()
        assert (closed["type"], closed["reason"]) == ("closed", "shutting_down")
    await process.ended()
    for client in clients:
        await client.close()
