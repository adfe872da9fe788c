"""``rackhouse simulate`` as a person calls it."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

SMALL = "hours = 0.5\nskus = 1\nunits = 8\nrush = 5\nrush_at_hours = 0.1\nmarketplaces = 1\n"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command's answer."""
    command = [sys.executable, "-m", "rackhouse.cli", "simulate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


def test_each_seed_gets_a_line_and_the_last_one_its_history(tmp_path: Path) -> None:
    world, history = tmp_path / "world.toml", tmp_path / "history.txt"
    world.write_text(SMALL)
    told = run("--seed", "4", "--seeds", "2", "--world", world, "--history", history, "--json")
    assert told.returncode == 0, told.stderr
    reports = [msgspec.json.decode(line) for line in told.stdout.splitlines()]
    assert [each["seed"] for each in reports] == [4, 5]
    names = ("oversold", "lost", "doubled")
    assert all([each[name] for name in names] == [0, 0, 0] for each in reports)
    assert len(reports[0]["history_hash"]) == 64
    assert "StockReceived" in history.read_text()


def test_seeds_are_simulated_twice_in_two_processes_and_told_in_their_order(
    tmp_path: Path,
) -> None:
    world = tmp_path / "world.toml"
    world.write_text(f"{SMALL}connected_shops = 0\n")
    told = run("--seed", "8", "--seeds", "3", "--twice", "--jobs", "2", "--world", world, "--json")
    assert told.returncode == 0, told.stdout + told.stderr
    reports = [msgspec.json.decode(line) for line in told.stdout.splitlines()]
    assert [(each["seed"], each["runs"]) for each in reports] == [(8, 2), (9, 2), (10, 2)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hours = -1\n", "hours"),
        ("shops = 2\n", "shops"),
        ("[faults]\nlost_answers = 2\n", "faults.lost_answers"),
        ("hours = \n", "Invalid value"),
    ],
)
def test_a_world_that_can_not_be_is_refused(tmp_path: Path, text: str, told: str) -> None:
    world = tmp_path / "world.toml"
    world.write_text(text)
    refused = run("--world", world)
    assert refused.returncode == 2
    assert refused.stderr.startswith("rackhouse: ") and told in refused.stderr
    assert "Traceback" not in refused.stderr
