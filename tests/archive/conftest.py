"""Towns with a long past."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from old_towns import OldTown, old_town
from rackhouse.inventory import snapshots
from rackhouse.platform.archive import moving
from rackhouse.platform.events import outgoing


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots that are close together, small files, and few deletions at a time."""
    monkeypatch.setattr(snapshots, "SNAPSHOT_DISTANCE", 9)
    monkeypatch.setattr(moving, "FILE_EVENTS_LIMIT", 11)
    monkeypatch.setattr(moving, "DELETE_LIMIT", 4)
    monkeypatch.setattr(outgoing, "FETCH", "fetch 3 from rackhouse_archive")


@pytest.fixture
async def town(server_url: str, tmp_path: Path, small_steps: None) -> AsyncIterator[OldTown]:
    """A town that nobody else uses."""
    async with old_town(server_url, tmp_path) as town:
        yield town
