"""A slow, a dead and a malicious endpoint harm no other endpoint, no client and no sale."""

import asyncio
import collections
import contextlib
import datetime
import socket
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp.client_proto import ResponseHandler
from harmed_world import SALES, World, followers
from harmful_targets import MALICIOUS, Hostile, hostile, silent, slow

from houses import context_of, migrated_database, shop_in
from rackhouse.identity import mint_token
from rackhouse.modules import MODULES
from rackhouse.outlets import dispatching as dispatching_outlets
from rackhouse.outlets.rules import trying
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from receivers import WAIT_SECONDS, Receiver, dispatching, receiving
from serving import served

TARPITS = 6
# Of one connection; what is asked for is less than that, and a read is rounded up.
READ_LIMIT_BYTES = 1_048_576


@pytest.fixture
def many_harmful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer sends at a time than there are endpoints that never answer; and breakers that stay
    open once they are."""
    monkeypatch.setattr(dispatching_outlets, "SENDS_AT_ONCE_LIMIT", TARPITS // 2)
    monkeypatch.setattr(dispatching_outlets, "RETRIES_AT_ONCE_LIMIT", TARPITS // 2)
    monkeypatch.setattr(trying, "OPEN_AT_LEAST_SECONDS", 3600.0)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> collections.Counter[int]:
    """How many bytes were read of answers, by the port of the target."""
    counted: collections.Counter[int] = collections.Counter()
    receive = ResponseHandler.data_received

    def count(self: ResponseHandler, data: bytes) -> None:
        if self.transport is not None:
            peer = self.transport.get_extra_info("peername")
            counted[peer[1]] += len(data)
        receive(self, data)

    monkeypatch.setattr(ResponseHandler, "data_received", count)
    return counted


@pytest.fixture
async def world(settings: Settings, server_url: str) -> AsyncIterator[World]:
    """A served house whose webhooks may go to the loopback and are soon given up."""
    lenient = msgspec.structs.replace(
        settings,
        database_url=migrated_database(server_url),
        database_urls={},
        outbound_networks="127.0.0.0/8",
        outbound_http=True,
        webhook_timeout_seconds=0.5,
        rate_limit_per_second=0,
    )
    async with House(lenient, MODULES) as house:
        await migrate(house)
        shop = await shop_in(context_of(house))
        token = await mint_token(house=house, roles=["admin"], subject="test")
        async with served(lenient, authorization=f"Bearer {token}") as api:
            yield World(house, shop, api, token)


async def took_everything(world: World, receiver: Receiver) -> list[int]:
    """What a receiver has got, once it is all; none of it twice."""
    async with asyncio.timeout(WAIT_SECONDS):
        while len(receiver.sequences(world.stream)) < len(world.everything):
            await receiver.until(len(receiver.got) + 1)
    return receiver.sequences(world.stream)


@contextlib.asynccontextmanager
async def refusing() -> AsyncIterator[str]:
    """Where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/hook"


async def test_slow_and_dead_endpoints_harm_nobody(world: World, many_harmful: None) -> None:
    async with contextlib.AsyncExitStack() as over:
        good, late = [await over.enter_async_context(receiving()) for _ in range(2)]
        late.open.clear()
        tarpits = [await over.enter_async_context(hostile(silent)) for _ in range(TARPITS)]
        bad = {
            await world.follow(url): url
            for url in (
                (await over.enter_async_context(hostile(slow))).url,
                await over.enter_async_context(refusing()),
                *(each.url for each in tarpits),
            )
        }
        late_id = await world.follow(late.url)
        good_id = await world.follow(good.url)
        followed = await over.enter_async_context(followers(world))
        await world.shop.receive(world.shop.sku, SALES)
        async with dispatching(world.house):
            await world.sell_all()
            assert await took_everything(world, good) == world.everything
            for each in (*bad, late_id):
                found = await world.until_open(each)
                assert found["failures"] >= trying.FAILURES_TO_OPEN
                assert found["state"] == "running"
            untouched = await world.outlet(good_id)
            assert (untouched["breaker"], untouched["failures"]) == ("closed", 0)
            late.open.set()
            assert (await world.api.post(f"/api/v1/outlets/{late_id}/resume")).status_code == 200
            assert list(dict.fromkeys(await took_all(world, late))) == world.everything
    for each in followed:
        assert each.heard == world.everything


async def took_all(world: World, receiver: Receiver) -> list[int]:
    """What a receiver has got, some of it more than once, once it is all."""
    async with asyncio.timeout(WAIT_SECONDS):
        while set(receiver.sequences(world.stream)) != set(world.everything):
            await receiver.until(len(receiver.got) + 1)
    return receiver.sequences(world.stream)


async def test_malicious_endpoints_harm_nobody_and_little_is_read_of_them(
    world: World, many_harmful: None, read: collections.Counter[int]
) -> None:
    targets: dict[str, Hostile] = {}
    async with contextlib.AsyncExitStack() as over:
        good = await over.enter_async_context(receiving())
        for name, act in MALICIOUS.items():
            targets[name] = await over.enter_async_context(hostile(act))
        ids = {name: await world.follow(each.url) for name, each in targets.items()}
        tls = await over.enter_async_context(hostile(MALICIOUS["garbage"]))
        ids["garbage for TLS"] = await world.follow(tls.url.replace("http:", "https:"))
        good_id = await world.follow(good.url)
        followed = await over.enter_async_context(followers(world))
        await world.shop.receive(world.shop.sku, SALES)
        async with dispatching(world.house):
            await world.sell_all()
            assert await took_everything(world, good) == world.everything
            for name, each in ids.items():
                if name != "come back in a year":
                    assert "our side" not in (await world.until_open(each))["problem"], name
            untouched = await world.outlet(good_id)
            assert (untouched["breaker"], untouched["failures"]) == ("closed", 0)
    for each in followed:
        assert each.heard == world.everything
    for name, target in targets.items():
        assert target.connections > 0, name
        taken = read[int(target.url.rsplit(":", 1)[1].partition("/")[0])]
        assert taken <= READ_LIMIT_BYTES * target.connections, name
    assert read[9] == 0


async def test_who_says_come_back_in_a_year_is_asked_again_within_a_day(
    world: World, many_harmful: None
) -> None:
    async with hostile(MALICIOUS["come back in a year"]) as target:
        each = await world.follow(target.url)
        await world.shop.receive(world.shop.sku, 1)
        async with dispatching(world.house), asyncio.timeout(WAIT_SECONDS):
            while (found := await world.outlet(each))["retry_at"] is None:
                await asyncio.sleep(0.05)
    since, until = (
        datetime.datetime.fromisoformat(found[at]) for at in ("failing_since", "retry_at")
    )
    assert (until - since).total_seconds() <= trying.RETRY_AFTER_LIMIT_SECONDS + WAIT_SECONDS


async def test_a_name_that_changes_to_a_private_address_is_sent_nothing_more(
    world: World, many_harmful: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    resolve = loop.getaddrinfo
    addresses = {"turning.example": "127.0.0.1"}

    async def resolved(host: Any, port: Any, **more: Any) -> Any:
        if host not in addresses:
            return await resolve(host, port, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (addresses[host], port))]

    monkeypatch.setattr(loop, "getaddrinfo", resolved)
    async with receiving() as receiver, dispatching(world.house):
        each = await world.follow(receiver.url.replace("127.0.0.1", "turning.example"))
        receiver.fate = lambda: None  # the connection is not kept, so the name is asked for again
        await world.shop.receive(world.shop.sku, 1)
        await receiver.until(1)
        addresses["turning.example"] = "10.0.0.1"
        found = await world.until_open(each)
    assert "10.0.0.1 is not public" in found["problem"]
