"""A figure is the sum of its events."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackhouse.console.explaining import Figures, explain
from rackhouse.inventory import Movement, Stock

AT = datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)
changes = st.lists(
    st.tuples(
        st.sampled_from(["StockReceived", "StockAdjusted", "HoldPlaced", "HoldExpired"]),
        st.tuples(*[st.integers(-50, 50)] * 3),
    ),
    max_size=30,
)


def history(happened: list[tuple[str, tuple[int, int, int]]]) -> tuple[Stock, list[Movement]]:
    """A stock row and the movements that led to it, the newest first."""
    stock = Stock("A", "here")
    found = []
    for kind, (on_hand, held, committed) in happened:
        stock = Stock(
            "A",
            "here",
            stock.on_hand + on_hand,
            stock.held + held,
            stock.committed + committed,
            stock.version + 1,
        )
        change = {"on_hand": on_hand, "held": held, "committed": committed}
        levels = (stock.on_hand, stock.held, stock.committed)
        who = ("test", None, "c", AT, stock.version, "")
        found.append(Movement("A", "here", stock.version, kind, change, *levels, {}, *who))
    return stock, found[::-1]


@given(changes)
def test_all_events_add_up_to_the_figure(happened: list) -> None:
    stock, found = history(happened)
    explained = explain(stock, found, complete=True)
    assert explained.agrees and explained.start == Figures()
    assert sum(part.events for part in explained.summands) == len(found)


@given(changes, st.integers(0, 30))
def test_the_newest_events_add_up_from_what_was_before_them(happened: list, count: int) -> None:
    stock, found = history(happened)
    if found[:count]:
        assert explain(stock, found[:count], complete=False).agrees


@given(changes.filter(bool))
def test_a_figure_that_no_event_explains_is_told_apart(happened: list) -> None:
    stock, found = history(happened)
    wrong = Stock("A", "here", stock.on_hand + 1, stock.held, stock.committed, stock.version)
    assert not explain(wrong, found, complete=True).agrees


def test_events_of_another_location_and_later_ones_do_not_count() -> None:
    _, found = history([("StockReceived", (5, 0, 0)), ("StockReceived", (2, 0, 0))])
    earlier = Stock("A", "here", 5, 0, 0, 1)
    assert explain(earlier, found, complete=True).agrees
    elsewhere = explain(Stock("A", "there"), found, complete=True)
    assert elsewhere.agrees and not elsewhere.summands


@pytest.mark.parametrize("kind", ["StockReceived", "Unheard"])
def test_each_type_is_named_in_words_or_as_it_is(kind: str) -> None:
    stock, found = history([(kind, (5, 0, 0))])
    (part,) = explain(stock, found, complete=True).summands
    assert part.what == {"StockReceived": "Received"}.get(kind, kind)
