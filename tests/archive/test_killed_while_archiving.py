"""A process that is killed while it archives leaves every event in one place, and once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from old_towns import OldTown, every_event
from rackhouse.notary import verify_logs
from rackhouse.platform.archive import verify_archive

ARCHIVER = Path(__file__).with_name("archiver_that_is_killed.py")
MOVING = "rackhouse.platform.archive.moving"
STORE = "rackhouse.platform.store"
OUTGOING = "rackhouse.platform.events.outgoing:Outgoing"

MOMENTS = [
    (f"{MOVING}:EventFileWriter.write", 3),
    (f"{MOVING}:EventFileWriter.close", 2),
    (f"{MOVING}:_read_back", 1),
    (f"{MOVING}:_put_in_place", 2),
    (f"{MOVING}:server_time", 3),
    (f"{STORE}:record_file", 2),
    (f"{OUTGOING}.delete", 1),
    (f"{OUTGOING}.delete", 6),
    (f"{STORE}:move_boundaries", 2),
    (f"{STORE}:move_boundaries", 5),
    (f"{STORE}:mark_emptied", 3),
]


def killed_at(town: OldTown, place: str, number: int) -> None:
    """Let a process of its own archive the town, and be killed."""
    settings = town.house.settings
    assert settings.database_url is not None
    run = subprocess.run(
        [sys.executable, str(ARCHIVER), place, str(number)],
        env={
            **{name: each for name, each in os.environ.items() if "RACKHOUSE" not in name},
            "RACKHOUSE_DATABASE_URL": settings.database_url,
            "RACKHOUSE_DATA": str(settings.data),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == -signal.SIGKILL, run.stderr


@pytest.mark.parametrize(("place", "number"), MOMENTS)
async def test_a_process_that_is_killed_loses_and_doubles_nothing(
    town: OldTown, place: str, number: int
) -> None:
    events, answers = await every_event(town), await town.answers(every=9)
    killed_at(town, place, number)
    assert await every_event(town) == events
    assert await town.answers(every=9) == answers
    report = await verify_logs(context=town.context, log=None, saved=[], seconds_limit=None)
    assert report.findings == []
    assert (await town.archive())["inventory"].stopped is None
    assert await every_event(town) == events
    assert await town.answers(every=9) == answers
    assert len(await town.log()) == len({each.stream for each in events})
    there = {each.name for each in town.folder.iterdir()}
    assert there == {each.name for each in await town.files()}
    report = await verify_logs(context=town.context, log=None, saved=[], seconds_limit=None)
    assert report.findings == [] and report.archived_events >= len(events) - 2
    assert (await verify_archive(house=town.house)).findings == []
