"""The rules of orders: given an order, when something is asked, then events or a refusal."""

import datetime

import msgspec
import pytest

from rackhouse.inventory import Allocation, Hold, Line
from rackhouse.orders import rules
from rackhouse.orders.errors import OrderIsNot, OrderLineNotLeft
from rackhouse.orders.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderEvent,
    OrderLine,
    OrderReservationMoved,
    OrderReturned,
    OrderShipped,
    Pieces,
)
from rackhouse.orders.rules import Order

NOW = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(minutes=15)

PENDING = Order(
    id="o",
    channel="web",
    external_id=None,
    customer_id=None,
    status="pending",
    lines=(OrderLine("A", 2), OrderLine("B", 1)),
    hold_id="h",
    reservation_expires_at=LATER,
    placed_at=NOW,
    changed_at=NOW,
    version=1,
)


def after(order: Order, *events: OrderEvent) -> Order:
    for event in events:
        order = rules.apply(order, event, NOW)
    return order


CONFIRMED = after(PENDING, OrderConfirmed())
SHIPPED = after(CONFIRMED, OrderShipped((Pieces("A", 2), Pieces("B", 1))))


def hold(status: str, *, shipped: int = 0, returned: int = 0) -> Hold:
    """The hold behind the order, with some pieces of A moved."""
    committed = 2 - shipped if status == "confirmed" else 0
    held = 2 if status == "held" else 0
    pieces = (
        Allocation("h", 0, "A", "cellar", 2, held, committed, shipped, returned, LATER),
        Allocation("h", 1, "B", "cellar", 1, held // 2, committed // 2, 0, 0, LATER),
    )
    lines = (Line("A", 2), Line("B", 1))
    return Hold("h", "web", None, status, lines, None, "test", NOW, LATER, pieces)


def test_a_pending_order_ends_with_its_reservation() -> None:
    assert rules.status_now(PENDING, NOW) == "pending"
    assert rules.status_now(PENDING, LATER) == "cancelled"
    assert rules.status_now(CONFIRMED, LATER) == "confirmed"


def test_an_order_is_shipped_once_every_piece_has_left() -> None:
    part = after(CONFIRMED, *rules.ship(CONFIRMED, [Pieces("A", 1)]))
    assert part.status == "confirmed"
    whole = after(part, *rules.ship(part, rules.left_to_ship(part)))
    assert whole.status == "shipped"


def test_an_order_is_returned_once_every_piece_is_back() -> None:
    part = after(SHIPPED, *rules.return_lines(SHIPPED, [Pieces("A", 1)], "small"))
    assert part.status == "shipped"
    whole = after(part, *rules.return_lines(part, rules.left_to_return(part), "small"))
    assert whole.status == "returned"


def test_what_is_done_already_changes_nothing_when_asked_again() -> None:
    assert rules.confirm(CONFIRMED) == []
    assert rules.cancel(after(PENDING, OrderCancelled("no")), "no") == []


@pytest.mark.parametrize(
    ("order", "ask"),
    [
        (PENDING, lambda order: rules.ship(order, [Pieces("A", 1)])),
        (PENDING, rules.deliver),
        (CONFIRMED, rules.deliver),
        (SHIPPED, lambda order: rules.cancel(order, "late")),
        (after(PENDING, OrderCancelled("no")), rules.confirm),
        (PENDING, lambda order: rules.return_lines(order, [Pieces("A", 1)], "no")),
    ],
)
def test_steps_out_of_order_are_refused(order: Order, ask) -> None:
    with pytest.raises(OrderIsNot):
        ask(order)


def test_more_than_is_left_neither_ships_nor_returns() -> None:
    with pytest.raises(OrderLineNotLeft) as refused:
        rules.ship(CONFIRMED, [Pieces("A", 2), Pieces("A", 1)])
    assert (refused.value.asked, refused.value.possible) == (3, 2)
    with pytest.raises(OrderLineNotLeft):
        rules.return_lines(SHIPPED, [Pieces("C", 1)], "wrong parcel")


def test_an_order_that_left_in_part_is_not_cancelled() -> None:
    part = after(CONFIRMED, OrderShipped((Pieces("A", 1),)))
    with pytest.raises(OrderIsNot):
        rules.cancel(part, "late")


@pytest.mark.parametrize(
    ("order", "behind", "missed"),
    [
        (PENDING, hold("held"), []),
        (
            PENDING,
            msgspec.structs.replace(hold("held"), expires_at=NOW),
            [OrderReservationMoved(NOW)],
        ),
        (PENDING, hold("confirmed"), [OrderConfirmed()]),
        (PENDING, hold("expired"), [OrderCancelled("the reservation expired")]),
        (PENDING, hold("released"), [OrderCancelled("the reservation was released")]),
        (CONFIRMED, hold("confirmed"), []),
        (CONFIRMED, hold("confirmed", shipped=1), [OrderShipped((Pieces("A", 1),))]),
        (
            PENDING,
            hold("confirmed", shipped=2),
            [OrderConfirmed(), OrderShipped((Pieces("A", 2),))],
        ),
        (
            SHIPPED,
            hold("confirmed", shipped=2, returned=1),
            [OrderReturned((Pieces("A", 1),), "returned")],
        ),
        (CONFIRMED, hold("released"), [OrderCancelled("the reservation was released")]),
    ],
)
def test_an_order_catches_up_with_its_hold(
    order: Order, behind: Hold, missed: list[OrderEvent]
) -> None:
    assert rules.follow(order, behind) == missed
    caught_up = after(order, *missed)
    assert rules.follow(caught_up, behind) == []


def test_part_of_a_bundle_counts_as_shipped_when_all_its_components_left() -> None:
    order = msgspec.structs.replace(CONFIRMED, lines=(OrderLine("BUNDLE", 2),))
    pieces = (
        Allocation("h", 0, "A", "cellar", 4, 0, 1, 3, 0, LATER),
        Allocation("h", 0, "B", "cellar", 2, 0, 1, 1, 0, LATER),
    )
    behind = Hold(
        "h", "web", None, "confirmed", (Line("BUNDLE", 2),), None, "test", NOW, LATER, pieces
    )
    assert rules.follow(order, behind) == [OrderShipped((Pieces("BUNDLE", 1),))]
