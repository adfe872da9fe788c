"""The audit of stock in depth: buckets, lots, numbered units and allotments that were changed by
hand are found, and written anew from the events."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from doctoring import doctor, house_of_its_own, opened_in
from test_stock_in_depth import ask, hold, lot, receive

from houses import Shop
from rackhouse.inventory import (
    Discrepancy,
    Hold,
    Line,
    audit_stock,
    confirm_hold,
    hold_of,
    keep_log_leg,
    read_log_leg,
    rebuild_stock,
    rewrite_hold,
    rewrite_stock,
    rewrite_units,
    ship_hold,
)
from rackhouse.inventory.audit import checking, whole
from rackhouse.inventory.commands import AllotStock, ChangeCondition, KeepBack
from rackhouse.inventory.commands.keeping_back import KeptBack
from rackhouse.inventory.errors import LotNotFound
from rackhouse.inventory.rules import Pieces, Portion
from rackhouse.platform.house import House
from rackhouse.platform.pacing import Pace
from rackhouse.platform.settings import Settings

NUMBERED, PLAIN_LOT = "CASK-7", "SPRING"
AT = "where sku = %(sku)s and location = %(at)s"


@pytest.fixture(scope="module")
async def spoilt(settings: Settings, server_url: str) -> AsyncIterator[House]:
    """A house of its own, for rows that are changed by hand."""
    async with house_of_its_own(settings, server_url) as house:
        yield house


async def in_depth(house: House) -> tuple[Shop, Hold, Hold]:
    """A shop whose one row has pieces without a lot, of a lot, numbered ones, damaged ones and
    some of its channel's; with a hold of numbered pieces and one of the other lot."""
    shop = await opened_in(house, units=5)
    await lot(shop, NUMBERED, numbered=40)
    await lot(shop, PLAIN_LOT)
    await receive(shop, Line(shop.sku, 4, lot=NUMBERED, units=(1, 2, 3, 4)))
    await receive(shop, Line(shop.sku, 6, lot=PLAIN_LOT))
    place = {"sku": shop.sku, "location": shop.location}
    await ask(
        shop,
        ChangeCondition,
        pieces=Pieces(quantity=1, **place),
        after="damaged",
        reason="dropped",
    )
    portion = Portion(quantity=2, **place)
    await ask(shop, AllotStock, portions=[portion], channel="elsewhere")
    kept = KeptBack(quantity=1, channel="other", **place)
    await ask(shop, KeepBack, levels=[kept])
    numbered = await hold(shop, 2, lot=NUMBERED, units=(2, 3))
    sold = await hold(shop, 3, lot=PLAIN_LOT)
    await confirm_hold(context=shop.context, hold_id=sold.id)
    await ship_hold(context=shop.context, hold_id=sold.id, lines=[Line(shop.sku, 1)])
    return shop, numbered, await hold_of(context=shop.context, hold_id=sold.id)


async def found_in(shop: Shop) -> list[Discrepancy]:
    audit = await audit_stock(context=shop.context, progress=lambda _: None)
    return [each for each in audit.discrepancies if each.sku == shop.sku]


SUMS = "rows_are_the_sums_of_their_buckets"
TOLD = "buckets_are_what_their_events_say"
HOLDS = "holds_add_up"
COUNTS = "units_add_up"
KNOWS = "rows_say_what_else_there_is"
STAND = "units_stand_with_their_holds"

# What is changed, what it is found as, and the one check without which it would not be.
PLANTS: dict[str, tuple[str, str, str]] = {
    "a part has more": (
        f"update inventory.bucket set on_hand = on_hand + 1 {AT} and lot = 'SPRING'",
        "buckets",
        SUMS,
    ),
    "a part is gone": (
        f"delete from inventory.bucket {AT} and condition = 'damaged'",
        "buckets",
        SUMS,
    ),
    "pieces changed their part": (
        "update inventory.bucket set on_hand = on_hand + "
        f"case lot when 'SPRING' then 1 else -1 end {AT} "
        "and allotment = '' and condition = 'sellable' and lot in ('SPRING', '')",
        "buckets",
        TOLD,
    ),
    "a row denies its parts": (
        f"update inventory.stock set details = 0 {AT}",
        "buckets",
        SUMS,
    ),
    "a row forgets that a channel does without": (
        f"update inventory.stock set details = 1 {AT}",
        "stock_details",
        KNOWS,
    ),
    "a hold's pieces are of another lot": (
        "update inventory.allocation set lot = 'OTHER' where hold_id = %(sold)s",
        "hold_pieces",
        HOLDS,
    ),
    "a unit has left": (
        f"update inventory.unit set state = 'gone' {AT} and number = 4",
        "units",
        COUNTS,
    ),
    "a unit is somebody else's": (
        f"update inventory.unit set hold_id = %(sold)s {AT} and number = 2",
        "units",
        STAND,
    ),
    "a unit lies elsewhere": (
        f"update inventory.unit set allotment = 'elsewhere' {AT} and number = 1",
        "units",
        COUNTS,
    ),
}


async def spoil(house: House, plant: str) -> tuple[Shop, Hold, Hold]:
    statement, _, _ = PLANTS[plant]
    shop, numbered, sold = await in_depth(house)
    assert await found_in(shop) == []
    assert await doctor(shop, statement, numbered=numbered.id, sold=sold.id) >= 1
    return shop, numbered, sold


async def mend(shop: Shop, found: Discrepancy) -> None:
    """Write anew what a discrepancy is about."""
    place: dict[str, Any] = {"sku": found.sku, "location": found.location}
    if found.kind == "units":
        assert found.lot is not None
        await rewrite_units(context=shop.context, sku=found.sku, lot=found.lot)
    elif found.hold_id is not None:
        await rewrite_hold(context=shop.context, hold_id=found.hold_id, **place)
    else:
        await rewrite_stock(context=shop.context, **place)


@pytest.mark.parametrize("plant", PLANTS)
async def test_what_was_changed_by_hand_is_found_and_written_anew(
    spoilt: House, plant: str
) -> None:
    shop, numbered, sold = await spoil(spoilt, plant)
    found = await found_in(shop)
    assert PLANTS[plant][1] in {each.kind for each in found}
    for _ in range(2):
        for each in found:
            await mend(shop, each)
    assert await found_in(shop) == []
    for hold_before in (numbered, sold):
        now = await hold_of(context=shop.context, hold_id=hold_before.id)
        assert (now.status, now.allocations) == (hold_before.status, hold_before.allocations)


async def of_rows_alone(*_: object) -> list[Discrepancy]:
    """What an audit says of holds and units where it does not read their events once more."""
    return []


@pytest.mark.parametrize("plant", PLANTS)
async def test_each_check_is_needed(
    spoilt: House, plant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, _, _ = await spoil(spoilt, plant)
    with_all = await found_in(shop)
    _, kind, needed = PLANTS[plant]
    without = tuple(each for each in checking.CHECKS if each.__name__ != needed)
    assert len(without) == len(checking.CHECKS) - 1
    with monkeypatch.context() as less:
        less.setattr(checking, "CHECKS", without)
        less.setattr(whole, "_of_all_skus", of_rows_alone)
        fewer = await found_in(shop)
    assert kind in {each.kind for each in with_all}
    assert kind not in {each.kind for each in fewer}
    for each in with_all:
        await mend(shop, each)


async def test_the_parts_are_remembered_with_what_was_read_of_the_log(spoilt: House) -> None:
    shop, _, _ = await in_depth(spoilt)
    pace = Pace(1.0)
    ended = False
    while not ended:
        leg = await read_log_leg(context=shop.context, pace=pace, progress=lambda _: None)
        await keep_log_leg(context=shop.context, leg=leg)
        ended = leg.ended
    (told,) = [each for each in leg.streams if each.stock.sku == shop.sku]
    assert told.buckets == {
        ("", "", "sellable"): (2, 0, 0),
        ("", "", "damaged"): (1, 0, 0),
        ("", "elsewhere", "sellable"): (2, 0, 0),
        (NUMBERED, "", "sellable"): (4, 2, 0),
        (PLAIN_LOT, "", "sellable"): (5, 0, 2),
    }


async def test_a_rebuild_keeps_the_parts(spoilt: House) -> None:
    shop, _, _ = await in_depth(spoilt)
    await doctor(shop, f"update inventory.bucket set on_hand = on_hand + 3 {AT} and lot = ''")
    await rebuild_stock(context=shop.context, progress=lambda _: None)
    assert await found_in(shop) == []


async def test_units_of_a_lot_that_no_event_names_can_not_be_written_anew(spoilt: House) -> None:
    shop, _, _ = await in_depth(spoilt)
    with pytest.raises(LotNotFound):
        await rewrite_units(context=shop.context, sku=shop.sku, lot="NEVER")
