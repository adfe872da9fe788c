"""What is made of what a channel tells, without a database: any order, any number of times."""

import datetime
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackhouse.connectors import RemoteLine, RemoteRefund, RemoteSale, RemoteSaleCancelled
from rackhouse.connectors.rules import Booked, Known, joined, known_of, left_pieces, planned

AT = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)
SKUS = {"1": "A", "2": "B"}


def a_sale(*quantities: int, **facts: object) -> RemoteSale:
    lines = tuple(
        RemoteLine(id=str(index + 1), item=None, sku=None, quantity=quantity)
        for index, quantity in enumerate(quantities)
    )
    return RemoteSale(**{"id": "77", "sold_at": AT, "lines": lines, **facts})


def a_refund(quantity: int, line: str = "1", **facts: object) -> RemoteRefund:
    usual = {"id": f"r{line}", "sale": "77", "restocked": True, "left": False, "at": AT}
    return RemoteRefund(**{**usual, "line": line, "quantity": quantity, **facts})


def known(*told: object) -> Known:
    found = known_of(told[0])
    for each in told[1:]:
        found = joined(found, known_of(each))
    return found


lines = st.builds(
    RemoteLine,
    id=st.sampled_from(["1", "2"]),
    item=st.none() | st.sampled_from(["i", "j"]),
    sku=st.none() | st.just("A"),
    quantity=st.integers(1, 5),
    shipped=st.integers(0, 5),
    removed=st.integers(0, 5),
)
refunds = st.builds(
    RemoteRefund,
    id=st.sampled_from(["r", "s", "t"]),
    sale=st.just("77"),
    line=st.sampled_from(["1", "2"]),
    quantity=st.integers(1, 5),
    restocked=st.booleans(),
    left=st.booleans(),
    at=st.just(AT),
)
sales = st.builds(
    RemoteSale,
    id=st.just("77"),
    sold_at=st.integers(0, 9).map(lambda s: AT + datetime.timedelta(seconds=s)),
    lines=st.lists(lines, max_size=2, unique_by=lambda line: line.id).map(tuple),
    counts=st.booleans(),
    cancelled=st.booleans(),
    handed_over=st.booleans(),
    refunds=st.lists(refunds, max_size=3).map(tuple),
    place=st.none() | st.sampled_from(["p", "q"]),
)
tellings = sales | refunds | st.just(RemoteSaleCancelled(id="77"))


@given(st.lists(tellings, min_size=1, max_size=6), st.integers())
def test_tellings_lead_to_the_same_in_any_order_and_number(told: list, seed: int) -> None:
    luck = random.Random(seed)
    again = [*told, *luck.choices(told, k=3)]
    luck.shuffle(again)
    assert known(*again) == known(*told)


@given(st.lists(sales, min_size=1, max_size=6))
def test_nothing_is_booked_or_given_back_that_was_not_sold(told: list) -> None:
    booked, so_far = Booked(), None
    for each in told:
        so_far = known_of(each) if so_far is None else joined(so_far, known_of(each))
        before = booked
        booked = planned(so_far, SKUS, booked)
        assert booked.parts[: len(before.parts)] == before.parts
        assert booked.given_back[: len(before.given_back)] == before.given_back
        sold = {"A": 0, "B": 0}
        for line in so_far.sale.lines:
            sold[SKUS[line.id]] += line.quantity
        for sku, quantity in sold.items():
            covered = sum(x.quantity for part in booked.parts for x in part.lines if x.sku == sku)
            returned = sum(x.quantity for x in booked.given_back if x.sku == sku)
            assert returned <= covered <= quantity
            assert left_pieces(so_far, booked).get(sku, 0) <= quantity


def test_a_sale_is_booked_under_its_number() -> None:
    (part,) = planned(known(a_sale(2, 1)), SKUS, Booked()).parts
    assert (part.number, [(x.sku, x.quantity) for x in part.lines]) == ("77", [("A", 2), ("B", 1)])


def test_what_is_added_later_is_booked_under_a_number_of_its_own() -> None:
    first = planned(known(a_sale(2)), SKUS, Booked())
    second = planned(known(a_sale(2), a_sale(3, 1)), SKUS, first)
    assert [part.number for part in second.parts] == ["77", "77+1"]
    assert [(x.sku, x.quantity) for x in second.parts[1].lines] == [("A", 1), ("B", 1)]


def test_what_was_called_off_before_it_was_heard_of_is_not_booked() -> None:
    assert planned(known(RemoteSaleCancelled(id="77"), a_sale(2)), SKUS, Booked()).parts == ()


def test_what_was_refunded_before_it_was_heard_of_is_not_booked() -> None:
    (part,) = planned(known(a_refund(2), a_sale(3)), SKUS, Booked()).parts
    assert [(x.sku, x.quantity) for x in part.lines] == [("A", 1)]


def test_a_refund_is_given_back_once() -> None:
    booked = planned(known(a_sale(3)), SKUS, Booked())
    booked = planned(known(a_sale(3), a_refund(2)), SKUS, booked)
    again = planned(known(a_sale(3), a_refund(2), a_refund(2)), SKUS, booked)
    assert [(x.number, x.quantity) for x in again.given_back] == [("77/1/2", 2)]


def test_a_line_that_tells_of_its_refund_itself_is_not_given_back_twice() -> None:
    shrunk = RemoteLine(id="1", item=None, sku=None, quantity=3, removed=2)
    booked = planned(known(a_sale(3)), SKUS, Booked())
    booked = planned(known(a_sale(3, lines=(shrunk,))), SKUS, booked)
    booked = planned(known(a_sale(3, lines=(shrunk,)), a_refund(2)), SKUS, booked)
    assert sum(x.quantity for x in booked.given_back) == 2


def test_money_back_for_goods_that_are_kept_gives_nothing_back() -> None:
    booked = planned(known(a_sale(3)), SKUS, Booked())
    booked = planned(known(a_sale(3), a_refund(2, restocked=False)), SKUS, booked)
    assert booked.given_back == ()


def test_what_does_not_count_yet_is_not_booked() -> None:
    assert planned(known(a_sale(3, counts=False)), SKUS, Booked()).parts == ()


@pytest.mark.parametrize(
    ("shipped", "refund", "left"),
    [
        (0, None, 0),
        (2, None, 2),
        (0, a_refund(1), 1),
        (2, a_refund(1), 3),
        (3, a_refund(1, left=True), 3),
    ],
)
def test_what_was_struck_off_leaves_and_comes_back(
    shipped: int, refund: RemoteRefund | None, left: int
) -> None:
    line = RemoteLine(id="1", item=None, sku=None, quantity=3, shipped=shipped)
    booked = planned(known(a_sale(3)), SKUS, Booked())
    told = known(a_sale(lines=(line,)), *([refund] if refund else []))
    assert left_pieces(told, booked).get("A", 0) == left
