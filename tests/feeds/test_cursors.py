"""Cursors are read strictly, and say what they said when they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackhouse.feeds import CursorUnreadable
from rackhouse.feeds.cursors import cursor_text, read_cursor
from rackhouse.platform.events import START, Position

LOGS = ("catalog", "inventory", "orders")
numbers = st.integers(min_value=0, max_value=2**63 - 1)
places = st.dictionaries(st.sampled_from(LOGS), st.builds(Position, numbers, numbers), min_size=1)


@given(places)
def test_a_cursor_is_read_as_it_was_written(positions: dict[str, Position]) -> None:
    read = read_cursor(cursor_text(positions), LOGS)
    assert read == {log: positions.get(log, START) for log in LOGS}


def test_a_cursor_is_readable() -> None:
    positions = {"orders": Position(790, 3), "inventory": Position(812, 55)}
    assert cursor_text(positions) == "inventory.812-55~orders.790-3"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "~",
        "inventory",
        "inventory.",
        "inventory.1",
        "inventory.1-",
        "inventory.-1-1",
        "inventory.01-1",
        "inventory.1-1 ",
        "inventory.1-1~",
        "inventory.1-1~inventory.2-2",
        "prices.1-1",
        "inventory.1-9223372036854775808",
        "inventory.²-1",
        "inventory.1-1~" * 100,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(CursorUnreadable):
        read_cursor(text, LOGS)


@given(st.text())
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    try:
        positions = read_cursor(text, LOGS)
    except CursorUnreadable:
        return
    assert set(positions) == set(LOGS)
