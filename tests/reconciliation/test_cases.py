"""What was changed by hand is found, explained by the right events, corrected when somebody accepts
it, and gone in the next audit."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from spoilt_houses import audited, cases_of, doctor, order, shop_of

from houses import Shop, context_of
from rackhouse.inventory import Line, count_page, place_hold, quota_uses, set_quota, ship_hold
from rackhouse.inventory.errors import FewerThanReserved
from rackhouse.orders import Order, order_of, rules
from rackhouse.orders.lane import ChangeOrder, OrderLane
from rackhouse.platform.context import PermissionMissing
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.reconciliation import (
    AdjustStock,
    CancelOrder,
    Case,
    CaseIsDecided,
    CaseNotFound,
    ConfirmHold,
    CountStock,
    FollowHold,
    RecountQuota,
    ReleaseHold,
    RewriteHold,
    RewriteOrder,
    RewriteStock,
    accept_case,
    carrying_out,
    case_of,
    case_page,
    deciding,
    edit_case,
    finish_decisions,
    reject_case,
)

Spoil = Callable[[Shop, Order], Awaitable[int]]

STOCK_AT = "where sku = %(sku)s and location = %(at)s"
OF_ORDER = "where id = %(order)s"


async def shop_with_order(house: House, complete: str) -> tuple[Shop, Order]:
    """A shop that received nine (event 1) and took an order for two (events 2 and on)."""
    shop = await shop_of(house, units=9)
    return shop, await order(shop, 2, complete)


# What is changed by hand, how far the order had come, and then: what the case is, which log's
# which events explain it, and what is proposed.
PLANTS: dict[str, tuple[str, str, str, str, list[int], type[Any]]] = {
    "a stock row says more": (
        f"update inventory.stock set on_hand = on_hand + 1 {STOCK_AT}",
        "reserve",
        "stock_row",
        "inventory",
        [2],
        RewriteStock,
    ),
    "a stock row is gone": (
        f"delete from inventory.stock {STOCK_AT}",
        "confirm",
        "stock_row_missing",
        "inventory",
        [3],
        RewriteStock,
    ),
    "held pieces are gone": (
        "update inventory.allocation set held = 1 where hold_id = %(hold)s",
        "reserve",
        "hold_pieces",
        "inventory",
        [2],
        RewriteHold,
    ),
    "a hold is released in its row alone": (
        "update inventory.hold set status = 'released' where id = %(hold)s",
        "confirm",
        "hold_status",
        "inventory",
        [2, 3],
        RewriteHold,
    ),
    "an order is cancelled in its row alone": (
        f"""update orders."order" set status = 'cancelled' {OF_ORDER}""",
        "confirm",
        "order_row",
        "orders",
        [1, 2],
        RewriteOrder,
    ),
    "an order is gone": (
        f"""delete from orders."order" {OF_ORDER}""",
        "confirm",
        "order_row",
        "orders",
        [1, 2],
        RewriteOrder,
    ),
    "an order was never written": (
        """with gone as (delete from orders.event where stream = 'order:' || %(order)s::text)
        delete from orders."order" where id = %(order)s::uuid""",
        "reserve",
        "order_missing",
        "orders",
        [],
        FollowHold,
    ),
    "shipped pieces of a hold are forgotten": (
        "update inventory.allocation set shipped = 1 where hold_id = %(hold)s",
        "hand_over",
        "hold_pieces",
        "inventory",
        [2, 3, 4],
        RewriteHold,
    ),
}


async def spoil(shop: Shop, placed: Order, statement: str) -> None:
    assert await doctor(shop, statement, order=placed.id, hold=placed.hold_id) == 1


def case_about(cases: list[Case], kind: str) -> Case:
    (case,) = [each for each in cases if each.kind == kind]
    return case


@pytest.mark.parametrize("plant", PLANTS)
async def test_what_was_changed_by_hand_becomes_a_case_and_is_put_right(
    spoilt: House, plant: str
) -> None:
    statement, complete, kind, log, versions, correction = PLANTS[plant]
    shop, placed = await shop_with_order(spoilt, complete)
    await audited(shop.context, whole=True)
    assert await all_about(shop, placed) == []
    levels = await shop.levels()
    await spoil(shop, placed, statement)
    for _ in range(2):
        await audited(shop.context, whole=True)
    case = case_about(await all_about(shop, placed), kind)
    assert {each.log for each in case.evidence} <= {log}
    assert [each.version for each in case.evidence] == versions
    assert isinstance(case.proposal, correction)
    for each in await all_about(shop, placed):
        done = await accept_case(context=shop.context, case_id=each.id, reason="looked at it")
        assert (done.status, done.decided_by, done.reason) == ("accepted", "test", "looked at it")
    await audited(shop.context, whole=True)
    assert await all_about(shop, placed) == []
    assert await shop.levels() == levels
    now = await order_of(context=shop.context, order_id=placed.id)
    assert (now.status, now.lines) == (placed.status, placed.lines)


async def all_about(shop: Shop, placed: Order, status: str | None = "open") -> list[Case]:
    """The cases about a shop's stock or its order."""
    found = await case_page(
        context=shop.context, before=None, status=status, kind=None, sku=None, limit=200
    )
    return [
        each
        for each in found
        if shop.sku == each.sku or placed.id == each.order_id or placed.hold_id == each.hold_id
    ]


async def test_an_audit_that_goes_on_finds_what_is_wrong_with_what_moved(spoilt: House) -> None:
    shop, placed = await shop_with_order(spoilt, "reserve")
    await audited(shop.context)
    later = await order(shop, 1)
    await doctor(
        shop, f"""update orders."order" set status = 'cancelled' {OF_ORDER}""", order=later.id
    )
    await doctor(shop, f"update inventory.stock set on_hand = on_hand + 1 {STOCK_AT}")
    run = await audited(shop.context)
    assert (run.whole, run.status, run.opened) == (False, "ended", 2)
    assert 0 < run.events < 10 and run.orders < 10  # it went on where the last one had ended
    assert {each.kind for each in await all_about(shop, later)} == {"stock_row", "order_row"}
    for each in await all_about(shop, later):
        await accept_case(context=shop.context, case_id=each.id, reason="yes")
    assert (await audited(shop.context)).opened == 0
    assert await all_about(shop, placed) == []


async def confirmed_in_its_log(shop: Shop, placed: Order) -> None:
    """Let an order be confirmed, in its row and its log, behind the back of its hold."""
    await shop.house.the(OrderLane).submit(
        ChangeOrder(context=shop.context, order_id=placed.id, decide=rules.confirm)
    )


async def test_a_confirmed_order_whose_hold_still_runs_has_it_confirmed(spoilt: House) -> None:
    shop, placed = await shop_with_order(spoilt, "reserve")
    await confirmed_in_its_log(shop, placed)
    await audited(shop.context)
    case = case_about(await all_about(shop, placed), "order_and_hold")
    assert case.proposal == ConfirmHold(placed.hold_id)
    await accept_case(context=shop.context, case_id=case.id, reason="paid")
    assert await shop.levels() == {shop.location: (9, 0, 2)}
    await audited(shop.context)
    assert await all_about(shop, placed) == []


async def test_an_order_without_its_hold_is_called_off(spoilt: House) -> None:
    shop, placed = await shop_with_order(spoilt, "reserve")
    await doctor(shop, "delete from inventory.allocation where hold_id = %(h)s", h=placed.hold_id)
    await doctor(shop, "delete from inventory.hold where id = %(h)s", h=placed.hold_id)
    await audited(shop.context)
    case = case_about(await all_about(shop, placed), "order_without_hold")
    assert case.proposal == CancelOrder(placed.id)
    done = await accept_case(context=shop.context, case_id=case.id, reason="nothing is left")
    assert done.status == "accepted"
    assert (await order_of(context=shop.context, order_id=placed.id)).status == "cancelled"
    of_hold = case_about(await all_about(shop, placed), "hold_pieces")
    await reject_case(context=shop.context, case_id=of_hold.id, reason="seen to by hand")


async def test_a_cancelled_order_lets_its_hold_go(spoilt: House) -> None:
    shop, placed = await shop_with_order(spoilt, "confirm")
    await cancelled_in_its_log(shop, placed)
    await audited(shop.context)
    case = case_about(await all_about(shop, placed), "order_and_hold")
    assert case.proposal == ReleaseHold(placed.hold_id)
    await accept_case(context=shop.context, case_id=case.id, reason="yes")
    assert await shop.levels() == {shop.location: (9, 0, 0)}


async def cancelled_in_its_log(shop: Shop, placed: Order) -> None:
    change = ChangeOrder(
        context=shop.context, order_id=placed.id, decide=lambda one: rules.cancel(one, "no")
    )
    await shop.house.the(OrderLane).submit(change)


async def test_an_order_that_is_behind_its_hold_follows_it(spoilt: House) -> None:
    shop, placed = await shop_with_order(spoilt, "confirm")
    await ship_hold(context=shop.context, hold_id=placed.hold_id, lines=[Line(shop.sku, 1)])
    await audited(shop.context)
    case = case_about(await all_about(shop, placed), "order_and_hold")
    assert case.proposal == FollowHold(placed.hold_id)
    assert (case.expected, case.found) == (
        {"shipped": 1, "returned": 0},
        {"shipped": 0, "returned": 0},
    )
    await accept_case(context=shop.context, case_id=case.id, reason="yes")
    assert (await order_of(context=shop.context, order_id=placed.id)).lines[0].shipped == 1


async def test_where_the_log_itself_is_wrong_the_shelf_is_counted(spoilt: House) -> None:
    shop, placed = await shop_with_order(spoilt, "reserve")
    await doctor(
        shop,
        "update inventory.event set data = (data::jsonb || '{\"quantity\": 8}')::json "
        "where stream = %(stream)s and version = 1",
    )
    await audited(shop.context, whole=True)
    case = case_about(await all_about(shop, placed), "event_figures")
    assert case.proposal == CountStock(shop.sku, shop.location)
    assert [each.version for each in case.evidence] == [1]
    for _ in range(2):
        await accept_case(context=shop.context, case_id=case.id, reason="go and look")
    (sheet,) = await count_page(
        context=shop.context, before=None, location=shop.location, status=None, limit=5
    )
    assert [each.sku for each in sheet.lines] == [shop.sku]
    await audited(shop.context, whole=True)
    assert await all_about(shop, placed) == []  # what people see to is not told again
    await doctor(
        shop,
        "update inventory.event set data = (data::jsonb || '{\"quantity\": 9}')::json "
        "where stream = %(stream)s and version = 1",
    )


async def test_the_use_of_a_quota_is_counted_anew(spoilt: House) -> None:
    shop = await shop_of(spoilt, units=9)
    quota = f"quota-{shop.sku.lower()}"
    await set_quota(
        context=shop.context,
        quota=quota,
        name="Two each",
        skus=[shop.sku],
        cap=5,
        per="everyone",
        expected_version=None,
    )
    await order(shop, 2, "confirm")
    await audited(shop.context, whole=True)
    await doctor(
        shop, "update inventory.quota_use set used = 4 where quota_id = %(quota)s", quota=quota
    )
    for _ in range(2):
        await audited(shop.context, whole=True)
    found = await case_page(
        context=shop.context, before=None, status="open", kind="quota_use", sku=None, limit=5
    )
    (case,) = [each for each in found if each.quota == quota]
    assert (case.expected, case.found) == ({"used": 2}, {"used": 4})
    assert case.proposal == RecountQuota(quota)
    await audited(shop.context)
    assert (await case_of(context=shop.context, case_id=case.id)).status == "open"
    await accept_case(context=shop.context, case_id=case.id, reason="count again")
    (use,) = await quota_uses(context=shop.context, quota=quota, limit=5)
    assert use.used == 2
    run = await audited(shop.context, whole=True)
    assert run.opened == 0


async def row_says_more(house: House) -> tuple[Shop, Case]:
    """A shop whose row says one more than it should, and the case of it."""
    shop = await shop_of(house, units=9)
    await doctor(shop, f"update inventory.stock set on_hand = on_hand + 1 {STOCK_AT}")
    await audited(shop.context)
    return shop, case_about(await cases_of(shop), "stock_row")


async def test_a_case_is_edited_by_whoever_knows_better(spoilt: House) -> None:
    shop, case = await row_says_more(spoilt)
    await accept_case(context=shop.context, case_id=case.id, reason="first the row")
    await doctor(
        shop,
        "update inventory.event set hash = sha256('x') where stream = %(stream)s and version = 1",
    )
    await audited(shop.context, whole=True)
    of_log = case_about(await cases_of(shop), "event_hash")
    correction = AdjustStock(shop.sku, shop.location, delta=-2)
    for _ in range(2):
        done = await edit_case(
            context=shop.context, case_id=of_log.id, correction=correction, reason="two stolen"
        )
    assert (done.status, done.correction) == ("edited", correction)
    assert await shop.levels() == {shop.location: (7, 0, 0)}


async def test_a_rejected_case_stays_so(spoilt: House) -> None:
    shop, case = await row_says_more(spoilt)
    done = await reject_case(context=shop.context, case_id=case.id, reason="a known loan")
    assert (done.status, done.correction, done.reason) == ("rejected", None, "a known loan")
    await audited(shop.context)
    assert await cases_of(shop) == []
    with pytest.raises(CaseIsDecided):
        await accept_case(context=shop.context, case_id=case.id, reason="yes")


async def test_what_is_gone_by_itself_is_cleared(spoilt: House) -> None:
    shop, case = await row_says_more(spoilt)
    await doctor(shop, f"update inventory.stock set on_hand = on_hand - 1 {STOCK_AT}")
    run = await audited(shop.context)
    assert run.cleared >= 1
    assert (await case_of(context=shop.context, case_id=case.id)).status == "cleared"


async def test_a_correction_that_is_refused_leaves_the_case_open(spoilt: House) -> None:
    shop, case = await row_says_more(spoilt)
    await place_hold(
        context=shop.context, channel=shop.channel, lines=[Line(shop.sku, 9)], ttl_seconds=60
    )
    to_none = AdjustStock(shop.sku, shop.location, counted=0)
    with pytest.raises(FewerThanReserved):
        await edit_case(context=shop.context, case_id=case.id, correction=to_none, reason="none")
    now = await case_of(context=shop.context, case_id=case.id)
    assert (now.status, now.deciding) == ("open", None)
    assert (await accept_case(context=shop.context, case_id=case.id, reason="then so")).status


@pytest.mark.parametrize("when", ["before the correction", "after the correction"])
async def test_a_crash_between_deciding_and_closing_corrects_once(
    spoilt: House, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    shop, case = await row_says_more(spoilt)
    await accept_case(context=shop.context, case_id=case.id, reason="first the row")
    await doctor(
        shop,
        "update inventory.event set hash = sha256('x') where stream = %(stream)s and version = 1",
    )
    await audited(shop.context, whole=True)
    of_log = case_about(await cases_of(shop), "event_hash")
    asked: dict[str, Any] = {
        "context": shop.context,
        "case_id": of_log.id,
        "correction": AdjustStock(shop.sku, shop.location, delta=3),
        "reason": "found three",
    }

    async def crashed(*facts: Any) -> None:
        if when == "after the correction":
            await carrying_out.carry_out(*facts)
        raise ConnectionAbortedError

    with monkeypatch.context() as crash:
        crash.setattr(deciding, "carry_out", crashed)
        with pytest.raises(ConnectionAbortedError):
            await edit_case(**asked)
    assert (await case_of(context=shop.context, case_id=of_log.id)).status == "open"
    monkeypatch.setattr(deciding, "LEFT_ALONE_SECONDS", 0.0)
    assert await finish_decisions(context=shop.context) == 1
    assert await finish_decisions(context=shop.context) == 0
    await edit_case(**asked)
    assert (await case_of(context=shop.context, case_id=of_log.id)).status == "edited"
    assert await shop.levels() == {shop.location: (12, 0, 0)}


async def test_who_may_only_read_decides_nothing(spoilt: House) -> None:
    _, case = await row_says_more(spoilt)
    reader = context_of(spoilt, permissions=frozenset({"reconciliation:read"}))
    assert (await case_of(context=reader, case_id=case.id)).id == case.id
    for decide in (accept_case, reject_case):
        with pytest.raises(PermissionMissing):
            await decide(context=reader, case_id=case.id, reason="yes")
    decider = context_of(spoilt, permissions=frozenset({"reconciliation:write"}), subject="Ada")
    done = await accept_case(context=decider, case_id=case.id, reason="yes")
    assert (done.status, done.decided_by) == ("accepted", "Ada")


async def test_a_case_that_there_is_not_is_refused(spoilt: House) -> None:
    context = context_of(spoilt)
    for case_id in (new_id(), "nonsense"):
        with pytest.raises(CaseNotFound):
            await case_of(context=context, case_id=case_id)
        with pytest.raises(CaseNotFound):
            await reject_case(context=context, case_id=case_id, reason="no")
