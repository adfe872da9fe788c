"""What every transport keeps, however often it breaks: nothing lost, nothing twice, in order."""

import asyncio
import random

import pytest
from following import Follow, go_on, until, until_live
from shops import Mirror, Shop
from stream_clients import Refused

from rackhouse.feeds import backlog


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
