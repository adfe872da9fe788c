"""``rackhouse archive``."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from rackhouse_program import rackhouse

from old_towns import OldTown, old_town

Place = dict[str, object]


@pytest.fixture
async def town(server_url: str, tmp_path: Path) -> AsyncIterator[OldTown]:
    """A town with a long past."""
    async with old_town(server_url, tmp_path) as town:
        yield town


@pytest.fixture
def place(town: OldTown) -> Place:
    """Its settings."""
    settings = town.house.settings
    return {"database_url": settings.database_url, "data": settings.data}


def test_months_are_archived_listed_and_verified(place: Place) -> None:
    moved = rackhouse("archive", "--before", "2026-04", "--json", **place)
    assert moved.returncode == 0, moved.stderr
    (inventory,) = [each for each in json.loads(moved.stdout) if each["log"] == "inventory"]
    (file,) = inventory["files"]
    assert (inventory["stopped"], file["month"]) == (None, "2026-03")
    assert file["name"] == "inventory-2026-03-000001.parquet"
    assert f"{file['name']}: {file['events']} events" in moved.stderr
    assert json.loads(rackhouse("archive", "list", "--json", **place).stdout) == [file]
    assert file["name"] in rackhouse("archive", "list", **place).stdout
    verified = rackhouse("archive", "verify", **place)
    assert verified.returncode == 0
    assert verified.stdout == f"{file['events']} events in 1 files: every hash fits.\n"


def test_the_setting_says_what_is_old(place: Place) -> None:
    moved = rackhouse("archive", archive_after_days=30, **place)
    assert moved.returncode == 0 and "events were moved into" in moved.stdout
    listed = json.loads(rackhouse("archive", "list", "--json", **place).stdout)
    assert {"2026-03", "2026-04"} <= {each["month"] for each in listed}
    again = rackhouse("archive", archive_after_days=30, **place)
    assert again.stdout == "0 events were moved into 0 files.\n"


def test_files_may_be_elsewhere_and_must_be_there(place: Place, tmp_path: Path) -> None:
    elsewhere = {**place, "archive": tmp_path / "attic"}
    assert rackhouse("archive", "--before", "2026-04", **elsewhere).returncode == 0
    assert list((tmp_path / "attic" / "inventory").iterdir())
    lost = rackhouse("archive", "verify", "--json", **place)
    assert lost.returncode == 1
    assert json.loads(lost.stdout)["findings"][0]["finding"] == "the file is not there"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((), 2, "RACKHOUSE_ARCHIVE_AFTER_DAYS"),
        (("--before", "spring"), 2, "no month such as 2026-03"),
        (("--before", "2999-01"), 1, "only months that are over"),
    ],
)
def test_what_can_not_be_archived_is_refused_in_a_sentence(
    place: Place, arguments: tuple[str, ...], status: int, words: str
) -> None:
    answer = rackhouse("archive", *arguments, **place)
    assert (answer.returncode, answer.stdout) == (status, "")
    assert words in answer.stderr and "Traceback" not in answer.stderr


def test_an_audit_and_a_verification_go_on_over_the_archive(place: Place) -> None:
    assert rackhouse("archive", "--before", "2026-06", **place).returncode == 0
    audit = rackhouse("rebuild", "--verify", **place)
    assert audit.returncode == 0, audit.stdout
    assert "archived" in audit.stdout
    assert rackhouse("verify", **place).returncode == 0


def test_an_archived_event_that_was_altered_is_named(town: OldTown, place: Place) -> None:
    assert rackhouse("archive", "--before", "2026-06", **place).returncode == 0
    first = town.folder / "inventory-2026-03-000001.parquet"
    table = pyarrow.parquet.read_table(first)
    rows = table.to_pylist()
    (row,) = [each for each in rows if (each["stream"], each["version"]) == ("GIN@gin-cellar", 3)]
    row["actor"] = "somebody else"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=table.schema), first)
    verified = rackhouse("verify", **place)
    assert verified.returncode == 1
    assert "inventory GIN@gin-cellar event 3: altered: " in verified.stdout
    assert first.name in verified.stdout
    checked = rackhouse("archive", "verify", **place)
    assert checked.returncode == 1
    assert checked.stdout.splitlines()[:-1] == [
        f"{first.name}: its content is not what was written: its SHA-256 is another.",
        f"{first.name}: event 3 of GIN@gin-cellar does not fit its hash.",
    ]
