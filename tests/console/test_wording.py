"""Events in words."""

import datetime

import msgspec
import pytest

from rackhouse.console.wording import skus_in, told
from rackhouse.inventory import events as inventory_events
from rackhouse.orders import events as order_events
from rackhouse.platform.events import Event, Position

AT = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.UTC)
NAMES = {"LAGAVULIN-16": "Lagavulin 16"}
CHANNELS = {"pos-3": "POS-3"}
FACTS = {
    "quantity": 1,
    "hold_id": "h",
    "line": 0,
    "expires_at": "2026-11-20T12:03:10Z",
    "from_held": 1,
    "from_committed": 0,
    "reason": "cancelled",
    "delta": -2,
    "counted": None,
    "to_held": 1,
    "to_committed": 0,
    "transfer_id": "t",
    "before": "sellable",
    "after": "damaged",
    "promised_at": "2026-12-01T12:00:00Z",
    "sku": "LAGAVULIN-16",
    "status": "recalled",
    "quota": "q1",
    "cap": 5,
    "per": "customer",
    "skus": ["LAGAVULIN-16"],
    "channel_id": "web",
    "customer_id": "ada",
    "offer_seconds": 600,
    "reference": "delivery 7",
    "location": "shop-berlin",
    "name": "Shop Berlin",
    "kind": "shop",
    "lines": [
        {"sku": "LAGAVULIN-16", "quantity": 1, "line": 0, "counted": 7, "counted_at": AT},
        {"sku": "OTHER", "quantity": 2, "line": 1, "counted": 1, "counted_at": AT},
    ],
    "external_id": "R-7",
    "channel": "pos-3",
    "level": 6,
    "minimum": 2,
    "paused": False,
    "blind": True,
    "note": "",
    "line_count": 3,
    "largest_difference": 12,
    "pieces": -12,
    "approved_by": None,
    "origin": "Cooper & Sons",
    "destination": "shop-berlin",
    "carrier": "Ada",
    "inbound_status": "in_transit",
    "expected_at": "2026-12-01T12:00:00Z",
    "came": [{"line": 0, "quantity": 2}],
}


OF_OTHERS: dict[str, object] = {
    "allotment": "web",
    "lot": "L1",
    "origin": "Cooper & Sons",
    "destination": "cellar",
    "carrier": "Ada",
    "inbound_status": "in_transit",
    "expected_at": AT,
    "came": [{"line": 0, "quantity": 2}],
    "missing": [{"line": 0, "quantity": 1}],
    "blind": True,
    "note": "",
    "line_count": 3,
    "lines": [
        {"line": 0, "counted": 7, "counted_at": AT, "sku": "LAGAVULIN-16", "quantity": 2},
    ],
    "largest_difference": 12,
    "pieces": -12,
    "approved_by": None,
}
"""What further types of events say."""


def event(type_name: str, *, stream: str = "LAGAVULIN-16@shop-berlin", **facts: object) -> Event:
    data = msgspec.json.encode(FACTS | facts).decode()
    return Event(Position(1, 1), stream, 1, type_name, data, "client:x", "pos-3", "c", AT, b"")


def sentence(told_of: Event) -> str:
    found = told(told_of, NAMES, CHANNELS)
    end = found.until.strftime("%H:%M:%S") if found.until else ""
    words = " ".join((found.who, found.did, found.name, found.rest, end))
    return " ".join(words.split())


def test_a_hold_is_told_as_one_would_tell_it() -> None:
    expected = "POS-3 held 1 × Lagavulin 16 in shop-berlin until 12:03:10"
    assert sentence(event("HoldPlaced")) == expected


def test_a_sale_and_an_adjustment_are_told() -> None:
    assert sentence(event("HoldConfirmed")) == "POS-3 sold 1 × Lagavulin 16 from shop-berlin"
    adjusted = sentence(event("StockAdjusted", reason="broken"))
    assert adjusted == "POS-3 adjusted by −2 Lagavulin 16 in shop-berlin (broken)"


def test_a_release_and_an_expiry_are_told() -> None:
    released = sentence(event("HoldReleased"))
    assert released == "POS-3 released 1 × Lagavulin 16 in shop-berlin (cancelled)"
    assert sentence(event("HoldExpired")) == "POS-3 let 1 × Lagavulin 16 in shop-berlin expire"


def test_an_order_is_told_by_its_first_line() -> None:
    placed = event("OrderPlaced", stream="order:0198c5b0")
    assert skus_in(placed) == ["LAGAVULIN-16"]
    assert sentence(placed) == "POS-3 took an order for 1 × Lagavulin 16 and 2 more"


def test_a_sale_of_more_than_there_is_is_told_with_what_became_of_it() -> None:
    sold = event("SaleNotCovered", stream="sale:0198c5b0")
    assert sentence(sold) == "POS-3 sold 1 × Lagavulin 16 and 2 more, more than there is"
    covered = sentence(event("SaleCovered", stream="sale:0198c5b0", reason=""))
    assert covered == "POS-3 could book the sale R-7"
    dismissed = sentence(event("SaleDismissed", stream="sale:0198c5b0", reason="typed twice"))
    assert dismissed == "POS-3 dismissed the sale R-7 (typed twice)"


def test_the_rule_of_an_allotment_is_told() -> None:
    stream = "allotment-rule:pos-3/LAGAVULIN-16/shop-berlin"
    told_of = sentence(event("AllotmentRuleSet", stream=stream, channel="pos-3"))
    expected = "POS-3 let pos-3's allotment be filled up of Lagavulin 16 to 6 below 2"
    assert told_of == expected


@pytest.mark.parametrize(
    "type_name", [*inventory_events.EVENT_TYPES, *order_events.EVENT_TYPES, "BarrelRolled"]
)
def test_every_event_can_be_told(type_name: str) -> None:
    stream = "order:0198c5b0" if type_name.startswith("Order") else "LAGAVULIN-16@shop-berlin"
    told_of = event(type_name, stream=stream, **OF_OTHERS)
    assert told(told_of, NAMES, CHANNELS).did.strip()
    if type_name != "BarrelRolled":
        assert told(told_of, NAMES, CHANNELS).did != type_name


def test_a_sku_that_left_the_catalog_is_its_own_name() -> None:
    assert told(event("HoldPlaced", stream="GONE@here"), {}, {}).name == "GONE"


def test_who_did_it_without_a_channel_is_named() -> None:
    swept = msgspec.structs.replace(event("HoldExpired"), actor="service:expiry", channel=None)
    assert told(swept, NAMES, CHANNELS).who == "Rackhouse (expiry)"
