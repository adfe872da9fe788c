"""The figures of a long run: counted from histories, and put in their place in a page."""

from pathlib import Path

import pytest

from isolation.checker import anomalies, check
from isolation.controls import CONTROLS, Hunt
from isolation.figures import Tally, page_with, written
from isolation.linearizability import LINEARIZABLE, NOT_LINEARIZABLE
from isolation.made_up import MadeUp


def rows(text: str) -> dict[str, list[str]]:
    """The rows of all tables, by their first cell."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    return {row[0]: row[1:] for row in cells if row}


@pytest.fixture
def tally() -> Tally:
    """A round in which more was promised than there was, and a bug that was found at once."""
    made = MadeUp()
    made.ask_again(made.receive(1))
    made.hold(2)
    history = made.history()
    tally = Tally()
    tally.add(history, check(history))
    tally.judge(LINEARIZABLE)
    tally.judge(NOT_LINEARIZABLE)
    tally.hunt(Hunt(CONTROLS[0], 1, True, {CONTROLS[0].found_as: 3, "another": 1}, history))
    return tally


def test_everything_is_counted(tally: Tally) -> None:
    found = rows(written(tally, ["on this machine"]))
    assert found["rounds, each with its own history"] == ["1: 1 of the kind made up"]
    assert found["requests"] == ["2"]
    assert found["attempts, with all retries"] == ["3"]
    assert found["answered from memory"] == ["1"]
    assert found["of these linearizable"] == ["1"]
    assert found[anomalies.NOT_LINEARIZABLE] == ["1"]
    assert int(found[anomalies.DOUBLE_SALE][0]) > 0
    control = CONTROLS[0]
    assert found[control.plant] == [control.found_as, "1", "1", "1 (1 times)", "another"]


def test_figures_go_where_the_page_has_a_place_for_them(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nend\n")
    text = page_with("new", page)
    assert text == "# Page\n<!-- figures: begin -->\nnew\n<!-- figures: end -->\nend\n"
    page.write_text("# Page\n")
    with pytest.raises(AssertionError, match="no place for figures"):
        page_with("new", page)
