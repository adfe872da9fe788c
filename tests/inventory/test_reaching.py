"""How far allotting, topping up and booking reports reach: decided without a database."""

import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from rackhouse.inventory import NotEnoughFree, NotEnoughStock, StockAllotted
from rackhouse.inventory.errors import (
    LotNotFound,
    LotNotSellable,
    UnitNotFree,
    UnitsMustBeNamed,
)
from rackhouse.inventory.events import AllotmentReturned, HoldPlaced, Slot
from rackhouse.inventory.rules import (
    BUCKETS,
    AllotmentRule,
    Bucket,
    Depth,
    Line,
    Lot,
    Need,
    Portion,
    Reach,
    Stock,
    place_reported,
    return_portion,
    set_apart,
    top_up,
)

NOW = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
TILL = "pos-3"
SHOP, CELLAR = ("RYE", "shop"), ("RYE", "cellar")
POOL: Slot = ("", "", "sellable")
OWN: Slot = ("", TILL, "sellable")


def lot_slot(lot: str, allotment: str = "") -> Slot:
    return (lot, allotment, "sellable")


class Goods:
    """Stock in depth, made up for one decision."""

    def __init__(self, **lots: Mapping[str, Any]) -> None:
        self.depth = Depth()
        self.stock: dict[tuple[str, str], Stock] = {}
        for name, facts in lots.items():
            known = {"registered_at": NOW - DAY, **facts}
            self.depth.lots["RYE", name] = Lot(sku="RYE", lot=name, **known)

    def put(self, key: tuple[str, str], slots: Mapping[Slot, int], *, safety: int = 0) -> "Goods":
        on_hand = sum(slots.values())
        allotted = sum(count for slot, count in slots.items() if slot[1])
        self.stock[key] = Stock(
            *key, on_hand, allotted=allotted, safety=safety, details=BUCKETS, version=3
        )
        self.depth.buckets[key] = {
            slot: Bucket(*key, *slot, on_hand=count) for slot, count in slots.items()
        }
        return self

    def numbered(self, key: tuple[str, str], slot: Slot, *numbers: int) -> "Goods":
        self.depth.free_units[key, slot] = set(numbers)
        for number in numbers:
            self.depth.unit_states["RYE", slot[0], number] = "in_stock"
        return self

    def apart(self, quantity: int, **portion: Any) -> list[tuple[str, int, tuple[int, ...]]]:
        asked = Portion(sku="RYE", location="shop", quantity=quantity, **portion)
        moves = set_apart(self.stock[SHOP], self.depth, asked, channel=TILL, now=NOW)
        events = [event for _, event in moves]
        assert all(isinstance(event, StockAllotted) for event in events)
        return [(event.lot, event.quantity, event.units) for event in events]  # type: ignore[union-attr]

    def back(self, quantity: int, **portion: Any) -> list[tuple[str, int, tuple[int, ...]]]:
        asked = Portion(sku="RYE", location="shop", quantity=quantity, **portion)
        moves = return_portion(self.stock[SHOP], self.depth, asked, channel=TILL, now=NOW)
        events = [event for _, event in moves]
        assert all(isinstance(event, AllotmentReturned) for event in events)
        return [(event.lot, event.quantity, event.units) for event in events]  # type: ignore[union-attr]

    def filled(self, level: int, minimum: int, *, paused: bool = False, most: int = 99) -> int:
        rule = AllotmentRule(
            channel=TILL,
            sku="RYE",
            location="shop",
            level=level,
            minimum=minimum,
            paused=paused,
            version=1,
        )
        moves = top_up(self.stock[SHOP], self.depth, rule, most=most, now=NOW)
        return sum(event.quantity for _, event in moves)  # type: ignore[union-attr]

    def booked(self, *lines: Line) -> list[tuple[str, str, str, int, tuple[int, ...]]]:
        needs = [
            Need(index, each.sku, each.quantity, each.lot, each.units)
            for index, each in enumerate(lines)
        ]
        moves = place_reported(
            self.stock,
            self.depth,
            channel=TILL,
            reach=Reach(["shop", "cellar"], ["shop", "cellar"]),
            hold_id="h",
            lines=lines,
            needs=needs,
            expires_at=NOW + DAY,
            now=NOW,
        )
        return [
            (key[1], event.allotment, event.lot, event.quantity, event.units)
            for key, event in moves
            if isinstance(event, HoldPlaced)
        ]


def test_what_is_kept_back_is_not_set_apart() -> None:
    goods = Goods().put(SHOP, {POOL: 10}, safety=3)
    goods.depth.buffers[(*SHOP, TILL)] = 2
    assert goods.apart(5) == [("", 5, ())]
    with pytest.raises(NotEnoughFree) as refused:
        goods.apart(6)
    assert refused.value.free == 5


def test_what_another_channel_has_is_not_set_apart() -> None:
    goods = Goods().put(SHOP, {POOL: 1, ("", "pos-4", "sellable"): 9, OWN: 4})
    with pytest.raises(NotEnoughFree) as refused:
        goods.apart(2)
    assert refused.value.free == 1


def test_lots_are_set_apart_as_they_would_be_picked_and_none_that_may_not_be_sold() -> None:
    goods = Goods(
        old={"expires_at": NOW + DAY},
        young={"expires_at": NOW + 9 * DAY},
        gone={"expires_at": NOW - DAY},
    )
    goods.put(SHOP, {lot_slot("young"): 5, lot_slot("old"): 2, lot_slot("gone"): 7})
    assert goods.apart(4) == [("old", 2, ()), ("young", 2, ())]
    with pytest.raises(NotEnoughFree):
        goods.apart(8)
    with pytest.raises(LotNotSellable) as refused:
        goods.apart(1, lot="gone")
    assert refused.value.lot_status == "expired"
    with pytest.raises(LotNotFound):
        goods.apart(1, lot="never")


def test_a_lot_may_be_set_apart_before_its_release() -> None:
    goods = Goods(spring={"release_at": NOW + DAY}).put(SHOP, {lot_slot("spring"): 3})
    assert goods.apart(3, lot="spring") == [("spring", 3, ())]
    with pytest.raises(NotEnoughFree):
        goods.apart(1)
    with pytest.raises(NotEnoughFree):
        goods.apart(4, lot="spring")


def test_numbered_units_are_set_apart_by_name_or_from_the_lowest() -> None:
    goods = Goods(cask={"numbered": 9}, plain={})
    goods.put(SHOP, {lot_slot("cask"): 3, lot_slot("plain"): 1})
    goods.numbered(SHOP, lot_slot("cask"), 4, 7, 9)
    assert goods.apart(2, lot="cask", units=(9, 4)) == [("cask", 2, (9, 4))]
    assert goods.apart(2, lot="cask") == [("cask", 2, (4, 7))]
    with pytest.raises(UnitNotFree):
        goods.apart(1, lot="cask", units=(5,))
    with pytest.raises(UnitsMustBeNamed):
        goods.apart(2, lot="cask", units=(4,))
    with pytest.raises(UnitNotFree):
        goods.apart(1, lot="plain", units=(1,))


def test_only_what_is_in_the_allotment_goes_back_also_of_a_lot_that_expired() -> None:
    goods = Goods(old={"expires_at": NOW - DAY}, young={})
    own = {lot_slot("old", TILL): 2, lot_slot("young", TILL): 2}
    goods.put(SHOP, {**own, lot_slot("young"): 9})
    assert goods.back(3) == [("young", 2, ()), ("old", 1, ())]
    assert goods.back(2, lot="old") == [("old", 2, ())]
    with pytest.raises(NotEnoughFree) as refused:
        goods.back(5)
    assert (refused.value.free, refused.value.channel) == (4, TILL)


def test_an_allotment_is_filled_up_to_its_level_once_it_is_below_its_minimum() -> None:
    assert Goods().put(SHOP, {POOL: 20, OWN: 2}).filled(8, 3) == 6
    assert Goods().put(SHOP, {POOL: 20, OWN: 3}).filled(8, 3) == 0
    assert Goods().put(SHOP, {POOL: 20}).filled(8, 3, paused=True) == 0
    assert Goods().put(SHOP, {POOL: 20}).filled(8, 3, most=5) == 5


def test_an_allotment_is_filled_up_as_far_as_the_pool_goes_and_never_from_safety_stock() -> None:
    goods = Goods().put(SHOP, {POOL: 7, OWN: 1}, safety=4)
    assert goods.filled(8, 3) == 3
    goods.depth.buffers[(*SHOP, TILL)] = 2
    assert goods.filled(8, 3) == 1
    assert Goods().put(SHOP, {POOL: 4, OWN: 1}, safety=4).filled(8, 3) == 0


def test_pieces_of_a_lot_that_expired_do_not_count_as_left_in_the_allotment() -> None:
    goods = Goods(old={"expires_at": NOW - DAY})
    assert goods.put(SHOP, {lot_slot("old", TILL): 5, POOL: 9}).filled(4, 2) == 4


def test_a_report_is_booked_on_the_own_allotment_wherever_it_is_then_on_the_pool() -> None:
    goods = Goods().put(SHOP, {POOL: 5, OWN: 1}).put(CELLAR, {POOL: 9, OWN: 2})
    assert goods.booked(Line("RYE", 6)) == [
        ("shop", TILL, "", 1, ()),
        ("cellar", TILL, "", 2, ()),
        ("shop", "", "", 3, ()),
    ]


def test_a_report_is_booked_also_on_what_is_kept_back_because_it_has_left() -> None:
    goods = Goods().put(SHOP, {POOL: 2}, safety=2)
    goods.depth.buffers[(*SHOP, TILL)] = 2
    assert goods.booked(Line("RYE", 2)) == [("shop", "", "", 2, ())]


def test_a_report_is_never_booked_on_what_another_channel_has() -> None:
    goods = Goods().put(SHOP, {POOL: 1, ("", "pos-4", "sellable"): 9, ("", "", "damaged"): 5})
    with pytest.raises(NotEnoughStock) as refused:
        goods.booked(Line("RYE", 1), Line("RYE", 1))
    assert [(each.asked, each.available) for each in refused.value.lines] == [(1, 1), (1, 1)]


def test_a_till_that_could_not_know_of_a_recall_is_booked_on_what_it_sold() -> None:
    goods = Goods(bad={"recalled": True}, good={})
    goods.put(SHOP, {lot_slot("bad", TILL): 1, lot_slot("good", TILL): 1, lot_slot("bad"): 4})
    assert goods.booked(Line("RYE", 1)) == [("shop", TILL, "good", 1, ())]
    assert goods.booked(Line("RYE", 2)) == [
        ("shop", TILL, "good", 1, ()),
        ("shop", TILL, "bad", 1, ()),
    ]
    assert goods.booked(Line("RYE", 3, "bad")) == [
        ("shop", TILL, "bad", 1, ()),
        ("shop", "", "bad", 2, ()),
    ]
    with pytest.raises(NotEnoughStock):
        goods.booked(Line("RYE", 3))
    with pytest.raises(LotNotFound):
        goods.booked(Line("RYE", 1, "never"))


def test_the_numbers_that_were_sold_are_booked_where_they_stand() -> None:
    goods = Goods(cask={"numbered": 9})
    goods.put(SHOP, {lot_slot("cask", TILL): 2, lot_slot("cask"): 2})
    goods.numbered(SHOP, lot_slot("cask", TILL), 1, 2).numbered(SHOP, lot_slot("cask"), 7, 8)
    sold = [Line("RYE", 1), Line("RYE", 3, "cask", (7, 1, 8))]
    assert goods.booked(*sold) == [
        ("shop", "", "cask", 2, (7, 8)),
        ("shop", TILL, "cask", 1, (1,)),
        ("shop", TILL, "cask", 1, (2,)),
    ]
    with pytest.raises(UnitNotFree) as refused:
        goods.booked(Line("RYE", 1, "cask", (3,)))
    assert refused.value.number == 3
