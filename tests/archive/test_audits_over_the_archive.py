"""The audits, and what puts rows right from events, reach back over what was archived."""

import datetime
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from houses import Shop, shop_in
from old_towns import OldTown, catch_up, old_town
from rackhouse.inventory import (
    Line,
    LotFacts,
    audit_stock_page,
    keep_log_leg,
    movements_at,
    read_log_anew,
    read_log_leg,
    receive_stock,
    recheck_hold,
    recheck_stream,
    register_lot,
    rewrite_hold,
    rewrite_stock,
    rewrite_units,
    unit_of,
)
from rackhouse.orders import audit_orders, order_events, place_order, rewrite_order, ship_order
from rackhouse.platform.archive import moving
from rackhouse.platform.database import Transaction
from rackhouse.platform.pacing import Pace
from rackhouse.platform.store import server_time

FULL_SPEED = Pace(1.0)


async def audited_anew(town: OldTown) -> int:
    """Read the log from its start, leg by leg, and the rows; nothing may be found. Says how many
    events were read."""
    await read_log_anew(context=town.context)
    events = 0
    while True:
        leg = await read_log_leg(context=town.context, pace=FULL_SPEED, progress=lambda _: None)
        assert leg.discrepancies == []
        await keep_log_leg(context=town.context, leg=leg)
        events += leg.events
        if leg.ended:
            break
    page = await audit_stock_page(context=town.context, after=None, pace=FULL_SPEED)
    assert page.ended and page.discrepancies == []
    return events


async def test_nothing_is_found_after_what_was_read_is_archived_nor_before(town: OldTown) -> None:
    whole = await audited_anew(town)
    await town.archive(before=datetime.date(2026, 4, 1))
    leg = await read_log_leg(context=town.context, pace=FULL_SPEED, progress=lambda _: None)
    assert (leg.events, leg.discrepancies) == (0, [])
    assert 0 < await audited_anew(town) < whole
    await town.archive()
    for shop in town.shops:
        await shop.receive(shop.sku, 1)
    leg = await read_log_leg(context=town.context, pace=FULL_SPEED, progress=lambda _: None)
    assert (leg.events, leg.discrepancies) == (len(town.shops), [])
    await audited_anew(town)


async def test_streams_and_holds_are_followed_from_their_beginning(town: OldTown) -> None:
    await town.archive()
    for shop, past in zip(town.shops, town.pasts, strict=True):
        place = {"sku": shop.sku, "location": shop.location}
        assert await recheck_stream(context=town.context, **place, pace=FULL_SPEED) == []
        for hold_id in past.holds:
            assert await recheck_hold(context=town.context, hold_id=hold_id) == []
        told = await movements_at(context=town.context, **place, versions=[1, 2, 40])
        assert [each.version for each in told] == [1, 2, 40]


async def test_rows_and_holds_are_put_right_from_archived_events(town: OldTown) -> None:
    await town.archive()
    async with town.house.database("inventory").transaction() as tx:
        await tx.run("update inventory.stock set on_hand = on_hand + 1")
        await tx.run("update inventory.bucket set on_hand = on_hand + 1")
        await tx.run("update inventory.allocation set quantity = quantity + 1")
    for shop, past in zip(town.shops, town.pasts, strict=True):
        place = {"sku": shop.sku, "location": shop.location}
        await rewrite_stock(context=town.context, **place)
        for hold_id in past.holds:
            await rewrite_hold(context=town.context, hold_id=hold_id, **place)
            assert await recheck_hold(context=town.context, hold_id=hold_id) == []
    page = await audit_stock_page(context=town.context, after=None, pace=FULL_SPEED)
    assert page.discrepancies == []


@pytest.fixture
async def later(
    server_url: str, tmp_path: Path, small_steps: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[OldTown]:
    """A town in which the archive takes today for a day some months ago."""

    async def months_later(tx: Transaction) -> datetime.datetime:
        return await server_time(tx) + datetime.timedelta(days=100)

    monkeypatch.setattr(moving, "server_time", months_later)
    async with old_town(server_url, tmp_path) as town:
        yield town


async def archive_until_now(town: OldTown) -> None:
    """Archive all that has happened."""
    await catch_up(town)
    next_month = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=40)
    moved = await town.archive(before=next_month.replace(day=1))
    assert moved["orders"].files and moved["inventory"].files
    assert moved["orders"].stopped is None and moved["inventory"].stopped is None


async def sold(shop: Shop) -> str:
    """An order of one piece that was placed, confirmed and sent out."""
    order = await place_order(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, 1)],
        hold_id=None,
        customer_id=None,
        external_id=None,
        ttl_seconds=None,
        complete="confirm",
    )
    await ship_order(context=shop.context, order_id=order.id, lines=None)
    return order.id


async def test_orders_are_what_their_archived_events_say(later: OldTown) -> None:
    shop = await shop_in(later.context, units=5)
    orders = [await sold(shop) for _ in range(3)]
    before = {each: await order_events(context=later.context, order_id=each) for each in orders}
    await archive_until_now(later)
    assert all(len(events) > 1 for events in before.values())
    for order_id, events in before.items():
        assert await order_events(context=later.context, order_id=order_id) == events
    assert await audit_orders(context=later.context, order_ids=orders) == []
    async with later.house.database("orders").transaction() as tx:
        await tx.run("update orders.\"order\" set status = 'pending'")
    rewritten = [await rewrite_order(context=later.context, order_id=each) for each in orders]
    assert {each.status for each in rewritten} == {"shipped"}


async def test_a_numbered_bottle_keeps_its_history(later: OldTown) -> None:
    shop = await shop_in(later.context)
    facts = LotFacts(numbered=3)
    await register_lot(context=later.context, sku=shop.sku, lot="cask", facts=facts)
    lines = [Line(shop.sku, 3, "cask", (1, 2, 3))]
    await receive_stock(context=later.context, location=shop.location, lines=lines, reference=None)
    await sold(shop)
    asked = {"context": later.context, "sku": shop.sku, "lot": "cask"}
    before = [await unit_of(**asked, number=number) for number in (1, 2, 3)]
    await archive_until_now(later)
    assert [await unit_of(**asked, number=number) for number in (1, 2, 3)] == before
    assert await rewrite_units(**asked) == 3
    assert [await unit_of(**asked, number=number) for number in (1, 2, 3)] == before
