"""`rackhouse replay` on the beginning of the real file."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from rackhouse_program import rackhouse

from houses import migrated_database

ROOT = Path(__file__).parents[2]
FILE = ROOT.parent / "shared" / "data" / "online_retail" / "online_retail.csv.gz"
MAP = ROOT / "examples" / "online-retail.toml"
# Enough for shortages, credit notes, finds and write-offs.
LINES = 20_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason=f"{FILE.name} is not here"),
]


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first lines of the file."""
    target = tmp_path_factory.mktemp("retail") / "beginning.csv"
    with gzip.open(FILE, "rt", encoding="utf-8") as whole, target.open("w") as part:
        for line, _ in zip(whole, range(LINES + 1), strict=False):
            part.write(line)
    return target


@pytest.fixture(scope="module")
def place(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The settings of a house of its own."""
    return {"database_url": migrated_database(server_url), "data": tmp_path_factory.mktemp("house")}


@pytest.fixture(scope="module")
def report(beginning: Path, place: dict[str, object]) -> dict[str, Any]:
    """What the first replay says."""
    answer = rackhouse("replay", str(beginning), "--map", str(MAP), "--json", **place)
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_every_line_is_accounted_for(report: dict[str, Any]) -> None:
    counts = report["counts"]
    accounted = sum(count for name, count in counts.items() if name.startswith("lines_"))
    assert report["lines"] == LINES == accounted + report["lines_not_goods"]
    assert counts["orders"] > 500
    assert counts["credit_notes"] > 50
    assert counts["lines_returned"] > 10
    assert counts["lines_found"] > 10


def test_there_is_too_little_and_nothing_is_sold_twice(report: dict[str, Any]) -> None:
    counts, audit = report["counts"], report["audit"]
    assert counts["orders_shortened"] > 0
    assert counts["lines_refused"] > 0
    assert audit["oversold"] == 0
    assert audit["discrepancies"] == []
    assert (audit["held"], audit["committed"]) == (0, 0)


def test_a_second_replay_changes_nothing(
    report: dict[str, Any], beginning: Path, place: dict[str, object]
) -> None:
    answer = rackhouse("replay", str(beginning), "--map", str(MAP), "--json", **place)
    again = json.loads(answer.stdout)
    assert answer.returncode == 0
    assert again["replayed_before"] is True
    assert again["audit"] == report["audit"]
    assert rackhouse("rebuild", "--verify", **place).returncode == 0
