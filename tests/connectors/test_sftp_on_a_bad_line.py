"""Files that come twice, out of order and half written, over connections that fail."""

import contextlib
import random
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from connected import Connected, assert_both_agree
from exchanged import HEADER, exchanging, poll, row

from rackhouse.connectors import ChannelNotReached, check_connection
from rackhouse.platform.house import House
from rackhouse.simulators import Faults, SoldOut

STEPS = 60


@pytest.mark.parametrize("seed", [1, 2])
async def test_both_sides_agree_after_a_stretch_of_life_with_files(
    house: House, tmp_path: Path, seed: int
) -> None:
    faults = Faults(duplicates=0.1, reorderings=0.1, failures=0.05, seed=seed)
    async with exchanging(house, tmp_path, faults) as both:
        await live(both, seed)
        while await both.deliver():
            pass
        await both.settle()
        await assert_both_agree(both)
        assert not [*(tmp_path / "orders").iterdir()]


async def live(both: Connected, seed: int) -> None:
    """A stretch of life on both sides, with files read and written in between."""
    luck, theirs = random.Random(seed), both.simulator.shop
    for _ in range(STEPS):
        orders = [each for each in theirs.orders.values() if each.cancelled_at is None]
        sku = luck.choice(both.shop.skus)
        match luck.choice(["sell"] * 5 + ["ship", "cancel", "here", "come", "deliver", "look"]):
            case "sell":
                with contextlib.suppress(SoldOut):
                    theirs.sell((sku, luck.randint(1, 2)))
            case "ship" if orders:
                theirs.ship(luck.choice(orders).id)
            case "cancel" if orders:
                theirs.cancel(luck.choice(orders).id)
            case "here":
                await both.buy_here(sku, luck.randint(1, 2))
            case "come":
                await both.shop.receive(sku, luck.randint(1, 5))
            case "deliver":
                await both.deliver()
            case "look":
                with contextlib.suppress(ChannelNotReached):
                    await poll(both)
                await both.tend_figures_once()


async def test_half_a_file_is_left_alone_until_it_is_whole(house: House, tmp_path: Path) -> None:
    async with exchanging(house, tmp_path, settled_seconds=3600) as both:
        simulator: Any = both.simulator
        content = (HEADER + row(both, "H-1", quantity=2)).encode()
        simulator.drop_half("half.csv", content, stalled=False)
        assert await poll(both) == 0
        assert not [*(tmp_path / "errors").iterdir()]
        simulator.drop("half.csv", content)
        assert await poll(both) == 1
        await both.tend()
        assert [each.external_id for each in await both.orders()] == ["H-1"]


@pytest.mark.parametrize("cut", [3, len(HEADER) + 7, -12, -1])
async def test_half_a_file_that_looks_whole_is_made_up_for_by_the_whole_one(
    house: House, tmp_path: Path, cut: int
) -> None:
    async with exchanging(house, tmp_path) as both:
        simulator: Any = both.simulator
        content = (HEADER + row(both, "H-2", quantity=2) + row(both, "H-3")).encode()
        simulator.drop("cut.csv", content[:cut])
        await poll(both)
        await both.tend()
        simulator.drop("cut.csv", content)
        assert await poll(both) == 2
        await both.tend()
        found = {each.external_id: each.lines[0].quantity for each in await both.orders()}
        assert found == {"H-2": 2, "H-3": 1}
        assert await both.available(both.shop.sku) == 17


async def test_a_line_that_is_called_off_is_so_here_and_the_others_stay(
    house: House, tmp_path: Path
) -> None:
    async with exchanging(house, tmp_path) as both:
        simulator: Any = both.simulator
        other = both.shop.skus[1]
        open_ = row(both, "L-1", quantity=2) + row(both, "L-1", line="2", sku=other, quantity=3)
        simulator.drop("one.csv", (HEADER + open_).encode())
        await poll(both)
        off = row(both, "L-1", line="2", sku=other, quantity=3, status="cancelled")
        shipped = row(both, "L-1", quantity=2, status="shipped")
        simulator.drop("two.csv", (HEADER + shipped + off).encode())
        await poll(both)
        await both.tend()
        assert await both.available(both.shop.sku) == 18
        assert await both.available(other) == 20


async def test_who_has_the_key_is_let_in(house: House, tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    async with exchanging(house, tmp_path, key=key) as both:
        standing = await check_connection(context=both.context, connection_id=both.connection.id)
        assert standing.account == "rackhouse at 127.0.0.1"
        simulator: Any = both.simulator
        simulator.lets_in = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()
        with pytest.raises(ChannelNotReached, match="does not let us in"):
            await check_connection(context=both.context, connection_id=both.connection.id)


async def test_what_the_marketplace_has_moved_by_itself_is_sent_again(
    house: House, tmp_path: Path
) -> None:
    """It sells what is not there and calls that off: our figure is what it was, theirs is not."""
    async with exchanging(house, tmp_path, units=2) as both:
        theirs, sku = both.simulator.shop, both.shop.sku
        await both.buy_here(sku, 2)
        sale = theirs.sell((sku, 2))
        await both.deliver()
        await poll(both)
        await both.settle()
        assert (theirs.figure(sku), await both.available(sku)) == (0, 0)
        theirs.cancel(sale.id)
        assert theirs.figure(sku) == 2
        await both.settle()
        assert theirs.figure(sku) == 0
