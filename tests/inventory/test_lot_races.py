"""Races for numbered bottles and against recalls, through several processes' worth of queues; and
the controls without guards, which must fail or the races prove nothing."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from batches import lot_in, numbered_lot
from racing import PROCESSES, take_the_lock_out

from houses import Shop, shop_in
from rackhouse.inventory import (
    Hold,
    Line,
    NotEnoughStock,
    Stock,
    movements,
    place_hold,
    recall_lot,
    receive_stock,
    store,
    units_of,
)
from rackhouse.inventory.commands import RecallLot
from rackhouse.inventory.errors import LotNotSellable, UnitNotFree
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction

BOTTLES = 20
BUYERS = 400
REFUSED = (NotEnoughStock, LotNotSellable, UnitNotFree)
SOLD_BEFORE_THE_RECALL = 40


async def buy(context: Context, shop: Shop, **line: object) -> Hold | None:
    try:
        return await place_hold(
            context=context,
            channel=shop.channel,
            lines=[Line(shop.sku, 1, **line)],
            ttl_seconds=600,
        )
    except REFUSED:
        return None


async def race(shop: Shop, contexts: list[Context], wanted: Sequence[int | None]) -> list[int]:
    """The numbers that were sold, when each buyer wants a certain one or any."""

    async def run(context: Context, number: int | None) -> Hold | None:
        await start.wait()
        return await buy(context, shop, **({"lot": "cask", "units": (number,)} if number else {}))

    start = asyncio.Event()
    buyers = [
        asyncio.create_task(run(contexts[at % len(contexts)], number))
        for at, number in enumerate(wanted)
    ]
    await asyncio.sleep(0)
    start.set()
    return sorted(sold_in(await asyncio.gather(*buyers)))


def sold_in(holds: Sequence[Hold | None]) -> Iterator[int]:
    for hold in holds:
        for each in hold.allocations if hold is not None else ():
            yield from each.units


async def test_each_number_is_sold_once(open_shop, processes: list[Context]) -> None:
    shop = await open_shop()
    await numbered_lot(shop, "cask", BOTTLES)
    assert await race(shop, processes, [None] * BUYERS) == list(range(1, BOTTLES + 1))
    held = await units_of(
        context=shop.context,
        sku=shop.sku,
        lot="cask",
        state="held",
        location=None,
        after=0,
        limit=100,
    )
    assert len({each.hold.hold_id for each in held if each.hold}) == BOTTLES


async def test_whoever_wants_a_number_that_all_want_gets_it_once(
    open_shop, processes: list[Context]
) -> None:
    shop = await open_shop()
    await numbered_lot(shop, "cask", BOTTLES)
    wanted = [7 if buyer % 2 else buyer % BOTTLES + 1 for buyer in range(BUYERS)]
    sold = await race(shop, processes, wanted)
    assert sold == sorted(set(wanted))


async def test_the_control_without_lock_and_constraints_sells_numbers_twice(
    unguarded: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await shop_in(unguarded[0])
    await numbered_lot(shop, "cask", BOTTLES)
    take_the_lock_out(monkeypatch)
    sold = Counter(await race(shop, unguarded, [None] * BUYERS))
    assert set(sold.values()) == {PROCESSES}


async def test_the_constraint_alone_keeps_numbers_from_being_sold_twice(
    unguarded: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await shop_in(unguarded[0])
    await numbered_lot(shop, "cask", BOTTLES)
    async with unguarded[0].house.database("inventory").transaction() as tx:
        await tx.run(
            "alter table inventory.event add constraint one_event_a_version "
            "unique (stream, version)"
        )
    take_the_lock_out(monkeypatch)
    assert await race(shop, unguarded, [None] * BUYERS) == list(range(1, BOTTLES + 1))


async def versions(shop: Shop, location: str, event_type: str) -> list[int]:
    """The versions of some events of a stock."""
    found = await movements(
        context=shop.context, id=shop.sku, location=location, before=None, limit=10_000
    )
    return [each.version for each in found if each.type == event_type]


async def test_no_hold_is_granted_once_a_recall_is_answered(
    open_shop, processes: list[Context]
) -> None:
    shop = await open_shop(locations=2)
    await lot_in(shop, "a", pieces=BUYERS)
    await receive_stock(
        context=shop.context,
        location=shop.locations[1],
        lines=[Line(shop.sku, BUYERS, "a")],
        reference=None,
    )
    sold, enough, answered = [], asyncio.Event(), asyncio.Event()

    async def keep_buying(context: Context) -> int:
        """Buys until refused; says how many were granted although the recall was answered."""
        late = 0
        while True:
            after = answered.is_set()
            hold = await buy(context, shop)
            if hold is None:
                return late
            late += after
            sold.append(hold)
            if len(sold) >= SOLD_BEFORE_THE_RECALL:
                enough.set()

    async def recall() -> None:
        await enough.wait()
        await recall_lot(context=processes[0], sku=shop.sku, lot="a", reason="a cork taint")
        answered.set()

    buyers = [keep_buying(processes[number % PROCESSES]) for number in range(20)]
    *late, _ = await asyncio.gather(*buyers, recall())
    assert sum(late) == 0
    assert SOLD_BEFORE_THE_RECALL <= len(sold) < 2 * BUYERS
    for location in shop.locations:
        (told,) = await versions(shop, location, "LotStatusChanged")
        assert all(placed < told for placed in await versions(shop, location, "HoldPlaced"))


async def test_the_control_that_recalls_without_the_locks_grants_a_hold_afterwards(
    open_shop, processes: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop()
    await lot_in(shop, "a", pieces=1)
    has_decided, recalled = asyncio.Event(), asyncio.Event()
    write = store.write_stock

    async def write_late(tx: Transaction, rows: Sequence[Stock]) -> None:
        if any(row.held for row in rows):
            has_decided.set()
            await recalled.wait()
        await write(tx, rows)

    monkeypatch.setattr(store, "write_stock", write_late)
    buying = asyncio.create_task(buy(processes[0], shop))
    await has_decided.wait()
    monkeypatch.setattr(RecallLot, "stock_keys", lambda _: ())
    monkeypatch.setattr(RecallLot, "prepare", _prepare_without_stock)
    answer = await recall_lot(context=processes[1], sku=shop.sku, lot="a", reason="a cork taint")
    assert answer.status == "recalled" and not buying.done()
    recalled.set()
    assert await buying is not None


async def _prepare_without_stock(self: RecallLot, tx: Transaction, ledger: object) -> None:
    found = await store.recorded_lot(tx, self.sku, self.lot)
    ledger.lots[self.sku, self.lot] = found


async def test_stock_that_opens_elsewhere_while_its_lot_is_recalled_is_frozen_too(
    open_shop, processes: list[Context]
) -> None:
    shop = await open_shop(locations=20)
    await lot_in(shop, "a", pieces=1)
    start = asyncio.Event()

    async def receive(number: int) -> None:
        await start.wait()
        await receive_stock(
            context=processes[number % PROCESSES],
            location=shop.locations[number],
            lines=[Line(shop.sku, 1, "a")],
            reference=None,
        )

    async def recall() -> None:
        await start.wait()
        await recall_lot(context=processes[0], sku=shop.sku, lot="a", reason="a cork taint")

    tasks = [receive(number) for number in range(1, 20)]
    tasks.insert(7, recall())
    running = [asyncio.create_task(task) for task in tasks]
    await asyncio.sleep(0)
    start.set()
    await asyncio.gather(*running)
    async with shop.house.database("inventory").transaction() as tx:
        rows = await store.recorded_stock(tx, skus=[shop.sku], locations=None)
    assert [row.frozen for row in rows] == [1] * 20
