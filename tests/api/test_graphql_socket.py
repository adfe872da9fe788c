"""GraphQL over a WebSocket: the subprotocol, and changes as they come."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import msgspec
import pytest
import websockets
from graphql_questions import socket_to

from houses import Shop
from rackhouse.api.graphql import socket as graphql_socket
from rackhouse.identity import mint_token
from rackhouse.inventory import Line, place_hold
from rackhouse.platform.house import House
from serving import served

OpenShop = Callable[..., Awaitable[Shop]]

CHANGES = """subscription ($sku: [ID!], $cursor: String) { changes(sku: $sku, cursor: $cursor) {
  __typename type cursor
  ... on Snapshot { stock { stream sequence sku locationId onHand available } }
  ... on Change { stream sequence channel figures { onHand held available } data }
  ... on Closed { reason } } }"""


def asking(query: str, **variables: object) -> dict[str, object]:
    return {"query": query, "variables": variables}


@pytest.fixture(scope="module")
async def api(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """An API of its own with many heartbeats."""
    settings = msgspec.structs.replace(house.settings, stream_heartbeat_seconds=0.3)
    async with served(settings) as client:
        yield client


async def test_a_subscription_tells_a_snapshot_then_every_change_and_resumes(
    api: httpx.AsyncClient, admin_token: str, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    async with socket_to(api, token=admin_token) as socket:
        await socket.say("subscribe", id="1", payload=asking(CHANGES, sku=[shop.sku]))
        snapshot = await socket.hear_of("Snapshot")
        assert [(row["sku"], row["available"]) for row in snapshot["stock"]] == [(shop.sku, 5)]
        cursor = (await socket.hear_of("Live"))["cursor"]
        await hold_one(shop)
        change = await socket.hear_of("Change")
        assert (change["type"], change["channel"]) == ("HoldPlaced", shop.channel)
        assert change["figures"] == {"onHand": 5, "held": 1, "available": 4}
        assert change["sequence"] == snapshot["stock"][0]["sequence"] + 1
    await hold_one(shop)
    async with socket_to(api, token=admin_token) as socket:
        asked = asking(CHANGES, sku=[shop.sku], cursor=cursor)
        await socket.say("subscribe", id="1", payload=asked)
        missed = [await socket.hear_of("Change") for _ in range(2)]
        assert [each["figures"]["available"] for each in missed] == [4, 3]


async def hold_one(shop: Shop) -> None:
    lines = [Line(shop.sku, 1)]
    await place_hold(context=shop.context, channel=shop.channel, lines=lines, ttl_seconds=60)


async def test_several_operations_share_a_connection_until_each_is_completed(
    api: httpx.AsyncClient, admin_token: str, open_shop: OpenShop
) -> None:
    shop, other = await open_shop(units=5), await open_shop(units=5)
    async with socket_to(api, token=admin_token) as socket:
        await socket.say("subscribe", id="one", payload=asking(CHANGES, sku=[shop.sku]))
        await socket.hear_of("Live")
        await socket.say("complete", id="one")
        await socket.say("subscribe", id="two", payload=asking(CHANGES, sku=[other.sku]))
        await socket.hear_of("Live")
        await hold_one(shop)
        await hold_one(other)
        assert (await socket.hear_of("Change"))["stream"] == f"{other.sku}@{other.location}"
        await socket.say("subscribe", id="three", payload=asking("{ __typename }"))
        told = await socket.hear()
        assert (told["id"], told["payload"]) == ("three", {"data": {"__typename": "Query"}})
        assert await socket.hear() == {"type": "complete", "id": "three"}
        await socket.say("ping")
        assert await socket.hear() == {"type": "pong"}


async def test_a_token_may_come_in_the_handshake(api: httpx.AsyncClient, admin_token: str) -> None:
    url = str(api.base_url).replace("http://", "ws://").rstrip("/") + "/graphql"
    async with websockets.connect(
        url,
        subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
        additional_headers={"authorization": f"Bearer {admin_token}"},
        proxy=None,
    ) as connection:
        await connection.send('{"type":"connection_init"}')
        assert msgspec.json.decode(await connection.recv()) == {"type": "connection_ack"}


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("{ colour }", "document-invalid"),
        ('subscription { changes(cursor: "garbage") { type } }', "cursor-unreadable"),
        ('subscription { changes(type: ["BottleDropped"]) { type } }', "event-type-unknown"),
        ('subscription { changes(product: ["none"]) { type } }', "product-not-found"),
    ],
)
async def test_a_refused_operation_leaves_the_connection_open(
    api: httpx.AsyncClient, admin_token: str, query: str, problem: str
) -> None:
    async with socket_to(api, token=admin_token) as socket:
        await socket.say("subscribe", id="x", payload=asking(query))
        told = await socket.hear()
        assert (told["type"], told["id"]) == ("error", "x")
        assert told["payload"][0]["extensions"]["type"] == f"/problems/{problem}"
        await socket.say("ping")
        assert (await socket.hear())["type"] == "pong"


async def test_who_may_not_follow_the_stream_is_told_so(
    api: httpx.AsyncClient, house: House
) -> None:
    token = await mint_token(house=house, roles=["customer"], subject="c", customer_id="c")
    async with socket_to(api, token=token) as socket:
        await socket.say("subscribe", id="x", payload=asking(CHANGES))
        problem = (await socket.hear())["payload"][0]["extensions"]
        assert (problem["status"], problem["permission"]) == (403, "stream:read")


async def test_a_channel_hears_of_itself_only(
    api: httpx.AsyncClient, house: House, open_shop: OpenShop
) -> None:
    own, other = await open_shop(units=5), await open_shop(units=5)
    token = await mint_token(house=house, roles=["channel"], subject="t", channel=own.channel)
    async with socket_to(api, token=token) as socket:
        await socket.say("subscribe", id="x", payload=asking(CHANGES))
        await socket.hear_of("Live")
        await hold_one(other)
        await hold_one(own)
        assert (await socket.hear_of("Change"))["stream"] == f"{own.sku}@{own.location}"


async def test_connections_that_break_the_subprotocol_are_closed_with_its_codes(
    api: httpx.AsyncClient, admin_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = {}
    async with socket_to(api, subprotocol="graphql-ws") as socket:
        codes["another subprotocol"] = await socket.close_code()
    async with socket_to(api) as socket:
        await socket.say("subscribe", id="1", payload=asking("{ __typename }"))
        codes["asks before it says who it is"] = await socket.close_code()
    async with socket_to(api) as socket:
        await socket.say("connection_init", payload={"authorization": "Bearer forged"})
        codes["forged"] = await socket.close_code()
    async with socket_to(api, token=admin_token) as socket:
        await socket.say("connection_init", payload={})
        codes["says twice who it is"] = await socket.close_code()
    async with socket_to(api, token=admin_token) as socket:
        await socket.say("dance")
        codes["says what nobody knows"] = await socket.close_code()
    async with socket_to(api, token=admin_token) as socket:
        for _ in range(2):
            await socket.say("subscribe", id="1", payload=asking(CHANGES, sku=["none"]))
        codes["uses an id twice"] = await socket.close_code()
    monkeypatch.setattr(graphql_socket, "FIRST_MESSAGE_SECONDS", 0.05)
    async with socket_to(api) as socket:
        codes["says nothing"] = await socket.close_code()
    assert codes == {
        "another subprotocol": 4406,
        "asks before it says who it is": 4401,
        "forged": 4403,
        "says twice who it is": 4429,
        "says what nobody knows": 4400,
        "uses an id twice": 4409,
        "says nothing": 4408,
    }


async def test_more_operations_than_the_limit_are_refused(
    api: httpx.AsyncClient, admin_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphql_socket, "OPERATIONS_LIMIT", 1)
    async with socket_to(api, token=admin_token) as socket:
        await socket.say("subscribe", id="1", payload=asking(CHANGES, sku=["none"]))
        await socket.hear_of("Live")
        await socket.say("subscribe", id="2", payload=asking("{ __typename }"))
        told = await socket.hear()
        assert told["payload"][0]["extensions"]["type"] == "/problems/operations-at-limit"


async def test_a_quiet_subscription_has_heartbeats(
    api: httpx.AsyncClient, admin_token: str
) -> None:
    async with socket_to(api, token=admin_token) as socket:
        await socket.say("subscribe", id="1", payload=asking(CHANGES, sku=["none"]))
        live = await socket.hear_of("Live")
        async with asyncio.timeout(20):
            assert (await socket.hear_of("Heartbeat"))["cursor"] == live["cursor"]
