"""Files of an archive that somebody writes anew with other events in them."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pyarrow
import pyarrow.parquet

from old_towns import OldTown
from rackhouse.platform.events import GENESIS, chained, recorded_text
from rackhouse.platform.store import ArchivedFile

__all__ = ["ROWS_IN_GROUP", "Row", "doctor", "fit_record", "rehash"]

ROWS_IN_GROUP = 3

Row = dict[str, Any]


def doctor(town: OldTown, file: ArchivedFile, change: Callable[[list[Row]], None]) -> Path:
    """Let a file hold what a change makes of its events."""
    path = town.folder / file.name
    table = pyarrow.parquet.read_table(path)
    rows = table.to_pylist()
    change(rows)
    changed = pyarrow.Table.from_pylist(rows, schema=table.schema)
    pyarrow.parquet.write_table(changed, path, row_group_size=ROWS_IN_GROUP)
    return path


async def fit_record(town: OldTown, file: ArchivedFile, *, events: int) -> None:
    """Write down of a doctored file what it is now, as somebody would who hides what they did."""
    digest = sha256((town.folder / file.name).read_bytes()).digest()
    async with town.house.database("inventory").transaction() as tx:
        await tx.run(
            "update platform.archived_file set sha256 = %(digest)s, events = %(events)s "
            "where log = 'inventory' and number = %(number)s",
            {"digest": digest, "events": events, "number": file.number},
        )


def rehash(rows: list[Row]) -> None:
    """Make the hashes of one stream's events fit, from the first of them on."""
    previous = GENESIS
    for row in rows:
        recorded = (
            *(row[name] for name in ("stream", "version", "type", "data", "actor", "channel")),
            row["correlation_id"],
            recorded_text(row["recorded_at"]),
        )
        row["hash"] = previous = chained(previous, msgspec.convert(recorded, tuple))
