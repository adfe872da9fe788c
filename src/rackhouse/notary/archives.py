"""The files of events that have left their logs, and remain answerable."""

import msgspec

from rackhouse.notary.logs import logs_of
from rackhouse.platform.archive import ArchivedFile, archived_files
from rackhouse.platform.context import Context, operation

__all__ = ["ArchivePlace", "archived_page"]


class ArchivePlace(msgspec.Struct, frozen=True):
    """Where a page of archived files ended."""

    log: str
    number: int


@operation("checkpoints:read")
async def archived_page(
    *, context: Context, log: str | None, after: ArchivePlace | None, limit: int
) -> list[ArchivedFile]:
    """Files of a log's archive or of all, log by log in the order of their names, the oldest
    first. Refuses with `LogUnknown`."""
    place = (after.log, after.number) if after else ("", 0)
    found: list[ArchivedFile] = []
    for name in sorted(logs_of(context.house, log)):
        if name >= place[0] and len(found) < limit:
            async with context.house.database(name).reading() as tx:
                files = await archived_files(tx, name)
            found += [each for each in files if (each.log, each.number) > place]
    return found[:limit]
