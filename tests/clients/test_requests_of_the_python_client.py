"""The Python client's requests against a real server: retries, lost answers, tokens, problems."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from killable_programs import Lossy, Program

from houses import Shop, context_of
from rackhouse.identity import PERMISSIONS, register_client
from rackhouse.platform.house import House
from rackhouse_client import (
    AsyncClient,
    Client,
    Line,
    NotAllowed,
    NotAuthenticated,
    NotEnoughStock,
    NotFound,
    RateLimited,
    Retries,
    Shortage,
    StaleVersion,
    Unanswered,
)

MakeToken = Callable[..., Awaitable[str]]
OpenShop = Callable[..., Awaitable[Shop]]
QUICK = Retries(attempts=6, first_seconds=0.01, most_seconds=0.02)


async def test_an_answer_that_is_lost_after_the_commit_does_not_make_a_second_hold(
    program: Program, lossy: Lossy, make_token: MakeToken, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    token = await make_token()
    async with AsyncClient(f"http://127.0.0.1:{lossy.port}", token=token, retries=QUICK) as client:
        lossy.losing = 2
        hold = await client.place_hold(shop.channel, [Line(shop.sku, 2)], ttl_seconds=60)
        assert lossy.lost.is_set()
        assert lossy.losing == 0
        assert [each.id for each in (await client.holds(channel=shop.channel)).items] == [hold.id]
    assert await shop.levels() == {shop.location: (5, 2, 0)}


async def test_without_its_key_a_lost_answer_makes_a_second_hold(
    program: Program, lossy: Lossy, make_token: MakeToken, open_shop: OpenShop
) -> None:
    """The control: what the client is spared by sending the same key again."""
    shop = await open_shop(units=5)
    token = await make_token()
    once = Retries(attempts=1)
    async with AsyncClient(f"http://127.0.0.1:{lossy.port}", token=token, retries=once) as client:
        lossy.losing = 1
        with pytest.raises(Unanswered) as unanswered:
            await client.place_hold(shop.channel, [Line(shop.sku, 2)], ttl_seconds=60)
        assert unanswered.value.key is not None
        await client.place_hold(shop.channel, [Line(shop.sku, 2)], ttl_seconds=60)
        assert await shop.levels() == {shop.location: (5, 4, 0)}
        same = await client.place_hold(
            shop.channel, [Line(shop.sku, 2)], ttl_seconds=60, key=unanswered.value.key
        )
        assert same.status == "held"
    assert await shop.levels() == {shop.location: (5, 4, 0)}


async def test_a_server_that_is_killed_and_started_again_is_asked_again(
    program: Program, make_token: MakeToken, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    patient = Retries(attempts=2000, first_seconds=0.01, most_seconds=0.05)
    async with AsyncClient(program.url, token=await make_token(), retries=patient) as client:
        await client.locations(limit=1)
        await program.kill()
        asking = asyncio.create_task(
            client.place_hold(shop.channel, [Line(shop.sku, 1)], ttl_seconds=60)
        )
        await program.start()
        assert (await asking).status == "held"
    assert await shop.levels() == {shop.location: (5, 1, 0)}


async def test_a_shop_works_from_the_catalog_to_the_return(
    program: Program, make_token: MakeToken, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    async with AsyncClient(program.url, token=await make_token()) as client:
        mark = uuid.uuid4().hex[:8]
        draft = {"type": "goods", "name": f"Glass {mark}", "variants": [{"sku": f"G-{mark}"}]}
        product = await client.create_product(draft)
        again = await client.replace_product(
            product.id, {**draft, "brand": "Rack"}, version=product.version
        )
        assert (again.brand, again.version) == ("Rack", 2)
        with pytest.raises(StaleVersion):
            await client.replace_product(product.id, {**draft, "brand": "House"}, version=1)
        await client.open_location(f"place-{mark}", name="Shelf", kind="shop")
        (row,) = (await client.receive(f"place-{mark}", [Line(f"G-{mark}", 3)])).items
        assert row.available == 3
        counted = await client.adjust(f"G-{mark}", f"place-{mark}", reason="recount", counted=2)
        assert counted.on_hand == 2
        found = await client.availability([product.id, shop.sku, "no such"])
        assert [each.skus[0].available for each in found.items] == [2, 9]
        assert found.unknown == ["no such"]
        assert (await client.inventory(shop.sku, channel=shop.channel)).skus[0].available == 9
        moved = await client.movements(f"G-{mark}")
        assert [each.type for each in moved.items] == ["StockAdjusted", "StockReceived"]
        hold = await client.place_hold(shop.channel, [Line(shop.sku, 2)], ttl_seconds=60)
        order = await client.place_order(shop.channel, hold_id=hold.id, customer_id="mia")
        await client.confirm_order(order.id)
        await client.ship_order(order.id, lines=[Line(shop.sku, 1)])
        await client.ship_order(order.id)
        await client.deliver_order(order.id)
        returned = await client.return_order(order.id, lines=[Line(shop.sku, 1)], reason="broken")
        assert returned.lines[0].returned == 1
        assert (await client.order(order.id)).allocations[0].shipped == 2
        for number in range(3):
            await client.place_order(shop.channel, [Line(shop.sku, 1)], external_id=f"E{number}")
        every = [
            each.id async for each in client.every(client.orders, channel=shop.channel, limit=2)
        ]
        assert len(set(every)) == 4
        with pytest.raises(NotEnoughStock) as refused:
            await client.place_hold(shop.channel, [Line(shop.sku, 90)], ttl_seconds=60)
        assert refused.value.members["status"] == 409
        assert refused.value.missing == [Shortage(shop.sku, asked=90, available=5)]
        assert refused.value.correlation_id
        with pytest.raises(NotFound):
            await client.product("no/such product")
        await client.remove_product(product.id)


async def test_the_client_that_waits_does_the_same(
    program: Program, make_token: MakeToken, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    token = await make_token()

    def work() -> list[str]:
        with Client(program.url, token=token) as client:
            order = client.place_order(shop.channel, [Line(shop.sku, 1)], complete="hand_over")
            client.place_order(shop.channel, [Line(shop.sku, 1)])
            sale = {
                "external_id": "bon-1",
                "sold_at": "2026-01-01T10:00:00Z",
                "lines": [{"sku": shop.sku, "quantity": 1}],
            }
            told = [client.report_sales(shop.channel, [sale]).sales[0].status for _ in range(2)]
            back = {
                "external_id": "back-1",
                "sale": "bon-1",
                "returned_at": "2026-01-01T11:00:00Z",
                "lines": [{"sku": shop.sku, "quantity": 1}],
            }
            told.append(client.report_returns(shop.channel, [back]).returns[0].status)
            found = list(client.every(client.orders, channel=shop.channel, limit=1))
            assert [each.status for each in found].count("delivered") >= 1
            return [order.status, *told]

    assert await asyncio.to_thread(work) == ["delivered", "recorded", "repeated", "recorded"]


async def test_tokens_are_fetched_and_fetched_anew_when_they_are_refused(
    program: Program, house: House
) -> None:
    known = await register_client(
        context=context_of(house, permissions=frozenset(PERMISSIONS)),
        name="kit",
        roles=["channel"],
        channel="kit",
    )
    fetched: list[str] = []

    class Watching(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path == "/oauth/token":
                fetched.append(request.url.path)
            if len(fetched) == 1 and request.url.path != "/oauth/token" and spoil:
                request.headers["authorization"] = "Bearer spoilt"
            return await super().handle_async_request(request)

    spoil = False
    async with AsyncClient(
        program.url,
        client_id=known.client_id,
        client_secret=known.client_secret,
        transport=Watching(),
        retries=QUICK,
    ) as client:
        await client.locations(limit=1)
        await client.locations(limit=1)
        assert len(fetched) == 1
        spoil = True
        await client.locations(limit=1)
        assert len(fetched) == 2
    async with AsyncClient(program.url, client_id=known.client_id, client_secret="no") as client:
        with pytest.raises(NotAuthenticated):
            await client.locations()


async def test_who_may_not_is_told_what_is_missing(program: Program, make_token: MakeToken) -> None:
    token = await make_token("customer", customer_id="mia")
    async with AsyncClient(program.url, token=token) as client:
        with pytest.raises(NotAllowed) as refused:
            await client.stock()
        assert refused.value.members["permission"] == "inventory:read"


async def test_it_waits_as_long_as_it_is_told_and_longer_each_time() -> None:
    answers = [
        httpx.Response(503, json={"type": "/problems/busy"}, headers={"retry-after": "7"}),
        httpx.Response(429, json={"type": "/problems/x"}, headers={"retry-after": "3"}),
        httpx.Response(409, json={"type": "/problems/request-in-flight"}),
        httpx.Response(200, json={"items": [], "next_cursor": None}),
    ]
    waited: list[float] = []
    keys: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get("idempotency-key"))
        return answers.pop(0)

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    transport = httpx.MockTransport(answer)
    async with AsyncClient("http://x", token="t", transport=transport, sleep=wait) as client:
        await client.receive("here", [Line("A", 1)])
    assert waited[:2] == [7.0, 3.0]
    assert 0 <= waited[2] <= 0.8
    assert len(set(keys)) == 1
    assert keys[0]


async def test_it_gives_up_in_the_end() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(429, json={}))
    async with AsyncClient("http://x", token="t", transport=transport, retries=QUICK) as client:
        with pytest.raises(RateLimited):
            await client.stock()


def test_either_a_token_or_credentials_are_needed() -> None:
    for given in ({}, {"client_id": "a"}, {"token": "t", "client_id": "a", "client_secret": "b"}):
        with pytest.raises(ValueError, match="give either a token"):
            Client("http://x", **given)
