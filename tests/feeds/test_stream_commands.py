"""Commands over a connection that stays open are the endpoints of REST, with the same answers."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import msgspec
import pytest
from rpc_clients import RpcClient
from shops import Shop
from stream_clients import Ended, Message, Server, SocketClient, serving

from rackhouse.feeds import conversations, websocket
from rackhouse.feeds.rpc import rackhouse_pb2 as pb
from rackhouse.modules import MODULES
from rackhouse.platform.house import House

Talker = SocketClient | RpcClient
Open = Callable[[str], Awaitable[Talker]]


@pytest.fixture(params=["websocket", "grpc"])
async def opening(request: pytest.FixtureRequest, server: Server) -> AsyncIterator[Open]:
    """Opens connections that carry commands, over either transport."""
    opened: list[Talker] = []

    async def open_one(token: str) -> Talker:
        if request.param == "websocket":
            opened.append(await SocketClient.connect(server.port, token))
        else:
            opened.append(await RpcClient.connect(server.grpc_port, token, pb.SyncRequest()))
        return opened[-1]

    yield open_one
    for each in opened:
        await each.close()
    await server.nobody_follows()


@pytest.fixture
async def talker(opening: Open, token: str) -> Talker:
    """An administrator's connection."""
    return await opening(token)


@pytest.fixture
async def api(server: Server, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """REST of the same service."""
    headers = {"authorization": f"Bearer {token}"}
    base = f"http://127.0.0.1:{server.port}/api/v1"
    async with httpx.AsyncClient(base_url=base, headers=headers) as client:
        yield client


async def answer_to(talker: Talker, name: str, **command: Any) -> Message:
    """The result of one command, sent alone."""
    command = {"id": uuid.uuid4().hex, **command}
    await talker.say(type="command", name=name, **command)
    while (message := await talker.next())["type"] != "result":
        continue  # heartbeats, and changes where it follows any
    assert message["id"] == command["id"]
    return message


def held(shop: Shop, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """The body of a hold."""
    line = {"sku": shop.skus[0], "quantity": quantity}
    return {"channel": shop.channels[0], "lines": [line], "ttl_seconds": 60, **more}


async def test_a_hold_is_placed_extended_and_confirmed(talker: Talker, shop: Shop) -> None:
    placed = await answer_to(talker, "post_hold", body=held(shop))
    assert placed["status"] == 201
    path = {"hold_id": placed["body"]["id"]}
    extended = await answer_to(talker, "post_hold_extension", path=path, body={"ttl_seconds": 120})
    assert (extended["status"], extended["body"]["id"]) == (200, path["hold_id"])
    confirmed = await answer_to(talker, "post_hold_confirmation", path=path)
    assert (confirmed["status"], confirmed["body"]["status"]) == (200, "confirmed")
    figures = (await shop.figures())[f"{shop.skus[0]}@{shop.locations[0]}"]
    assert figures[:3] == (20, 0, 1)


async def test_a_hold_is_released(talker: Talker, shop: Shop) -> None:
    placed = await answer_to(talker, "post_hold", body=held(shop))
    released = await answer_to(talker, "delete_hold", path={"hold_id": placed["body"]["id"]})
    assert (released["status"], released["body"]["status"]) == (200, "released")


async def test_an_order_is_placed_confirmed_and_cancelled(talker: Talker, shop: Shop) -> None:
    body = {"channel": shop.channels[0], "lines": [{"sku": shop.skus[0], "quantity": 1}]}
    placed = await answer_to(talker, "post_order", body=body)
    path = {"order_id": placed["body"]["id"]}
    confirmed = await answer_to(talker, "post_order_confirmation", path=path)
    cancelled = await answer_to(talker, "post_order_cancellation", path=path, body={})
    told = [(each["status"], each["body"]["status"]) for each in (placed, confirmed, cancelled)]
    assert told == [(201, "pending"), (200, "confirmed"), (200, "cancelled")]


async def test_a_channel_reports_a_sale(talker: Talker, shop: Shop) -> None:
    sale = {
        "external_id": uuid.uuid4().hex,
        "sold_at": "2026-11-20T10:00:00Z",
        "lines": [{"sku": shop.skus[0], "quantity": 1}],
    }
    reported = await answer_to(
        talker, "post_channel_sales", path={"channel": shop.channels[0]}, body={"sales": [sale]}
    )
    assert (reported["status"], reported["body"]["sales"][0]["status"]) == (200, "recorded")


async def test_a_key_is_good_for_commands_and_rest_alike(
    talker: Talker, api: httpx.AsyncClient, shop: Shop
) -> None:
    key, body = uuid.uuid4().hex, held(shop)
    first = await answer_to(talker, "post_hold", key=key, body=body)
    assert "replayed" not in first
    again = await answer_to(talker, "post_hold", key=key, body=body)
    assert (again["replayed"], again["body"]) == (True, first["body"])
    headers = {"idempotency-key": key, "content-type": "application/json"}
    over_rest = await api.post("/holds", content=msgspec.json.encode(body), headers=headers)
    assert over_rest.headers["idempotency-replayed"] == "true"
    assert (over_rest.status_code, over_rest.json()) == (201, first["body"])
    other = await answer_to(talker, "post_hold", key=key, body=held(shop, 2))
    assert (other["status"], other["body"]["type"]) == (422, "/problems/key-reused")


@pytest.mark.parametrize(
    ("name", "command", "status", "problem"),
    [
        ("post_bottle", {}, 404, "command-unknown"),
        ("post_receipt", {}, 404, "command-unknown"),
        ("post_hold", {"body": {"channel": 7}}, 422, "malformed-request"),
        ("post_hold", {"path": {"hold_id": "x"}, "body": {}}, 422, "malformed-request"),
        ("post_hold_confirmation", {}, 422, "malformed-request"),
        ("post_hold_confirmation", {"path": {"hold_id": ""}}, 422, "malformed-request"),
        ("post_hold_confirmation", {"path": {"hold_id": "a/b"}}, 422, "malformed-request"),
        ("delete_hold", {"path": {"hold_id": "nothing"}}, 404, "hold-not-found"),
        ("post_hold", {"key": "\u0000", "body": {}}, 422, "malformed-request"),
        ("post_hold", {"key": "x" * 300, "body": {}}, 422, "malformed-request"),
    ],
)
async def test_what_can_not_be_carried_out_is_answered_with_its_problem(
    talker: Talker, shop: Shop, name: str, command: dict[str, Any], status: int, problem: str
) -> None:
    if command.get("body") == {}:
        command = {**command, "body": held(shop)}
    answer = await answer_to(talker, name, **command)
    assert (answer["status"], answer["body"]["type"]) == (status, f"/problems/{problem}")
    assert answer["body"]["status"] == status


async def test_a_refusal_is_the_same_as_over_rest(
    talker: Talker, api: httpx.AsyncClient, shop: Shop
) -> None:
    over_rest = await api.post("/holds", json=held(shop, 10_000))
    answer = await answer_to(talker, "post_hold", body=held(shop, 10_000))
    assert (answer["status"], answer["body"]) == (over_rest.status_code, over_rest.json())


async def test_each_command_asks_for_its_own_permission(
    opening: Open, make_token: Any, shop: Shop
) -> None:
    bound = await opening(await make_token("channel", channel=shop.channels[0]))
    own = await answer_to(bound, "post_hold", body=held(shop))
    others = await answer_to(bound, "post_hold", body=held(shop, channel=shop.channels[1]))
    assert (own["status"], others["status"]) == (201, 403)
    reading = await opening(await make_token("auditor"))
    refused = await answer_to(reading, "post_hold", body=held(shop))
    assert (refused["status"], refused["body"]["permission"]) == (403, "holds:write")


async def test_commands_are_carried_out_at_once_and_each_is_answered(
    talker: Talker, shop: Shop
) -> None:
    for number in range(60):
        await talker.say(type="command", id=f"{number}", name="post_hold", body=held(shop))
    answers: dict[str, int] = {}
    while len(answers) < 60:
        if (message := await talker.next())["type"] == "result":
            answers[message["id"]] = message["status"]
    statuses = sorted(answers.values())
    assert (statuses.count(201), statuses.count(409)) == (20, 40)


async def test_a_connection_carries_commands_and_a_stream(talker: Talker, shop: Shop) -> None:
    assert (await answer_to(talker, "post_hold", body=held(shop)))["status"] == 201
    asked = {"filter": {"sku": [shop.skus[0]], "type": ["HoldPlaced"]}, "snapshot": False}
    await talker.say(type="subscribe", **asked)
    while (await talker.next())["type"] != "live":
        continue
    await talker.say(type="command", id="while following", name="post_hold", body=held(shop, 3))
    heard: dict[str, Message] = {}
    while not {"result", "HoldPlaced"} <= heard.keys():
        message = await talker.next()
        if message.get("data", {"quantity": 3})["quantity"] == 3:
            heard[message["type"]] = message
    assert heard["HoldPlaced"]["data"]["hold_id"] == heard["result"]["body"]["id"]
    await talker.say(type="subscribe", **asked)
    while (message := await talker.next())["type"] != "error":
        continue
    assert message["problem"]["type"] == "/problems/subscribed-already"
    assert (await answer_to(talker, "post_hold", body=held(shop)))["status"] == 201


async def test_a_subscription_that_is_refused_leaves_the_commands_alone(
    talker: Talker, shop: Shop
) -> None:
    await answer_to(talker, "post_hold", body=held(shop))
    await talker.say(type="subscribe", filter={"type": ["BottleDropped"]})
    while (message := await talker.next())["type"] != "error":
        continue
    assert message["problem"]["type"] == "/problems/event-type-unknown"
    assert (await answer_to(talker, "post_hold", body=held(shop)))["status"] == 201


async def test_a_quiet_connection_of_commands_has_heartbeats(talker: Talker, shop: Shop) -> None:
    await answer_to(talker, "post_hold", body=held(shop))
    assert await talker.next() == {"type": "heartbeat"}


async def test_a_token_can_be_renewed_by_the_same_caller(
    opening: Open, make_token: Any, shop: Shop
) -> None:
    bounds = {"channel": shop.channels[0]}
    talker = await opening(await make_token("channel", **bounds))
    await answer_to(talker, "post_hold", body=held(shop))
    await talker.say(type="authenticate", token=await make_token("channel", **bounds))
    assert await next_of(talker, "authenticated")
    await talker.say(type="authenticate", token=await make_token("admin"))
    refused = await next_of(talker, "error")
    assert refused["problem"]["type"] == "/problems/another-caller"
    await talker.say(type="authenticate", token="forged")
    refused = await next_of(talker, "error")
    assert refused["problem"]["type"] == "/problems/invalid-token"
    assert (await answer_to(talker, "post_hold", body=held(shop)))["status"] == 201


async def next_of(talker: Talker, message_type: str) -> Message:
    while (message := await talker.next())["type"] != message_type:
        continue
    return message


async def test_what_can_not_be_read_is_said_and_what_follows_is_carried_out(
    server: Server, token: str, shop: Shop
) -> None:
    talker = await SocketClient.connect(server.port, token)
    await answer_to(talker, "post_hold", body=held(shop))
    for unreadable in ({"type": "commend"}, {"type": "command", "name": "post_hold"}, {}):
        await talker.say(**unreadable)
        refused = await next_of(talker, "error")
        assert refused["problem"]["type"] == "/problems/message-unreadable"
    assert (await answer_to(talker, "post_hold", body=held(shop)))["status"] == 201
    await talker.close()
    await server.nobody_follows()


async def test_a_client_that_ends_its_side_of_a_call_still_gets_its_answers(
    server: Server, token: str, shop: Shop
) -> None:
    command = pb.Command(id="last", name="post_hold", body=msgspec.json.encode(held(shop)))
    talker = await RpcClient.connect(server.grpc_port, token, pb.SyncRequest(commands=[command]))
    await talker.end_sending()
    assert (await talker.next())["status"] == 201
    with pytest.raises(Ended) as ended:
        await talker.next()
    assert ended.value.code == "OK"
    await talker.close()


@pytest.fixture
async def narrow(house: House) -> AsyncIterator[Server]:
    """A service that carries out two commands of a connection at once."""
    settings = msgspec.structs.replace(house.settings, stream_commands_limit=2)
    async with serving(House(settings, MODULES)) as server:
        yield server


async def test_no_more_commands_are_begun_than_may_be_at_once(
    narrow: Server, token: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, most, free = 0, 0, asyncio.Event()
    write = websocket._Connection._write_result

    async def write_later(*args: Any) -> None:
        nonlocal begun, most
        begun += 1
        most = max(most, begun)
        if begun == 2:
            free.set()
        await free.wait()
        await write(*args)
        begun -= 1

    monkeypatch.setattr(websocket._Connection, "_write_result", write_later)
    talker = await SocketClient.connect(narrow.port, token)
    for number in range(12):
        await talker.say(type="command", id=f"{number}", name="post_hold", body=held(shop))
    answers = [await next_of(talker, "result") for _ in range(12)]
    assert {each["id"] for each in answers} == {f"{number}" for number in range(12)}
    assert most == 2
    await talker.close()
    await narrow.nobody_follows()


async def test_nothing_follows_the_end_of_a_socket(
    narrow: Server, token: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, answered = asyncio.Event(), asyncio.Event()
    write = websocket._Connection._write_result

    async def write_late(*args: Any) -> None:
        await ended.wait()
        await write(*args)
        answered.set()

    monkeypatch.setattr(websocket._Connection, "_write_result", write_late)
    monkeypatch.setattr(conversations, "FINISH_SECONDS", 0.05)
    talker = await SocketClient.connect(narrow.port, token)
    await talker.say(type="command", id="late", name="post_hold", body=held(shop))
    while not narrow.hub.clients():
        await asyncio.sleep(0)
    narrow.hub.end_all("shutting_down")
    assert (await talker.next())["type"] == "closed"
    ended.set()
    await answered.wait()
    with pytest.raises(Ended) as closed:
        await talker.next()
    assert closed.value.code == 1012
