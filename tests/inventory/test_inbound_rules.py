"""The rules of shipments: whatever is unpacked in whatever order, every piece is counted once."""

import datetime

from hypothesis import given
from hypothesis import strategies as st

from rackhouse.inventory.inbound_errors import (
    InboundIsNot,
    MoreThanExpected,
    NotInInbound,
    ReasonNeeded,
)
from rackhouse.inventory.rules import (
    STILL_COMING,
    Arrival,
    Inbound,
    InboundLine,
    cancel_inbound,
    receive_inbound,
)

NOW = datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)
LOTS = ("", "L1", "L2")

skus = st.sampled_from(["A", "B"])
quantities = st.integers(1, 9)
lines = st.lists(st.tuples(skus, st.sampled_from(LOTS), quantities), min_size=1, max_size=4)
steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("receive"),
            st.none()
            | st.lists(st.tuples(skus, st.none() | st.sampled_from(LOTS), quantities), max_size=3),
            st.booleans(),
            st.none() | st.just("why"),
        ),
        st.just(("cancel", None, False, None)),
    ),
    max_size=6,
)


def shipment(kind: str, told: list[tuple[str, str, int]]) -> Inbound:
    return Inbound(
        id="i",
        kind=kind,
        origin="cooper",
        destination="cellar",
        status="expected" if kind == "purchase" else "in_transit",
        created_at=NOW,
        changed_at=NOW,
        lines=tuple(
            InboundLine(line=at, sku=sku, lot=lot, quantity=quantity)
            for at, (sku, lot, quantity) in enumerate(told)
        ),
    )


@given(st.sampled_from(["purchase", "transfer"]), lines, steps)
def test_every_piece_is_counted_once(kind: str, told: list, steps: list) -> None:
    inbound = shipment(kind, told)
    came = {sku: 0 for sku, _, _ in told}
    for step, asked, is_all, reason in steps:
        try:
            if step == "cancel":
                inbound, _ = cancel_inbound(inbound, "no")
                continue
            arrivals = asked and [
                Arrival(sku=x, lot=lot, quantity=count) for x, lot, count in asked
            ]
            inbound, event = receive_inbound(inbound, arrivals, is_all=is_all, reason=reason)
        except (InboundIsNot, MoreThanExpected, NotInInbound, ReasonNeeded):
            continue
        for each in event.came:
            came[inbound.lines[each.line].sku] += each.quantity
    for line in inbound.lines:
        assert min(line.coming, line.received, line.missing, line.cancelled) >= 0
        settled = line.received + line.missing + line.cancelled
        assert line.coming == max(0, line.quantity - settled)
        assert line.missing + line.cancelled <= line.quantity
    for sku, count in came.items():
        assert count == sum(line.received for line in inbound.lines if line.sku == sku)
    assert (inbound.status in STILL_COMING) == any(line.coming for line in inbound.lines)


def test_pieces_without_a_lot_go_to_the_first_line_that_waits_for_them() -> None:
    inbound = shipment("transfer", [("A", "L1", 2), ("A", "L2", 3)])
    inbound, event = receive_inbound(
        inbound, [Arrival(sku="A", quantity=4)], is_all=False, reason=None
    )
    assert [(each.line, each.quantity, each.lot) for each in event.came] == [
        (0, 2, "L1"),
        (1, 2, "L2"),
    ]


def test_a_lot_that_was_not_told_of_is_read_on_what_a_supplier_sent() -> None:
    arrival = Arrival(sku="A", quantity=1, lot="L9")
    _, event = receive_inbound(
        shipment("purchase", [("A", "", 2)]), [arrival], is_all=False, reason=None
    )
    assert event.came[0].lot == "L9"
