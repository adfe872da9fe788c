"""Moving events out of their log: whatever happens in between, each of them is there, once."""

import asyncio
import datetime
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from old_towns import AFTER_ALL, OldTown, catch_up, every_event, old_town, read_all
from rackhouse.modules import MODULES
from rackhouse.platform import store
from rackhouse.platform.archive import (
    ArchiveLibraryMissing,
    ArchiveUnreadable,
    EventsDoNotFit,
    MonthNotOver,
    archive_events,
    moving,
    verify_archive,
)
from rackhouse.platform.archive.parquet import EventFileWriter
from rackhouse.platform.context import Context
from rackhouse.platform.events import Outgoing
from rackhouse.platform.house import House
from rackhouse.worker.upkeep import archive_old_events

Patch = Callable[[pytest.MonkeyPatch], None]


class PowerCut(Exception):
    """The machine has stopped."""


def cut(owner: Any, name: str, *, at: int) -> Any:
    """Stop at the so-manieth call of a function, before it does anything."""
    original, calls = getattr(owner, name), 0

    def stops(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            raise PowerCut
        return original(*args, **kwargs)

    return pytest.param(owner, name, stops, id=f"{name} {at}")


MOMENTS = [
    cut(EventFileWriter, "write", at=1),
    cut(moving, "_read_back", at=1),
    cut(moving, "_put_in_place", at=2),
    cut(store, "record_file", at=2),
    cut(Outgoing, "delete", at=1),
    cut(Outgoing, "delete", at=5),
    cut(store, "move_boundaries", at=4),
    cut(store, "mark_emptied", at=2),
]


@pytest.mark.parametrize(("owner", "name", "stops"), MOMENTS)
async def test_a_run_that_is_cut_off_loses_nothing_and_the_next_one_finishes(
    town: OldTown, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, stops: Any
) -> None:
    events, answers = await every_event(town), await town.answers(every=7)
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, stops)
        with pytest.raises(PowerCut):
            await town.archive()
    assert await every_event(town) == events
    assert await town.answers(every=7) == answers
    assert (await town.archive())["inventory"].stopped is None
    assert await every_event(town) == events
    assert await town.answers(every=7) == answers
    assert all(file.emptied_at is not None for file in await town.files())
    assert len(await town.log()) == len({each.stream for each in events})
    assert {each.name for each in town.folder.iterdir()} == {
        each.name for each in await town.files()
    }
    assert (await verify_archive(house=town.house)).findings == []


async def test_files_hold_their_events_by_stream_and_months_in_turn(town: OldTown) -> None:
    in_log = {each.position: each for each in await town.log()}
    await town.archive(before=datetime.date(2026, 4, 1))
    files = await town.files()
    assert {each.month for each in files} == {datetime.date(2026, 3, 1)}
    for file in files:
        events = read_all(town.folder / file.name)
        assert [(each.stream, each.version) for each in events] == sorted(
            (each.stream, each.version) for each in events
        )
        assert all(in_log[each.position] == each for each in events)
        assert all(each.recorded_at.month == 3 for each in events)
        assert (file.first, file.last) == (
            min(each.position for each in events),
            max(each.position for each in events),
        )
    later = [each for each in await town.log() if each.recorded_at.month == 4]
    assert later == [each for each in in_log.values() if each.recorded_at.month == 4]


async def test_a_month_that_is_not_over_is_refused(town: OldTown) -> None:
    next_month = (datetime.date.today() + datetime.timedelta(days=32)).replace(day=1)
    with pytest.raises(MonthNotOver):
        await town.archive(before=next_month)


async def test_what_a_subscriber_has_not_read_stays(
    server_url: str, tmp_path: Path, small_steps: None
) -> None:
    async with old_town(server_url, tmp_path, caught_up=False) as town:
        moved = (await town.archive())["inventory"]
        assert moved.files == [] and moved.stopped is not None
        assert moved.stopped.startswith("orders") and "up to 0-0 only" in moved.stopped
        await catch_up(town)
        assert (await town.archive())["inventory"].files != []


async def test_what_is_not_signed_stays(
    server_url: str, tmp_path: Path, small_steps: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with old_town(server_url, tmp_path, caught_up=False) as town:
        monkeypatch.setattr("old_towns.sign_checkpoints", _nothing)
        await catch_up(town)
        stopped = (await town.archive())["inventory"].stopped
        assert stopped is not None and stopped.startswith("notary has read inventory up to 0-0")


async def _nothing(**_: object) -> None: ...


async def test_events_that_may_still_get_company_stay(town: OldTown) -> None:
    async with town.house.database("inventory").transaction() as older:
        await older.one(str, "select pg_current_xact_id()::text")
        for shop in town.shops:
            await shop.receive(shop.sku, 1)
        unsettled = await town.log()
        await town.archive()
    assert len(await town.log()) == len({each.stream for each in unsettled}) + len(town.shops)


async def test_two_runs_at_once_do_not_meet(town: OldTown) -> None:
    one, two = await asyncio.gather(town.archive(), town.archive())
    stopped = {one["inventory"].stopped, two["inventory"].stopped}
    assert stopped in ({None, "another run is archiving it"}, {None})
    assert (await verify_archive(house=town.house)).findings == []
    assert len({each.name for each in await town.files()}) == len(await town.files())


async def test_a_log_that_was_tampered_with_is_not_archived(town: OldTown) -> None:
    async with town.house.database("inventory").transaction() as tx:
        await tx.run(
            "update inventory.event set actor = 'somebody else' "
            "where version = 1 and stream like 'GIN@%%'"
        )
    before = await town.log()
    with pytest.raises(EventsDoNotFit, match="event 1 of GIN@gin-cellar does not fit its hash"):
        await town.archive()
    assert await town.log() == before and await town.files() == []


async def test_files_that_are_missing_or_altered_are_found(town: OldTown) -> None:
    await town.archive()
    first, second, *_ = await town.files()
    (town.folder / first.name).unlink()
    damaged = bytearray((town.folder / second.name).read_bytes())
    damaged[100] ^= 1
    (town.folder / second.name).write_bytes(damaged)
    findings = [
        (each.file, each.finding) for each in (await verify_archive(house=town.house)).findings
    ]
    assert (first.name, "the file is not there") in findings
    assert any(file == second.name and "SHA-256" in finding for file, finding in findings)


async def test_a_log_that_does_not_go_on_from_its_archive_is_found(town: OldTown) -> None:
    await town.archive()
    async with town.house.database("inventory").transaction() as tx:
        await tx.run("update inventory.event set hash = sha256(hash) where stream like 'GIN@%%'")
    (finding,) = (await verify_archive(house=town.house)).findings
    assert "GIN@gin-cellar" in finding.finding and finding.log == "inventory"


async def test_a_question_about_a_file_that_is_not_there_is_refused(town: OldTown) -> None:
    await town.archive()
    for file in await town.files():
        (town.folder / file.name).unlink()
    with pytest.raises(ArchiveUnreadable) as refused:
        await town.answers()
    assert str(town.folder) not in str(refused.value)


async def test_without_the_library_nothing_is_archived_and_it_says_so(
    town: OldTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ArchiveLibraryMissing):
        await town.archive()
    assert await town.files() == []


async def test_the_job_moves_what_the_settings_call_old(town: OldTown) -> None:
    context = Context.of_service(town.house, "worker", frozenset())
    await archive_old_events(context)
    assert await town.files() == []
    settings = msgspec.structs.replace(town.house.settings, archive_after_days=30)
    async with House(settings, MODULES) as house:
        context = Context.of_service(house, "worker", frozenset())
        await archive_old_events(context)
        await archive_old_events(context)
    assert len(await town.files()) == 2


async def test_all_logs_are_archived_alike(town: OldTown) -> None:
    moved = await archive_events(
        house=town.house, before=AFTER_ALL, files_limit=None, progress=lambda _: None
    )
    assert {each.log for each in moved} == {
        each.name for each in MODULES if each.event_log is not None
    }
