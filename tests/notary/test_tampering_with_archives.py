"""Whoever changes what has left a log is found out like whoever changes the log."""

import datetime
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from doctored_files import Row, doctor, fit_record, rehash

from old_towns import OldTown, catch_up, old_town
from rackhouse.notary import Verification, verify_logs
from rackhouse.notary.log_checking import LogCheck
from rackhouse.platform.archive import ArchiveLibraryMissing, archived_boundaries, moving
from rackhouse.platform.events import outgoing

STREAM = "GIN@gin-cellar"


@pytest.fixture
async def town(
    server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[OldTown]:
    """A town of which everything old is archived, in files of 30 events."""
    monkeypatch.setattr(moving, "FILE_EVENTS_LIMIT", 30)
    monkeypatch.setattr(outgoing, "FETCH", "fetch 7 from rackhouse_archive")
    async with old_town(server_url, tmp_path) as town:
        await town.archive()
        yield town


async def verified(town: OldTown, **asked: Any) -> Verification:
    """What a verification of the stock's log says."""
    usual = {"log": "inventory", "saved": [], "seconds_limit": None}
    return await verify_logs(context=town.context, **{**usual, **asked})


async def found(town: OldTown) -> list[tuple[str | None, int | None, str]]:
    """Stream, version and kind of all that is found."""
    return [(each.stream, each.version, each.kind) for each in (await verified(town)).findings]


def places(rows: list[Row], stream: str = STREAM) -> list[int]:
    """Where the events of a stream are among others."""
    return [place for place, row in enumerate(rows) if row["stream"] == stream]


def alter(rows: list[Row]) -> None:
    """Alter the third event of the stream."""
    row = rows[places(rows)[2]]
    row["data"] = row["data"].replace("{", '{"more":true,', 1)


def remove(rows: list[Row]) -> None:
    """Remove the third event of the stream."""
    del rows[places(rows)[2]]


def swap_contents(rows: list[Row]) -> None:
    """Let two events change places."""
    third, fourth = (rows[place] for place in places(rows)[2:4])
    for name in rows[0].keys() - {"stream", "version", "transaction_id", "position"}:
        third[name], fourth[name] = fourth[name], third[name]


def swap_rows(rows: list[Row]) -> None:
    """Let two whole rows change places."""
    third, fourth = places(rows)[2:4]
    rows[third], rows[fourth] = rows[fourth], rows[third]


def repeat(rows: list[Row]) -> None:
    """Put the third event in once more."""
    third = places(rows)[2]
    rows.insert(third, dict(rows[third]))


async def test_a_sound_archive_is_read_along_with_its_log(town: OldTown) -> None:
    report = await verified(town)
    assert report.findings == [] and report.complete
    assert report.archived_events == sum(each.events for each in await town.files()) > 60
    for shop in town.shops:
        await shop.receive(shop.sku, 3)
    await catch_up(town)
    assert await found(town) == []


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (alter, "altered"),
        (remove, "removed"),
        (swap_contents, "reordered"),
        (swap_rows, "reordered"),
        (repeat, "added"),
    ],
)
@pytest.mark.parametrize("hidden", [False, True], ids=["openly", "with the file's record"])
async def test_an_archived_event_that_was_tampered_with_is_named(
    town: OldTown, change: Callable[[list[Row]], None], kind: str, hidden: bool
) -> None:
    second = (await town.files())[1]
    version = min(each["version"] for each in rows_of(town, second) if each["stream"] == STREAM)
    doctor(town, second, change)
    if hidden:
        await fit_record(town, second, events=len(rows_of(town, second)))
    told = await found(town)
    named = (STREAM, version + (3 if change is swap_rows else 2), kind)
    assert named in told or (change is swap_rows and (STREAM, version + 2, kind) in told)
    assert {stream for stream, _, _ in told} <= ({STREAM} if hidden else {STREAM, None})
    assert ((None, None, "altered") in told) is not hidden


def rows_of(town: OldTown, file: Any) -> list[Row]:
    """What a file holds."""
    held: list[Row] = []
    path = doctor(town, file, held.extend)
    assert path.is_file()
    return held


async def test_a_chain_that_was_rewritten_in_the_archive_does_not_lead_to_the_log(
    town: OldTown,
) -> None:
    """Every hash in the files fits, and what was written down of them; the log was signed."""
    files = await town.files()
    held = {file.number: rows_of(town, file) for file in files}
    chain = [row for rows in held.values() for row in rows if row["stream"] == STREAM]
    alter(chain)
    rehash(chain)
    for file in files:
        doctor(town, file, lambda rows, new=held[file.number]: rows.__setitem__(slice(None), new))
        await fit_record(town, file, events=file.events)
    newest = chain[-1]["version"]
    assert await found(town) == [(STREAM, newest, "altered")]


async def test_a_file_that_is_gone_is_named_with_the_events_it_had(town: OldTown) -> None:
    first = (await town.files())[0]
    async with town.house.database("inventory").reading() as tx:
        left = await archived_boundaries(tx, "inventory")
    had = sorted({each["stream"] for each in rows_of(town, first)} & left.keys())
    (town.folder / first.name).unlink()
    told = await found(town)
    assert told[0] == (None, None, "removed")
    assert sorted(told[1:]) == [(stream, 1, "removed") for stream in had]


async def test_a_file_that_can_not_be_read_is_named(town: OldTown) -> None:
    first = (await town.files())[0]
    path = town.folder / first.name
    path.write_bytes(path.read_bytes()[:-100])
    report = await verified(town)
    assert any(first.name in each.finding and each.kind == "altered" for each in report.findings)
    assert (STREAM, 1, "removed") in [(e.stream, e.version, e.kind) for e in report.findings]


async def test_no_stream_can_be_taken_out_of_log_and_archive_unnoticed(town: OldTown) -> None:
    for file in await town.files():
        doctor(town, file, lambda rows: rows.__setitem__(slice(None), without(rows)))
        await fit_record(town, file, events=len(rows_of(town, file)))
    async with town.house.database("inventory").transaction() as tx:
        await tx.run("delete from platform.archived_stream where stream = %(s)s", {"s": STREAM})
        await tx.run("delete from inventory.event where stream = %(s)s", {"s": STREAM})
    ((stream, _, kind),) = await found(town)
    assert (stream, kind) == (STREAM, "removed")


def without(rows: list[Row]) -> list[Row]:
    """The events of other streams."""
    return [row for row in rows if row["stream"] != STREAM]


async def test_who_says_that_events_were_archived_must_have_them_there(town: OldTown) -> None:
    for shop in town.shops:
        await shop.receive(shop.sku, 3)
        await shop.receive(shop.sku, 4)
    await catch_up(town)
    async with town.house.database("inventory").transaction() as tx:
        gone = await tx.all(
            lambda *row: row,
            "delete from inventory.event where stream = %(s)s and version = ("
            "select max(version) - 1 from inventory.event where stream = %(s)s) "
            "returning version, hash",
            {"s": STREAM},
        )
        ((version, hash_),) = gone
        await tx.run(
            "update platform.archived_stream set version = %(version)s, hash = %(hash)s "
            "where stream = %(s)s",
            {"s": STREAM, "version": version, "hash": hash_},
        )
    assert (STREAM, version, "removed") in await found(town)


async def test_what_is_archived_during_a_verification_is_not_taken_for_removed(
    server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with old_town(server_url, tmp_path) as town:
        run, runs = LogCheck.run, 0

        async def archiving_first(self: LogCheck, *, give_up_at: float | None) -> None:
            nonlocal runs
            runs += 1
            if runs == 1:
                await town.archive(before=datetime.date(2026, 4, 1))
            await run(self, give_up_at=give_up_at)

        monkeypatch.setattr(LogCheck, "run", archiving_first)
        assert await found(town) == []
        assert runs == 2


async def test_a_verification_without_time_says_that_it_is_not_complete(
    town: OldTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped:
        """A clock that has run down."""

        @staticmethod
        def monotonic() -> float:
            return float("inf")

    monkeypatch.setattr("rackhouse.notary.archive_checking.time", Stopped)
    report = await verified(town, seconds_limit=60.0)
    assert not report.complete and report.events > 0
    assert (report.archived_events, report.findings) == (0, [])


async def test_without_the_library_it_says_so(
    town: OldTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ArchiveLibraryMissing):
        await verified(town)
