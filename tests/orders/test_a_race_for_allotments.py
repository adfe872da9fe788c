"""A race for a shelf from which a till sells without asking: nobody else may reach what it has.

The till knows what it downloaded and nothing else. It sells that to the last piece while buyers
empty the pool, allotments are filled up and given back, and its reports come late, twice and in
disorder through two processes. The controls open a way into the allotment, and must oversell.
"""

import asyncio
import datetime
import random
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from houses import Shop, context_of
from rackhouse.inventory import (
    Line,
    NotEnoughStock,
    Portion,
    audit_stock,
    give_back,
    place_hold,
    set_allotment_rule,
    top_up_allotments,
)
from rackhouse.inventory.events import SELLABLE, Slot
from rackhouse.inventory.rules import Key, Need, Shelf
from rackhouse.modules import MODULES
from rackhouse.orders import ReportedSale, SaleOutcome, report_sales, uncovered_sales
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from tills import apart, back, downloaded, till

UNITS = 60
ALLOTTED = 20
GIVEN_BACK = 5
BUYERS = 120
NOON = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture
async def processes(house: House) -> AsyncIterator[list[House]]:
    """Two houses on the same databases, each with queues of its own."""
    houses = [House(house.settings, MODULES) for _ in range(2)]
    for each in houses:
        await each.open()
    yield houses
    for each in houses:
        await each.close()


@dataclass
class Ended:
    """How a race ended: what the till took money for, what buyers were promised, and what the
    till was told."""

    sold_offline: int
    promised_online: int
    answers: dict[str, str]
    uncovered: int

    def broken_promises(self) -> list[str]:
        """What went wrong, if anything did."""
        problems = []
        promised = self.sold_offline + self.promised_online
        if promised > UNITS:
            problems.append(f"{promised} of {UNITS} are promised")
        lost = [number for number, told in self.answers.items() if told != "recorded"]
        if lost or self.uncovered:
            problems.append(f"{len(lost)} sales of the till are not booked")
        return problems


class Race:
    """A shop, its till, and everybody who wants something of it."""

    def __init__(self, shop: Shop, channel: str, processes: Sequence[House]) -> None:
        self.shop = shop
        self.channel = channel
        self.everybody = [context_of(each) for each in processes]
        self.own = [context_of(each, channel=channel) for each in processes]
        self.start = asyncio.Event()
        self.back_online = asyncio.Event()
        self.known = 0
        self.answers: dict[str, set[str]] = {}

    async def go_offline(self) -> None:
        """The till downloads what it has, and knows nothing else from then on."""
        (mine,) = await downloaded(self.shop, self.channel)
        self.known = mine.free

    async def run(self, *, gives_back: int, cut_off: bool) -> Ended:
        """Let them all go at once. The till sells what it knows of and does not give back; while it
        is ``cut_off`` it reports when buyers have had their turn."""
        sales = self._sell(self.known - gives_back)
        buying = [self._buy(self.everybody[number % 2]) for number in range(BUYERS)]
        beside = [
            *(self._fill_up(self.everybody[number % 2]) for number in range(6)),
            *(self._give_back() for _ in range(gives_back)),
            *self._reports(sales),
        ]
        buyers, others = ([asyncio.create_task(x) for x in each] for each in (buying, beside))
        await asyncio.sleep(0)
        self.start.set()
        if not cut_off:
            self.back_online.set()
        bought = await asyncio.gather(*buyers)
        self.back_online.set()
        await asyncio.gather(*others)
        await self._report(sales, self.own[0])
        waiting = await uncovered_sales(
            context=self.own[0], channel=self.channel, after=None, limit=100
        )
        told = {
            number: "recorded" if "recorded" in told else min(told)
            for number, told in self.answers.items()
        }
        return Ended(len(sales), sum(bought), told, len(waiting))

    def _sell(self, pieces: int) -> list[ReportedSale]:
        line = (Line(self.shop.sku, 1),)
        return [
            ReportedSale(external_id=f"{self.channel}-{number}", sold_at=NOON, lines=line)
            for number in range(pieces)
        ]

    def _reports(self, sales: Sequence[ReportedSale]) -> Iterator[Coroutine[Any, Any, None]]:
        chance = random.Random(7)
        for number in range(6):
            some = chance.sample(sales, k=len(sales) * 2 // 3)
            yield self._report(some, self.own[number % 2])

    async def _report(self, sales: Sequence[ReportedSale], context: Context) -> None:
        await self.back_online.wait()
        outcomes: list[SaleOutcome] = await report_sales(
            context=context, channel=self.channel, sales=sales
        )
        for outcome in outcomes:
            self.answers.setdefault(outcome.external_id, set()).add(outcome.status)

    async def _buy(self, context: Context) -> bool:
        await self.start.wait()
        try:
            await place_hold(
                context=context,
                channel=self.shop.channel,
                lines=[Line(self.shop.sku, 1)],
                ttl_seconds=600,
            )
        except NotEnoughStock:
            return False
        return True

    async def _fill_up(self, context: Context) -> None:
        await self.start.wait()
        await top_up_allotments(context=context)

    async def _give_back(self) -> None:
        await self.start.wait()
        await back(self.shop, self.channel, 1)


@pytest.fixture
async def race(open_shop, processes: list[House]) -> Race:
    """A shelf of which a till has a part, which is filled up by a rule."""
    shop = await open_shop(units=UNITS)
    channel = await till(shop)
    await apart(shop, channel, ALLOTTED)
    await set_allotment_rule(
        context=shop.context,
        channel=channel,
        sku=shop.sku,
        location=shop.location,
        level=ALLOTTED,
        minimum=ALLOTTED - 2,
        paused=False,
    )
    return Race(shop, channel, processes)


async def pause(race: Race) -> None:
    """Fill the allotment up no more."""
    await set_allotment_rule(
        context=race.shop.context,
        channel=race.channel,
        sku=race.shop.sku,
        location=race.shop.location,
        level=ALLOTTED,
        minimum=1,
        paused=True,
    )


@pytest.mark.parametrize("cut_off", [False, True], ids=["at once", "late"])
async def test_a_till_that_sells_what_it_downloaded_never_oversells(
    race: Race, cut_off: bool
) -> None:
    await race.go_offline()
    ended = await race.run(gives_back=GIVEN_BACK, cut_off=cut_off)
    assert ended.broken_promises() == []
    assert ended.sold_offline == len(ended.answers) == ALLOTTED - GIVEN_BACK
    left = sum(each.free for each in await downloaded(race.shop, race.channel))
    assert ended.sold_offline + ended.promised_online + left == UNITS
    levels = await race.shop.levels()
    assert levels == {race.shop.location: (UNITS - ended.sold_offline, ended.promised_online, 0)}
    found = await audit_stock(context=race.shop.context, progress=lambda _: None)
    assert [each for each in found.discrepancies if each.sku == race.shop.sku] == []


async def test_the_control_in_which_buyers_reach_into_the_allotment_oversells(
    race: Race, monkeypatch: pytest.MonkeyPatch
) -> None:
    def every_slot(shelf: Shelf, need: Need, key: Key) -> Iterator[tuple[Slot, int]]:
        for slot, bucket in shelf._depth.buckets.get(key, {}).items():
            if slot[2] == SELLABLE:
                yield slot, bucket.free - shelf._taken.get((key, slot), 0)

    await race.go_offline()
    monkeypatch.setattr(Shelf, "_slots", every_slot)
    ended = await race.run(gives_back=0, cut_off=True)
    assert ended.broken_promises() == [
        f"{UNITS + ALLOTTED} of {UNITS} are promised",
        f"{ALLOTTED} sales of the till are not booked",
    ]


async def test_the_control_in_which_others_give_back_without_the_channel_oversells(
    race: Race,
) -> None:
    await race.go_offline()
    await pause(race)
    portion = Portion(sku=race.shop.sku, location=race.shop.location, quantity=ALLOTTED)
    await give_back(
        context=race.shop.context,
        channel=race.channel,
        portions=[portion],
        channel_agrees=True,  # nobody asked the till
    )
    ended = await race.run(gives_back=0, cut_off=True)
    assert ended.broken_promises() == [
        f"{UNITS + ALLOTTED} of {UNITS} are promised",
        f"{ALLOTTED} sales of the till are not booked",
    ]
