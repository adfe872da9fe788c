"""Snapshots: an answer is the same with and without them."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from test_as_of import answered, figures_as_of, moments_of

from houses import Shop
from pasts import Past, random_past, write_past
from rackhouse.inventory import explain, rebuild_snapshots, snapshots
from rackhouse.inventory.events import StockReceived
from rackhouse.platform.context import Context

DISTANCE = 7


@pytest.fixture
def close_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots so near to each other that short histories have many."""
    monkeypatch.setattr(snapshots, "SNAPSHOT_DISTANCE", DISTANCE)


async def kept(shop: Shop) -> list[tuple[Any, ...]]:
    """The snapshots of a shop's first SKU."""
    async with shop.house.database("inventory").reading() as tx:
        return await tx.all(
            lambda *row: row,
            "select version, recorded_at, lapsed_from, state from inventory.snapshot "
            "where stream = %(stream)s order by version",
            {"stream": f"{shop.sku}@{shop.location}"},
        )


async def take_all(context: Context) -> None:
    """Take every snapshot that is due."""
    while await snapshots.take_snapshots(context=context):
        pass


@pytest.mark.parametrize("in_depth", [False, True])
@pytest.mark.parametrize("seed", range(100, 104))
async def test_snapshots_change_no_answer(
    open_shop, close_together: None, seed: int, in_depth: bool
) -> None:
    shop, past = await open_shop(), random_past(seed, 40, in_depth=in_depth)
    await write_past(shop, past)
    moments = moments_of(past)
    explained = [await explanation(shop, each) for each in moments]
    await take_all(shop.context)
    assert len(await kept(shop)) == len(past.events) // DISTANCE
    for moment, before in zip(moments, explained, strict=True):
        assert await figures_as_of(shop, moment) == answered(past, moment)
        assert await explanation(shop, moment) == before


async def explanation(shop: Shop, moment: Any) -> Any:
    """Why the figures were what they were, told by three events."""
    return await explain(context=shop.context, id=shop.sku, location=None, as_of=moment, limit=3)


async def test_snapshots_that_were_deleted_are_taken_anew_as_they_were(
    open_shop, close_together: None
) -> None:
    shop = await open_shop()
    await write_past(shop, random_past(7, 50))
    await take_all(shop.context)
    before = await kept(shop)
    assert await rebuild_snapshots(context=shop.context) >= len(before) == 50 // DISTANCE
    assert await kept(shop) == before


async def test_a_short_history_has_no_snapshot(open_shop) -> None:
    shop = await open_shop(units=3)
    await take_all(shop.context)
    assert await kept(shop) == []


async def test_snapshots_go_on_from_the_newest_one(open_shop, close_together: None) -> None:
    shop = await open_shop()
    await write_past(shop, random_past(11, DISTANCE * 2 + 1))
    await take_all(shop.context)
    before = await kept(shop)
    for _ in range(DISTANCE):
        await shop.receive(shop.sku, 1)
    await take_all(shop.context)
    after = await kept(shop)
    assert after[:2] == before and [version for version, *_ in after] == [7, 14, 21]


async def test_a_run_takes_only_so_many(
    open_shop, close_together: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop()
    await take_all(shop.context)
    monkeypatch.setattr(snapshots, "SNAPSHOTS_LIMIT", 2)
    await write_past(shop, random_past(12, DISTANCE * 5))
    assert await snapshots.take_snapshots(context=shop.context) == 2
    assert [version for version, *_ in await kept(shop)] == [7, 14]


async def test_two_who_take_them_while_stock_changes_take_each_once(
    open_shop, close_together: None
) -> None:
    shop = await open_shop(units=1)

    async def sell_on() -> None:
        for _ in range(DISTANCE * 4):
            await shop.receive(shop.sku, 1)

    takers: Sequence[Any] = [take_all(shop.context) for _ in range(6)]
    await asyncio.gather(sell_on(), *takers)
    await take_all(shop.context)
    assert [version for version, *_ in await kept(shop)] == [7, 14, 21, 28]
    found = await explanation(shop, None)
    assert found.explained and found.stocks[0].figures.on_hand == DISTANCE * 4 + 1


async def test_a_stream_with_a_missing_event_gets_no_snapshot_and_hinders_no_other(
    open_shop, close_together: None
) -> None:
    torn, whole = await open_shop(), await open_shop()
    past = Past()
    for _ in range(DISTANCE * 2):
        past.let(StockReceived(1, None))
    await write_past(torn, past)
    await write_past(whole, past)
    await renumber(torn, 9, 1009)
    await take_all(torn.context)
    assert [version for version, *_ in await kept(torn)] == [7]
    assert [version for version, *_ in await kept(whole)] == [7, 14]
    assert not (await explanation(torn, None)).explained
    await renumber(torn, 1009, 9)
    assert (await explanation(torn, None)).explained


async def renumber(shop: Shop, version: int, into: int) -> None:
    """Give an event of a shop's first SKU another version, which its log should never see."""
    async with shop.house.database("inventory").transaction() as tx:
        await tx.run(
            "update inventory.event set version = %(into)s "
            "where stream = %(stream)s and version = %(version)s",
            {"stream": f"{shop.sku}@{shop.location}", "version": version, "into": into},
        )
