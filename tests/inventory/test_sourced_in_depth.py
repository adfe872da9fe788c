"""Sourcing of stock that has lots and numbers: what a placement may split, it may; no more."""

import datetime
from typing import Any

import pytest
from shelves import plain

from rackhouse.inventory.errors import NotEnoughStock
from rackhouse.inventory.events import SELLABLE, HoldPlaced
from rackhouse.inventory.rules import Line, Need, Stock, place_in_depth
from rackhouse.inventory.rules.shelf import Depth, Shelf
from rackhouse.inventory.rules.state import Bucket, Lot
from rackhouse.inventory.sourcing import Sourcing

NOW = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(minutes=10)


def placed(buckets: list[Bucket], lines: list[Line], **asked: Any) -> set[tuple[str, str, int]]:
    """What a placement takes: SKU, location, pieces. Lots that are named are numbered."""
    depth, stock = Depth(), {}
    for bucket in buckets:
        key = (bucket.sku, bucket.location)
        depth.buckets.setdefault(key, {})[bucket.slot] = bucket
        before = stock.get(key, Stock(*key)).on_hand
        stock[key] = Stock(*key, on_hand=before + bucket.on_hand, details=1)
        if bucket.lot:
            lot = Lot(sku=bucket.sku, lot=bucket.lot, numbered=99, registered_at=NOW)
            depth.lots[bucket.sku, bucket.lot] = lot
            depth.free_units[key, bucket.slot] = set(range(1, bucket.on_hand + 1))
    moves, _ = place_in_depth(
        Shelf(stock, depth, channel="web", now=NOW),
        depth,
        hold_id="h",
        lines=lines,
        needs=[
            Need(index, line.sku, line.quantity, line.lot, line.units)
            for index, line in enumerate(lines)
        ],
        candidates=plain("cellar", "shop"),
        sourcing=Sourcing(**asked),
        promise=False,
        expires_at=LATER,
        now=NOW,
    )
    return {(*key, event.quantity) for key, event in moves if isinstance(event, HoldPlaced)}


APART = [
    Bucket("CASK", "cellar", "L1", "", SELLABLE, on_hand=3),
    Bucket("GIN", "shop", "", "", SELLABLE, on_hand=3),
]
NUMBER_AND_GIN = [Line("CASK", 1, "L1", (2,)), Line("GIN", 1)]


def test_a_numbered_unit_and_other_pieces_may_come_from_different_locations() -> None:
    assert placed(APART, NUMBER_AND_GIN) == {("CASK", "cellar", 1), ("GIN", "shop", 1)}


def test_a_numbered_unit_and_other_pieces_come_from_one_location_if_the_order_says_so() -> None:
    with pytest.raises(NotEnoughStock) as refused:
        placed(APART, NUMBER_AND_GIN, split=False)
    assert refused.value.why == "needs_split"


def test_the_other_pieces_follow_the_numbered_unit_to_its_location() -> None:
    both = [*APART, Bucket("GIN", "cellar", "", "", SELLABLE, on_hand=3)]
    at_shop = [Bucket("CASK", "shop", "L1", "", SELLABLE, on_hand=3), *both[1:]]
    assert placed(at_shop, NUMBER_AND_GIN, split=False) == {("CASK", "shop", 1), ("GIN", "shop", 1)}
