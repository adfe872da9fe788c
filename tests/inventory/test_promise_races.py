"""Races for what has not come: many buyers and a cap, pieces that come in meanwhile, and a hold
whose pieces come while somebody waits for its locks."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence

import pytest
from promising import allocations, figures, open_sale, preorder, served
from racing import PROCESSES, take_the_lock_out

from houses import Shop, shop_in
from rackhouse.inventory import (
    Hold,
    Line,
    NotEnoughStock,
    Stock,
    audit_stock,
    confirm_hold,
    receive_stock,
    store,
)
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.house import House

CAP = 20
BUYERS = 300
POLLS_LIMIT = 500


async def race(shop: Shop, contexts: list[Context], *others: Awaitable[object]) -> list[Hold]:
    """Let everybody pre-order a piece at once, beside other things; answers who got one."""

    async def buy(context: Context) -> Hold | None:
        await start.wait()
        try:
            return await preorder(shop, context=context)
        except NotEnoughStock:
            return None

    async def go(other: Awaitable[object]) -> None:
        await start.wait()
        await other

    start = asyncio.Event()
    buyers = [asyncio.create_task(buy(contexts[at % len(contexts)])) for at in range(BUYERS)]
    doing = [asyncio.create_task(go(other)) for other in others]
    await asyncio.sleep(0)
    start.set()
    holds = [hold for hold in await asyncio.gather(*buyers) if hold is not None]
    await asyncio.gather(*doing)
    return holds


async def test_no_more_is_promised_than_the_cap(open_shop, processes: list[Context]) -> None:
    shop = await open_shop()
    await open_sale(shop, CAP)
    assert len(await race(shop, processes)) == CAP
    assert await figures(shop) == (CAP, 0, CAP)


async def test_the_control_without_lock_and_constraints_promises_too_much(
    unguarded: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await shop_in(unguarded[0])
    await open_sale(shop, CAP)
    take_the_lock_out(monkeypatch)
    assert len(await race(shop, unguarded)) == PROCESSES * CAP


async def test_pieces_that_come_in_a_storm_go_to_the_buyers_in_order(
    open_shop, processes: list[Context]
) -> None:
    shop = await open_shop(units=5)
    await open_sale(shop, CAP)

    async def receive(context: Context) -> None:
        for _ in range(3):
            lines = [Line(shop.sku, 2)]
            await receive_stock(
                context=context, location=shop.location, lines=lines, reference=None
            )

    holds = await race(shop, processes, *map(receive, processes))
    received = 5 + len(processes) * 3 * 2
    _, _, waiting = await figures(shop)
    come = list(zip(holds, await served(shop, holds), strict=True))
    given_out = sum(pieces for _, pieces in come)
    assert len(holds) == given_out + waiting
    assert waiting == 0 or given_out == received
    assert await shop.levels() == {shop.location: (received, 0, given_out)}
    last_served = max(hold.placed_at for hold, pieces in come if pieces)
    assert not [hold for hold, pieces in come if not pieces and hold.placed_at < last_served]
    audit = await audit_stock(context=shop.context, progress=lambda _: None)
    assert audit.discrepancies == []


async def test_a_hold_whose_pieces_come_while_its_locks_are_waited_for_is_read_again(
    open_shop, processes: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop()
    await open_sale(shop)
    held = await preorder(shop, 2, sell=False)
    first, second, *_ = processes
    keyed = store.take_turns
    write, turned = store.write_stock, asyncio.Event()
    asked: list[set[tuple[str, str]]] = []

    async def take_turns(
        tx: Transaction, keys: Iterable[tuple[str, str]], hold_ids: Iterable[str]
    ) -> object:
        asked.append(set(keys))
        if hold_ids:
            turned.set()
        return await keyed(tx, keys, hold_ids)

    async def write_once_the_other_waits(tx: Transaction, rows: Sequence[Stock]) -> None:
        if len(asked) < 3:
            await turned.wait()
            await somebody_waits(shop.house)
        await write(tx, rows)

    monkeypatch.setattr(store, "take_turns", take_turns)
    monkeypatch.setattr(store, "write_stock", write_once_the_other_waits)
    receiving = asyncio.create_task(
        receive_stock(
            context=first, location=shop.location, lines=[Line(shop.sku, 2)], reference=None
        )
    )
    await until_locked(shop)
    confirmed = await confirm_hold(context=second, hold_id=held.id)
    await receiving
    assert {each.location: each.committed for each in confirmed.allocations} == {
        "~promised": 0,
        shop.location: 2,
    }
    assert await allocations(shop, held) == {shop.location: (0, 2)}
    assert len(asked) == 3
    audit = await audit_stock(context=shop.context, progress=lambda _: None)
    assert audit.discrepancies == []


async def until_locked(shop: Shop) -> None:
    """Wait until somebody has the turn of the shop's stock."""
    await _poll(shop.house, granted=True)


async def somebody_waits(house: House) -> None:
    """Wait until somebody waits for a turn."""
    await _poll(house, granted=False)


async def _poll(house: House, *, granted: bool) -> None:
    for _ in range(POLLS_LIMIT):
        async with house.database("inventory").transaction() as tx:
            found = await tx.one(
                int,
                "select count(*) from pg_locks where locktype = 'advisory' "
                "and granted = %(granted)s and database = (select oid from pg_database "
                "where datname = current_database())",
                {"granted": granted},
            )
        if found:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody took a lock")
