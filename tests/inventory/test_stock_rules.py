"""The rules of stock: given some figures, when something is asked, then events or a refusal."""

import datetime

import msgspec
import pytest

from rackhouse.inventory import rules
from rackhouse.inventory.errors import (
    FewerThanReserved,
    HoldHasEnded,
    LineNotInHold,
    NotEnoughStock,
    Shortage,
    StockVersionStale,
)
from rackhouse.inventory.events import (
    HoldConfirmed,
    HoldExpired,
    HoldPlaced,
    HoldReleased,
    StockAdjusted,
    StockReturned,
    StockShipped,
)
from rackhouse.inventory.rules import Allocation, Hold, Line, Need, Stock

NOW = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(minutes=10)
EARLIER = NOW - datetime.timedelta(seconds=1)


def stock(*rows: Stock) -> dict[rules.Key, Stock]:
    return {(row.sku, row.location): row for row in rows}


def place(
    rows: dict[rules.Key, Stock],
    lines: list[Line],
    needs: list[Need] | None = None,
    locations: tuple[str, ...] = ("cellar", "shop"),
) -> rules.Moves:
    plain = [Need(index, line.sku, line.quantity) for index, line in enumerate(lines)]
    return rules.place(
        rows,
        hold_id="h",
        lines=lines,
        needs=plain if needs is None else needs,
        locations=locations,
        expires_at=LATER,
    )


def hold_of(*allocations: Allocation, lines: tuple[Line, ...], **facts: object) -> Hold:
    hold = Hold(
        id="h",
        channel="web",
        customer_id=None,
        status="held",
        lines=lines,
        memo=None,
        placed_by="test",
        placed_at=EARLIER,
        expires_at=LATER,
        allocations=allocations,
    )
    return msgspec.structs.replace(hold, **facts)


def held(sku: str, quantity: int, line: int = 0, location: str = "cellar") -> Allocation:
    return Allocation("h", line, sku, location, quantity, quantity, 0, 0, 0, LATER)


def committed(sku: str, quantity: int, line: int = 0) -> Allocation:
    return Allocation("h", line, sku, "cellar", quantity, 0, quantity, 0, 0, LATER)


def test_a_line_is_served_by_the_first_location_that_has_enough() -> None:
    rows = stock(Stock("A", "cellar", on_hand=2), Stock("A", "shop", on_hand=5))
    assert place(rows, [Line("A", 3)]) == [(("A", "shop"), HoldPlaced("h", 0, 3, LATER))]


def test_a_line_is_split_in_the_order_of_locations_when_no_single_one_has_enough() -> None:
    rows = stock(Stock("A", "cellar", on_hand=2), Stock("A", "shop", on_hand=2))
    assert [(key, event.quantity) for key, event in place(rows, [Line("A", 3)])] == [
        (("A", "cellar"), 2),
        (("A", "shop"), 1),
    ]


def test_two_lines_of_one_sku_do_not_take_the_same_piece() -> None:
    rows = stock(Stock("A", "cellar", on_hand=3))
    with pytest.raises(NotEnoughStock):
        place(rows, [Line("A", 2), Line("A", 2)])


def test_a_refusal_tells_what_was_asked_and_available_of_each_line() -> None:
    rows = stock(Stock("A", "cellar", on_hand=3, held=1), Stock("B", "shop", on_hand=4))
    with pytest.raises(NotEnoughStock) as refused:
        place(rows, [Line("A", 5), Line("B", 4)])
    assert refused.value.lines == [Shortage("A", 5, 2), Shortage("B", 4, 4)]


def test_a_bundle_is_as_available_as_its_scarcest_component() -> None:
    rows = stock(Stock("A", "cellar", on_hand=4), Stock("B", "cellar", on_hand=9))
    needs = [Need(0, "A", 6), Need(0, "B", 3)]
    with pytest.raises(NotEnoughStock) as refused:
        place(rows, [Line("BUNDLE", 3)], needs)
    assert refused.value.lines == [Shortage("BUNDLE", 3, 2)]


def test_what_is_held_or_committed_is_not_available() -> None:
    rows = stock(Stock("A", "cellar", on_hand=5, held=2, committed=2))
    assert len(place(rows, [Line("A", 1)])) == 1
    with pytest.raises(NotEnoughStock):
        place(rows, [Line("A", 2)])


def test_a_hold_ends_when_it_says_although_nobody_has_tidied_it_up() -> None:
    hold = hold_of(held("A", 1), lines=(Line("A", 1),), expires_at=NOW)
    assert rules.status_now(hold, NOW) == "expired"
    with pytest.raises(HoldHasEnded):
        rules.confirm(hold, NOW)
    with pytest.raises(HoldHasEnded):
        rules.extend(hold, LATER, NOW)


def test_confirming_twice_changes_nothing_the_second_time() -> None:
    hold = hold_of(held("A", 1), lines=(Line("A", 1),))
    assert rules.confirm(hold, NOW) == [(("A", "cellar"), HoldConfirmed("h", 0, 1))]
    assert rules.confirm(msgspec.structs.replace(hold, status="confirmed"), NOW) == []


def test_only_what_has_lapsed_is_freed() -> None:
    lapsed = Allocation("h", 0, "A", "cellar", 2, 2, 0, 0, 0, EARLIER)
    assert rules.lapse([lapsed, held("B", 1)], NOW) == [(("A", "cellar"), HoldExpired("h", 0, 2))]


def test_part_of_a_bundle_ships_all_of_its_components() -> None:
    hold = hold_of(
        committed("A", 6), committed("B", 3), lines=(Line("BUNDLE", 3),), status="confirmed"
    )
    assert rules.ship(hold, [Line("BUNDLE", 2)]) == [
        (("A", "cellar"), StockShipped("h", 0, 4)),
        (("B", "cellar"), StockShipped("h", 0, 2)),
    ]


def test_more_than_is_left_is_not_shipped_returned_or_released() -> None:
    hold = hold_of(committed("A", 2), lines=(Line("A", 2),), status="confirmed")
    with pytest.raises(LineNotInHold) as refused:
        rules.ship(hold, [Line("A", 3)])
    assert refused.value.possible == 2
    with pytest.raises(LineNotInHold):
        rules.return_goods(hold, [Line("A", 1)], "unwanted")
    with pytest.raises(LineNotInHold):
        rules.release(hold, [Line("B", 1)], "changed", NOW)


def test_a_release_frees_what_is_held_before_what_is_sold() -> None:
    part = Allocation("h", 0, "A", "cellar", 3, 1, 2, 0, 0, LATER)
    hold = hold_of(part, lines=(Line("A", 3),))
    assert rules.release(hold, [Line("A", 2)], "changed", NOW) == [
        (("A", "cellar"), HoldReleased("h", 0, 1, 1, "changed"))
    ]


def test_goods_come_back_to_where_they_left() -> None:
    shipped = Allocation("h", 0, "A", "cellar", 2, 0, 0, 2, 0, LATER)
    hold = hold_of(shipped, lines=(Line("A", 2),), status="confirmed")
    assert rules.return_goods(hold, None, "unwanted") == [
        (("A", "cellar"), StockReturned("h", 0, 2, "unwanted"))
    ]


def test_a_count_becomes_the_difference_to_what_was_thought() -> None:
    moves = rules.adjust(
        Stock("A", "cellar", on_hand=7, version=3),
        rules.Depth(),
        delta=None,
        counted=5,
        reason="count",
        expected_version=3,
    )
    assert moves == [(("A", "cellar"), StockAdjusted(-2, "count", 5))]


def test_a_correction_of_another_version_is_refused() -> None:
    with pytest.raises(StockVersionStale):
        rules.adjust(
            Stock("A", "cellar", version=4),
            rules.Depth(),
            delta=1,
            counted=None,
            reason="found",
            expected_version=3,
        )


def test_on_hand_never_falls_below_what_is_reserved() -> None:
    row = Stock("A", "cellar", on_hand=5, held=2, committed=1)
    with pytest.raises(FewerThanReserved):
        rules.adjust(
            row, rules.Depth(), delta=-3, counted=None, reason="broken", expected_version=None
        )
    assert rules.adjust(
        row, rules.Depth(), delta=-2, counted=None, reason="broken", expected_version=None
    )
