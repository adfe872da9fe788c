"""Returns that a till reports afterwards: in any order, also before their sales."""

import asyncio

import msgspec
import pytest
from reports import crashed, told

from houses import context_of
from rackhouse.inventory import (
    Line,
)
from rackhouse.modules import MODULES
from rackhouse.orders import (
    order_of,
    report_returns,
)
from rackhouse.orders.lane import OrderLane
from rackhouse.platform.house import House
from tills import buyable


async def test_a_return_waits_for_its_sale_and_is_booked_once(open_till) -> None:
    pos = await open_till()
    sale = pos.sale(3)
    back = pos.taken_back(sale, 2)
    early = await pos.one_back(back)
    assert (early.status, early.order_id) == ("waiting", None)
    sold = await pos.one(sale)
    outcomes = await asyncio.gather(*(pos.one_back(back) for _ in range(5)))
    assert sorted(told(outcomes)) == ["recorded"] + ["repeated"] * 4
    order = await order_of(context=pos.context, order_id=sold.order_id)
    assert (order.lines[0].returned, order.status) == (2, "delivered")
    assert await pos.shop.levels() == {pos.shop.location: (9, 0, 0)}
    assert told(await pos.report_back([back, back])) == ["repeated", "repeated"]


async def test_returns_in_any_order_never_exceed_what_was_sold(open_till) -> None:
    pos = await open_till()
    sale = pos.sale(3)
    await pos.one(sale)
    one, two, third = (pos.taken_back(sale, count) for count in (1, 2, 1))
    outcomes = await pos.report_back([two, one, two, third])
    assert told(outcomes) == ["recorded", "recorded", "repeated", "exceeded"]
    assert [(each.asked, each.available) for each in outcomes[3].missing] == [(1, 0)]
    changed = msgspec.structs.replace(one, lines=(Line(pos.shop.sku, 2),))
    assert told(await pos.report_back([changed])) == ["conflicting"]
    both = msgspec.structs.replace(one, reason="else")
    assert told(await pos.report_back([one, both])) == ["repeated", "conflicting"]
    elsewhere = pos.taken_back(sale, 1, lines=(Line("NOBODY-KNOWS", 1),))
    assert told(await pos.report_back([elsewhere])) == ["exceeded"]


async def test_copies_of_a_return_on_two_processes_are_booked_once(open_till) -> None:
    pos = await open_till(units=60, allotment=50)
    sale = pos.sale(40)
    await pos.one(sale)
    returns = [pos.taken_back(sale) for _ in range(20)]
    async with House(pos.shop.house.settings, MODULES) as other:
        contexts = [pos.context, context_of(other, channel=pos.channel)]
        outcomes = await asyncio.gather(
            *(
                report_returns(context=contexts[number % 2], channel=pos.channel, returns=part)
                for number, part in enumerate((returns[:12], returns[8:], returns, returns[::-1]))
            )
        )
    statuses = [each.status for part in outcomes for each in part]
    assert statuses.count("recorded") == 20
    assert set(statuses) == {"recorded", "repeated"}
    assert await pos.shop.levels() == {pos.shop.location: (40, 0, 0)}


async def test_damaged_goods_come_back_to_where_the_till_is_and_are_not_sold(open_till) -> None:
    pos = await open_till(units=5, allotment=2, locations=2)
    sale = pos.sale(2)
    await pos.one(sale)
    elsewhere = pos.shop.locations[1]
    back = pos.taken_back(sale, 1, condition="damaged", location=elsewhere, reason="broken")
    assert told(await pos.report_back([back])) == ["recorded"]
    lost = pos.taken_back(sale, 1, location="nowhere")
    assert told(await pos.report_back([lost])) == ["refused"]
    assert (await pos.shop.levels())[elsewhere] == (1, 0, 0)
    assert await buyable(pos.shop) == 3


async def test_a_return_that_a_crash_kept_from_its_order_is_made_good(
    open_till, monkeypatch: pytest.MonkeyPatch
) -> None:
    pos = await open_till()
    sale = pos.sale(3)
    sold = await pos.one(sale)
    back = pos.taken_back(sale, 2)
    with monkeypatch.context() as crash:
        crash.setattr(OrderLane, "submit", crashed)
        with pytest.raises(ConnectionAbortedError):
            await pos.one_back(back)
    assert told(await pos.report_back([back])) == ["repeated"]
    order = await order_of(context=pos.context, order_id=sold.order_id)
    assert order.lines[0].returned == 2
