"""Real adapters with a planted fault each: some seed finds what is wrong with every one of them."""

import itertools
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
import pytest

from rackhouse.connectors import (
    Adapter,
    Adapters,
    Fact,
    Remote,
    RemoteSale,
    SalePage,
    Wanted,
    Written,
)
from rackhouse.platform.house import House
from rackhouse.simulation import Cast, Faults, World

# Slow channels with many customers: much happens between two requests of an adapter.
BUSY = World(
    hours=1,
    skus=2,
    units=120,
    web_shops=1,
    tills=0,
    marketplaces=0,
    connected_marketplaces=0,
    connected_shops=0,
    rush=0,
    connected_customers_per_hour=40,
    faults=Faults(slow_requests=0.8, restarts=0, worker_outages=0),
)
MARKETPLACE = msgspec.structs.replace(BUSY, connected_marketplaces=1)
SHOP = msgspec.structs.replace(BUSY, connected_shops=1)
# Those in which most happens come first.
SEEDS = (2, 1, 0, 3, 4, 5, 6, 7)


class Planted(Adapters):
    """The adapters of the house, one of them with other parts."""

    name: ClassVar[str]

    def __init__(self, house: House) -> None:
        super().__init__(house)
        real = self.named(self.name)
        self._by_name[self.name] = msgspec.structs.replace(real, **self.parts(real))

    def parts(self, real: Adapter) -> dict[str, Any]:
        """What it does otherwise."""
        raise NotImplementedError


class TellsOtherwise(Planted):
    """Tells what a channel told, but not quite."""

    def parts(self, real: Adapter) -> dict[str, Any]:
        assert real.read is not None and real.sales is not None
        reads, sales = real.read, real.sales

        async def read(remote: Remote, told: Any) -> Sequence[Fact]:
            return [self.otherwise(each) for each in await reads(remote, told)]

        async def page(remote: Remote, since: Any, cursor: Any) -> SalePage:
            found = await sales(remote, since, cursor)
            told = [self.otherwise(each) for each in found.sales]
            return SalePage(sales=told, cursor=found.cursor)

        return {"read": read, "sales": page}

    def otherwise(self, fact: Fact) -> Fact:
        """A fact as it is told on."""
        raise NotImplementedError


class DropsTheNumber(TellsOtherwise):
    """Forgets that a sale was told before, since it gives each a number of its own."""

    name = "marketplace"

    def __init__(self, house: House) -> None:
        self._fresh = itertools.count()
        super().__init__(house)

    def otherwise(self, fact: Fact) -> Fact:
        if not isinstance(fact, RemoteSale):
            return fact
        return msgspec.structs.replace(fact, id=f"{fact.id}-{next(self._fresh)}")


class LosesCancellations(TellsOtherwise):
    """Tells of sales as if none was ever called off."""

    name = "shopify"

    def otherwise(self, fact: Fact) -> Fact:
        if not isinstance(fact, RemoteSale):
            return fact
        lines = tuple(msgspec.structs.replace(line, removed=0) for line in fact.lines)
        return msgspec.structs.replace(fact, cancelled=False, lines=lines)


class ForgetsLines(TellsOtherwise):
    """Tells of the first line of a sale, and of no other."""

    name = "marketplace"

    def otherwise(self, fact: Fact) -> Fact:
        if not isinstance(fact, RemoteSale):
            return fact
        return msgspec.structs.replace(fact, lines=fact.lines[:1])


class DoesNotCompare(Planted):
    """Sets figures whatever stands there by now."""

    name = "marketplace"

    def parts(self, real: Adapter) -> dict[str, Any]:
        async def write(remote: Remote, wanted: Sequence[Wanted]) -> Sequence[Written]:
            names = ("item", "place", "quantity")
            stock = [{name: getattr(each, name) for name in names} for each in wanted]
            headers = {"authorization": f"Bearer {remote.secret('token')}"}
            url = f"{remote.settings.url}/stock"
            await remote.request("PUT", url, headers=headers, json={"stock": stock})
            return [Written(item=x.item, place=x.place, status="taken") for x in wanted]

        return {"write": write}


class ComparesWithANewLook(Planted):
    """Sets figures from what it finds when it sets them, not from what was booked up to."""

    name = "shopify"

    def parts(self, real: Adapter) -> dict[str, Any]:
        assert real.levels is not None and real.write is not None
        levels, write = real.levels, real.write

        async def write_anyway(remote: Remote, wanted: Sequence[Wanted]) -> Sequence[Written]:
            found = await levels(remote, [(each.item, each.place) for each in wanted])
            by_item = {level.item: level for level in found}
            looked = [msgspec.structs.replace(x, found=by_item[x.item]) for x in wanted]
            return await write(remote, looked)

        return {"write": write_anyway}


class PushesStaleFigures(Planted):
    """Sets each figure to what it was asked for first, whatever it is asked for now."""

    name = "marketplace"

    def parts(self, real: Adapter) -> dict[str, Any]:
        assert real.write is not None
        write, first = real.write, dict[str, int]()

        async def write_stale(remote: Remote, wanted: Sequence[Wanted]) -> Sequence[Written]:
            stale = [
                msgspec.structs.replace(x, quantity=first.setdefault(x.item, x.quantity))
                for x in wanted
            ]
            return await write(remote, stale)

        return {"write": write_stale}


@pytest.mark.parametrize(
    ("adapters", "found"),
    [
        (DropsTheNumber, "doubled"),
        (LosesCancellations, "doubled"),
        (ForgetsLines, "lost"),
        (DoesNotCompare, "had been read"),
        (ComparesWithANewLook, "before the sale"),
        (PushesStaleFigures, "diverged"),
    ],
)
async def test_a_fault_in_a_real_adapter_is_found(
    simulated: Any, adapters: type[Planted], found: str
) -> None:
    world = MARKETPLACE if adapters.name == "marketplace" else SHOP
    for seed in SEEDS:
        report, _ = await simulated(seed, world, Cast(adapters=adapters))
        if getattr(report, found, 0) or any(found in each for each in report.breaches):
            assert report.verdict == "failed"
            return
    pytest.fail(f"{adapters.__name__} was not found in {len(SEEDS)} worlds")


@pytest.mark.parametrize("world", [MARKETPLACE, SHOP], ids=["marketplace", "shop"])
async def test_without_a_fault_nothing_is_found(simulated: Any, world: World) -> None:
    report, history = await simulated(1, world)
    again, same = await simulated(1, world)
    assert report.breaches == [] and report.sales["confirmed"] > 0
    assert history == same and report == again
