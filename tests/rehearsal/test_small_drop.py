"""A real drop, small: two API processes, a PostgreSQL of its own, and two hundred buyers."""

import subprocess
import sys

import msgspec

from rackhouse.rehearsal import DropReport

SECONDS_LIMIT = 180


def rehearsed(*options: str) -> tuple[int, DropReport]:
    done = subprocess.run(
        [sys.executable, "-m", "rackhouse.cli", "drop", "--json", "--workers", "2", *options],
        capture_output=True,
        timeout=SECONDS_LIMIT,
    )
    assert done.stdout, done.stderr.decode()
    return done.returncode, msgspec.json.decode(done.stdout, type=DropReport)


def test_two_hundred_buyers_of_thirty_pieces_buy_thirty() -> None:
    status, report = rehearsed("--units", "30", "--buyers", "200", "--seed", "3")
    assert report.breaches == []
    assert (report.sold, report.oversold, report.mismatches) == (30, 0, 0)
    assert report.duplicates > 50
    assert (status, report.verdict) == (0, "passed")


def test_fewer_buyers_than_pieces_all_get_theirs() -> None:
    status, report = rehearsed("--units", "50", "--buyers", "30", "--channels", "2", "--seed", "5")
    assert report.breaches == []
    assert (report.sold, report.refused) == (report.demand, 0)
    assert (status, report.verdict) == (0, "passed")
