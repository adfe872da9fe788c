"""Sweeping: files that belong to no asset are removed, whatever left them behind."""

import datetime
import time
from collections.abc import Mapping, Sequence
from itertools import groupby

import structlog

from rackhouse.media import store
from rackhouse.media.assets import shown_by
from rackhouse.media.files import Files, Kept, MediaFiles
from rackhouse.media.rules.files import id_in_key
from rackhouse.platform.context import Context
from rackhouse.platform.module import Job
from rackhouse.platform.store import server_time

__all__ = ["JOBS", "sweep_files"]

PAGE_FILES = 1_000
RUN_SECONDS = 30.0
LEFT_ALONE = datetime.timedelta(hours=1)
"""How long a file is left alone: an upload writes its files before it is written down."""

_log = structlog.get_logger(__name__)


async def sweep_files(*, context: Context) -> int:
    """Remove files that no asset has, and those of assets that were removed, once they are an hour
    old; says how many. It goes on where the last run ended, for half a minute at most.

    Files of a removed asset that a product names all the same are kept, and told in the log.
    """
    files, give_up_at = context.house.the(MediaFiles).files, time.monotonic() + RUN_SECONDS
    database = context.house.database("media")
    async with database.reading() as tx:
        after = await store.read_sweep(tx)
    swept, ended = 0, False
    while not ended and time.monotonic() < give_up_at:
        page = await files.page(after=after, limit=PAGE_FILES)
        swept += await _sweep(context, files, page)
        ended = len(page) < PAGE_FILES
        after = "" if ended else page[-1].key
        async with database.transaction() as tx:
            await store.write_sweep(tx, after)
    return swept


async def _sweep(context: Context, files: Files, page: Sequence[Kept]) -> int:
    async with context.house.database("media").reading() as tx:
        before = await server_time(tx) - LEFT_ALONE
    old = [each for each in page if each.changed_at < before and id_in_key(each.key)]
    swept = 0
    for asset_id, group in groupby(old, key=_asset_of):
        swept += await _sweep_asset(context, files, asset_id, [each.key for each in group], before)
    return swept


def _asset_of(kept: Kept) -> str:
    found = id_in_key(kept.key)
    assert found is not None
    return found[0]


async def _sweep_asset(
    context: Context,
    files: Files,
    asset_id: str,
    keys: Sequence[str],
    before: datetime.datetime,
) -> int:
    """Remove those of an asset's files that are left over. Under the lock it is looked again: who
    sends the same file at this moment has written it anew."""
    async with context.house.database("media").transaction() as tx:
        await store.lock_asset(tx, asset_id)
        row = await store.read_asset(tx, asset_id)
        own: Mapping[str, None] = dict.fromkeys(row.file_names()) if row else {}
        if row is not None and row.removed:
            product_id = await shown_by(context.house, asset_id)
            if product_id is not None:
                _log.warning("removed_media_is_shown", asset=asset_id, product=product_id)
                return 0
            own = {}
        orphans = [key for key in keys if (id_in_key(key) or ("", ""))[1] not in own]
        found = [await files.find(key) for key in orphans]
        left_over = [each.key for each in found if each and each.changed_at < before]
        await files.remove(left_over)
    return len(left_over)


JOBS = (
    Job(
        name="media.sweep_files",
        every_seconds=600,
        permissions=frozenset(),
        run=sweep_files,
    ),
)
