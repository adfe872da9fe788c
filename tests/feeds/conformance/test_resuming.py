"""What every transport keeps, however often it breaks: nothing lost, nothing twice, in order."""

import asyncio
import random

import pytest
from following import (
    ROUNDS,
    SEED,
    Follow,
    changes_until,
    go_on,
    mirrored,
    until,
    until_live,
    up_to_date,
)
from shops import Gap, Keeper, Mirror, Shop
from stream_clients import Message, Refused

from rackhouse.feeds import backlog


@pytest.mark.parametrize("seed", range(SEED, SEED + 2 * ROUNDS))
async def test_a_snapshot_and_what_follows_make_a_fresh_snapshot(
    follow: Follow, token: str, shop: Shop, seed: int
) -> None:
    chance, mirror = random.Random(seed), Mirror()
    busy = asyncio.create_task(go_on(shop, chance, 30))
    client = await follow(token, product=shop.product)
    await mirrored(client, mirror)
    await busy
    await up_to_date(client, mirror, shop)


async def test_from_every_message_on_the_rest_comes_again(
    follow: Follow, token: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "RECENT_LIMIT", 5)
    client = await follow(token, product=shop.product)
    mirror = await mirrored(client, Mirror())
    first = mirror.cursor
    await go_on(shop, random.Random(SEED), 10)
    came: list[Message] = []
    figures = await shop.figures()
    while mirror.figures != figures:
        came.append(await client.next())
        mirror.take(came[-1])
    await client.close()
    changes = [each for each in came if "sequence" in each]
    everything = [(each["stream"], each["sequence"]) for each in changes]
    last = changes[-1]["cursor"]
    for number, cursor in enumerate([first, *(each["cursor"] for each in changes[:-1])]):
        again = await follow(token, product=shop.product, cursor=cursor)
        assert await changes_until(again, last) == everything[number:]
        await again.close()


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
async def test_who_is_cut_off_at_any_moment_loses_nothing(
    follow: Follow, token: str, shop: Shop, seed: int
) -> None:
    chance, mirror = random.Random(seed), Mirror()
    busy = asyncio.create_task(go_on(shop, chance, 50))
    while not busy.done() or mirror.figures != await shop.figures():
        if mirror.cursor is None:  # cut off within the snapshot, so it begins anew
            mirror = Mirror()
        client = await follow(token, product=shop.product, cursor=mirror.cursor)
        for _ in range(chance.choice((0, 1, 2, 20))):
            mirror.take(await client.next())
        await client.close()


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
async def test_what_comes_twice_does_no_harm_and_what_is_missing_is_noticed(
    follow: Follow, token: str, shop: Shop, seed: int
) -> None:
    chance, keeper = random.Random(seed), Keeper()
    client = await follow(token, product=shop.product)
    await mirrored(client, keeper)
    kept = [keeper.cursor]
    await go_on(shop, chance, 20)
    figures = await shop.figures()
    while keeper.figures != figures:
        keeper.take(await client.next())
        kept.append(keeper.cursor)
    await client.close()
    behind = await follow(token, product=shop.product, cursor=chance.choice(kept[:-1]))
    await go_on(shop, chance, 10)
    await up_to_date(behind, keeper, shop)
    assert keeper.repeats > 0
    before = keeper.cursor
    await shop.count(shop.skus[0], shop.locations[0], times=2)
    while "sequence" not in await behind.next():
        continue  # a heartbeat; what came instead is lost on the way to the keeper
    with pytest.raises(Gap):
        while True:
            keeper.take(await behind.next())
    whole = await follow(token, product=shop.product, cursor=before)
    await up_to_date(whole, keeper, shop)


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
    await mirrored(client, mirror)
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
