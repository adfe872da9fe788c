"""Sales and returns that a till reports afterwards: in any order, as often as it likes."""

import asyncio
import datetime
import itertools
from typing import Any

import msgspec
import pytest
from reports import MINUTE, Till, crashed, told

from houses import context_of
from rackhouse.channels import ChannelNotFound, Terms, change_channel
from rackhouse.inventory import (
    Line,
    OtherChannel,
    allotment_rules,
    audit_stock,
    hold_of,
    holds_of,
    place_hold,
    set_allotment_rule,
    set_channel_buffer,
    set_safety_stock,
)
from rackhouse.modules import MODULES
from rackhouse.orders import (
    order_of,
    place_order,
    report_returns,
    report_sales,
    uncovered_sales,
)
from rackhouse.orders.following import SUBSCRIPTIONS
from rackhouse.orders.lane import OrderLane
from rackhouse.orders.log import LOG
from rackhouse.orders.module import MODULE
from rackhouse.platform.context import Context, PermissionMissing
from rackhouse.platform.errors import Busy
from rackhouse.platform.group_commit import QueueFull
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import AnsweredBefore, IdempotencyKey, Rendered
from rackhouse.platform.ids import new_id
from rackhouse.platform.subscriptions import deliver
from tills import apart, buy, buyable, lot


async def test_a_sale_is_booked_on_the_allotment_and_handed_over(open_till) -> None:
    pos = await open_till()
    sale = pos.sale(2, customer_id="ada")
    outcome = await pos.one(sale)
    assert outcome.status == "recorded"
    order = await order_of(context=pos.context, order_id=outcome.order_id)
    assert (order.status, order.customer_id, order.external_id) == (
        "delivered",
        "ada",
        sale.external_id,
    )
    assert order.lines[0].price_minor == 1250
    assert await pos.free() == 3
    assert await buyable(pos.shop) == 5
    async with pos.shop.house.database("orders").transaction() as tx:
        found = await LOG.read_streams(
            tx,
            streams=[f"order:{order.id}"],
            recorded_before=None,
            position_before=None,
            limit=9,
        )
    placed = found[-1].facts()
    assert datetime.datetime.fromisoformat(placed["sold_at"]) == sale.sold_at


async def test_reports_in_any_order_and_with_repeats_book_each_sale_once(open_till) -> None:
    pos = await open_till(units=20, allotment=10)
    sales = [pos.sale() for _ in range(8)]
    first = await pos.report([sales[3], sales[1], sales[3], sales[0]])
    assert told(first) == ["recorded", "recorded", "repeated", "recorded"]
    second = await pos.report(list(reversed(sales)))
    assert told(second) == ["recorded"] * 4 + ["repeated", "recorded", "repeated", "repeated"]
    assert told(await pos.report(sales)) == ["repeated"] * 8
    assert await pos.free() == 2
    ids = {each.order_id for each in await pos.report(sales)}
    assert len(ids) == 8


async def test_overlapping_reports_at_once_book_each_sale_once(open_till) -> None:
    pos = await open_till(units=40, allotment=30)
    sales = [pos.sale() for _ in range(30)]
    async with House(pos.shop.house.settings, MODULES) as other:
        contexts = [pos.context, context_of(other, channel=pos.channel)]
        outcomes = await asyncio.gather(
            *(
                pos.report(sales[start : start + 15], contexts[number % 2])
                for number, start in enumerate((0, 5, 10, 15, 0, 15, 7, 3))
            )
        )
    by_sale: dict[str, list[str]] = {}
    for outcome in itertools.chain(*outcomes):
        by_sale.setdefault(outcome.external_id, []).append(outcome.status)
    assert len(by_sale) == 30
    for statuses in by_sale.values():
        assert sorted(statuses, reverse=True)[-1] == "recorded"
        assert statuses.count("recorded") == 1
        assert set(statuses) <= {"recorded", "repeated"}
    assert await pos.free() == 0
    assert await buyable(pos.shop) == 10


async def test_another_sale_under_the_same_number_is_conflicting(open_till) -> None:
    pos = await open_till()
    sale = pos.sale(1, customer_id="ada")
    recorded = await pos.one(sale)
    for changed in (
        {"lines": (Line(pos.shop.sku, 2),)},
        {"customer_id": "bob"},
        {"customer_id": None},
        {"sold_at": sale.sold_at + MINUTE},
    ):
        (outcome,) = await pos.report([msgspec.structs.replace(sale, **changed)])
        assert (outcome.status, outcome.order_id) == ("conflicting", recorded.order_id)
        assert "report" in str(outcome.refusal)
    assert await pos.free() == 4
    both = pos.sale(1)
    outcomes = await pos.report([both, msgspec.structs.replace(both, customer_id="eve")])
    assert told(outcomes) == ["recorded", "conflicting"]


async def test_a_sale_made_online_may_be_reported_again_offline(open_till) -> None:
    pos = await open_till()
    sale = pos.sale(2)
    online = {
        "context": pos.context,
        "channel": pos.channel,
        "lines": list(sale.lines),
        "hold_id": None,
        "customer_id": None,
        "external_id": sale.external_id,
        "ttl_seconds": None,
    }
    order = await place_order(**online, complete="hand_over")
    again = await pos.one(sale)
    assert (again.status, again.order_id) == ("repeated", order.id)
    reserved = pos.sale(1)
    online.update(lines=list(reserved.lines), external_id=reserved.external_id)
    await place_order(**online, complete="reserve")
    assert (await pos.one(reserved)).status == "conflicting"


async def test_a_number_of_an_order_that_took_a_hold_over_is_known(open_till) -> None:
    pos = await open_till()
    sale = pos.sale(2)
    hold = await buy(pos.shop, 2, pos.channel)
    order = await place_order(
        context=pos.context,
        channel=pos.channel,
        lines=None,
        hold_id=hold.id,
        customer_id=None,
        external_id=sale.external_id,
        ttl_seconds=None,
        complete="hand_over",
    )
    assert told(await pos.report([sale])) == ["repeated"]
    more = msgspec.structs.replace(sale, lines=(Line(pos.shop.sku, 3),))
    assert told(await pos.report([more])) == ["conflicting"]
    back = await pos.one_back(pos.taken_back(sale))
    assert (back.status, back.order_id) == ("recorded", order.id)
    assert (await order_of(context=pos.context, order_id=order.id)).lines[0].returned == 1


async def test_a_sale_beyond_the_allotment_is_booked_on_the_pool(open_till) -> None:
    pos = await open_till(units=6, allotment=2)
    await set_safety_stock(
        context=pos.shop.context, sku=pos.shop.sku, location=pos.shop.location, quantity=3
    )
    await set_channel_buffer(
        context=pos.shop.context,
        channel=pos.channel,
        sku=pos.shop.sku,
        location=None,
        quantity=2,
    )
    outcome = await pos.one(pos.sale(5))
    assert outcome.status == "recorded"
    hold = await hold_of(context=pos.shop.context, hold_id=outcome.order_id)
    assert {(each.allotment, each.shipped) for each in hold.allocations} == {
        (pos.channel, 2),
        ("", 3),
    }
    assert await pos.shop.levels() == {pos.shop.location: (1, 0, 0)}


async def test_the_allotment_goes_first_also_where_the_channel_sells_from_last(open_till) -> None:
    pos = await open_till(units=9, allotment=0, locations=2)
    front, cellar = pos.shop.locations
    await pos.shop.receive(pos.shop.sku, 4, cellar)
    await apart(pos.shop, pos.channel, 2, location=cellar)
    outcome = await pos.one(pos.sale(3))
    hold = await hold_of(context=pos.shop.context, hold_id=outcome.order_id)
    assert sorted((each.location, each.allotment, each.shipped) for each in hold.allocations) == (
        sorted([(cellar, pos.channel, 2), (front, "", 1)])
    )


async def test_an_allotment_is_booked_also_after_the_channel_moved_or_was_disabled(
    open_till,
) -> None:
    pos = await open_till(units=4, allotment=3, locations=2)
    for locations, enabled in ((pos.shop.locations[1:], True), (pos.shop.locations[1:], False)):
        terms = Terms(name="till", kind="pos", locations=locations, enabled=enabled)
        await change_channel(
            context=pos.shop.context, channel_id=pos.channel, terms=terms, expected_version=None
        )
        assert told(await pos.report([pos.sale()])) == ["recorded"]
    assert await pos.free() == 1


async def test_what_lapsed_in_the_own_allotment_is_booked_over(open_till) -> None:
    pos = await open_till(units=2, allotment=2)
    await place_hold(
        context=pos.context,
        channel=pos.channel,
        lines=[Line(pos.shop.sku, 2)],
        ttl_seconds=0.001,
    )
    while await pos.free() < 2:
        await asyncio.sleep(0)
    assert told(await pos.report([pos.sale(2)])) == ["recorded"]


async def test_a_clock_may_be_wrong_but_not_by_more_than_a_day_ahead(open_till) -> None:
    pos = await open_till()
    now = datetime.datetime.now(datetime.UTC)
    long_ago = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    tomorrow, next_week = now + datetime.timedelta(hours=20), now + datetime.timedelta(days=7)
    sales = [pos.sale(sold_at=each) for each in (long_ago, tomorrow, next_week)]
    outcomes = await pos.report(sales)
    assert told(outcomes) == ["recorded", "recorded", "refused"]
    assert "sales[2].sold_at" in str(outcomes[2].refusal)
    assert await pos.uncovered() == []
    late = pos.taken_back(sales[0], returned_at=next_week)
    assert told(await pos.report_back([late])) == ["refused"]


async def test_numbered_bottles_are_booked_as_they_were_sold(open_till) -> None:
    pos = await open_till(units=0, allotment=0)
    await lot(pos.shop, "cask", 1, 2, 3, 4, 5)
    await apart(pos.shop, pos.channel, 3, lot="cask", units=(2, 3, 4))
    unnamed, named = pos.sale(2, lot="cask"), pos.sale(1, lot="cask", units=(2,))
    outcomes = await pos.report([unnamed, named])
    assert told(outcomes) == ["recorded", "recorded"]
    holds = await holds_of(
        context=pos.shop.context, hold_ids=[str(each.order_id) for each in outcomes]
    )
    shipped = [holds[str(each.order_id)].allocations[0].shipped_units for each in outcomes]
    assert shipped == [(3, 4), (2,)]


async def test_only_the_channel_itself_or_an_operator_reports(open_till) -> None:
    pos, other = await open_till(), await open_till()
    with pytest.raises(OtherChannel):
        await pos.report([pos.sale()], other.context)
    with pytest.raises(OtherChannel):
        await report_returns(
            context=other.context,
            channel=pos.channel,
            returns=[pos.taken_back(pos.sale())],
        )
    with pytest.raises(OtherChannel):
        await uncovered_sales(context=other.context, channel=pos.channel, after=None, limit=5)
    with pytest.raises(ChannelNotFound):
        await report_sales(context=pos.shop.context, channel="nobody", sales=[pos.sale()])
    with pytest.raises(PermissionMissing):
        reader = context_of(pos.shop.house, permissions=frozenset({"orders:read"}))
        await pos.report([pos.sale()], reader)
    assert told(await pos.report([pos.sale()], pos.shop.context)) == ["recorded"]


async def test_an_allotment_is_filled_up_right_after_a_report(open_till) -> None:
    pos = await open_till(units=20, allotment=5)
    await set_allotment_rule(
        context=pos.shop.context,
        channel=pos.channel,
        sku=pos.shop.sku,
        location=pos.shop.location,
        level=5,
        minimum=3,
        paused=False,
    )
    await pos.report([pos.sale(2)])
    assert await pos.free() == 3
    await pos.report([pos.sale(1), pos.sale(1)])
    assert await pos.free() == 5
    (rule,) = await allotment_rules(
        context=pos.context, channel=pos.channel, sku=None, after=None, limit=5
    )
    assert rule.version == 1


def keyed(pos: Till, key: str) -> Context:
    """A request under a key."""

    def render(outcome: object) -> Rendered:
        assert isinstance(outcome, list), outcome
        return Rendered(200, repr([each.status for each in outcome]))

    idempotency = IdempotencyKey(caller="till", key=key, fingerprint="same", render=render)
    return msgspec.structs.replace(pos.context, idempotency=idempotency)


async def test_a_request_that_is_sent_again_gets_the_first_answer(open_till) -> None:
    pos = await open_till()
    sales, key = [pos.sale(), pos.sale(50)], new_id()
    assert told(await pos.report(sales, keyed(pos, key))) == ["recorded", "exceeded"]
    with pytest.raises(AnsweredBefore) as again:
        await pos.report(sales, keyed(pos, key))
    assert again.value.answer.body == "['recorded', 'exceeded']"
    assert told(await pos.report(sales, keyed(pos, new_id()))) == ["repeated", "exceeded"]


async def test_a_report_that_could_not_be_finished_is_busy_and_goes_on_when_sent_again(
    open_till, monkeypatch: pytest.MonkeyPatch
) -> None:
    pos = await open_till(units=20, allotment=10)
    sales, key = [pos.sale() for _ in range(6)], new_id()
    submit, asked = OrderLane.submit, itertools.count()

    def crowded(lane: OrderLane, command: Any) -> Any:
        if next(asked) % 2:
            raise QueueFull(waiting=1)
        return submit(lane, command)

    with monkeypatch.context() as patched:
        patched.setattr(OrderLane, "submit", crowded)
        with pytest.raises(Busy):
            await pos.report(sales, keyed(pos, key))
    outcomes = await pos.report(sales, keyed(pos, key))
    assert told(outcomes) == ["repeated"] * 6
    for each in outcomes:
        assert (await order_of(context=pos.context, order_id=each.order_id)).status == "delivered"
    assert await pos.free() == 4


async def test_sales_that_a_crash_kept_from_being_written_are_made_good(
    open_till, monkeypatch: pytest.MonkeyPatch
) -> None:
    pos = await open_till()
    followed, repeated = pos.sale(1), pos.sale(2)
    for sale in (followed, repeated):
        with monkeypatch.context() as crash:
            crash.setattr(OrderLane, "submit", crashed)
            with pytest.raises(ConnectionAbortedError):
                await pos.one(sale)
    outcome = await pos.one(repeated)
    assert outcome.status == "repeated"
    assert (await order_of(context=pos.context, order_id=outcome.order_id)).status == "delivered"
    (subscription,) = SUBSCRIPTIONS
    eager = msgspec.structs.replace(subscription, after_seconds=0.0)
    while await deliver(pos.shop.house, MODULE, eager):
        pass
    order_id = (await pos.one(followed)).order_id
    assert (await order_of(context=pos.context, order_id=order_id)).status == "delivered"
    assert await pos.free() == 2


async def test_as_many_sales_as_a_report_may_have(open_till) -> None:
    pos = await open_till(units=600, allotment=450)
    sales = [pos.sale() for _ in range(500)]
    outcomes = await pos.report(sales)
    assert set(told(outcomes)) == {"recorded"}
    assert await pos.free() == 0
    assert await buyable(pos.shop) == 100
    assert set(told(await pos.report(sales))) == {"repeated"}


async def test_the_audit_finds_nothing_to_say_about_reports(context: Context) -> None:
    found = await audit_stock(context=context, progress=lambda _: None)
    assert found.discrepancies == []
