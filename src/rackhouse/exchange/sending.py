"""Imports over the API: files are sent piece by piece, wait in line, and are looked after."""

import contextlib
import datetime
from collections.abc import AsyncGenerator, AsyncIterator

from rackhouse.exchange import store
from rackhouse.exchange.errors import ImportEnded, ImportNotFound, ImportTooLarge, TooManyImports
from rackhouse.exchange.formats import Form
from rackhouse.exchange.reports import ImportTerms
from rackhouse.exchange.runs import ENDED, CatalogImport, ImportPlace
from rackhouse.platform.context import Context, operation
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.ids import is_uuid, new_id
from rackhouse.platform.store import server_time

__all__ = ["cancel_import", "import_of", "imports_page", "send_import"]

OPEN_MAX = 100
PIECE_BYTES = 1_048_576


@operation("catalog:import")
async def send_import(
    *, context: Context, form: Form, terms: ImportTerms, pieces: AsyncIterator[bytes]
) -> CatalogImport:
    """Take a file in piece by piece and have a worker import it. A file that does not come to its
    end is forgotten.

    Refuses with `TooManyImports` and `ImportTooLarge`.
    """
    database = context.house.database("exchange")
    limit = context.house.settings.import_max_bytes
    import_id = await _opened(context, form, terms)
    number = size = 0
    try:
        async with contextlib.aclosing(_joined(pieces)) as joined:
            async for data in joined:
                size += len(data)
                if size > limit:
                    raise ImportTooLarge(limit_bytes=limit)
                async with database.transaction() as tx:
                    await store.add_piece(tx, import_id, number, data)
                number += 1
        async with database.transaction() as tx:
            await store.release(tx, import_id, size)
    except BaseException:
        async with database.transaction() as tx:
            await store.delete_import(tx, import_id)
        raise
    return await _known(context, import_id)


@operation("catalog:import")
async def import_of(*, context: Context, import_id: str) -> CatalogImport:
    """An import with its report. Refuses with `ImportNotFound`."""
    return await _known(context, import_id)


@operation("catalog:import")
async def imports_page(
    *, context: Context, before: ImportPlace | None, limit: int
) -> list[CatalogImport]:
    """Imports without their reports, the newest first, before a place."""
    place = None if before is None else (before.created_at, before.id)
    async with context.house.database("exchange").reading() as tx:
        return await store.imports_page(tx, before=place, limit=limit)


@operation("catalog:import")
async def cancel_import(*, context: Context, import_id: str) -> CatalogImport:
    """Have an import end. One that waits has ended at once; one that runs ends within moments, and
    what it has written stays. Cancelling again changes nothing.

    Refuses with `ImportNotFound` and `ImportEnded`.
    """
    if not is_uuid(import_id):
        raise ImportNotFound(import_id=import_id)
    async with context.house.database("exchange").transaction() as tx:
        await claim(tx, context.idempotency)
        await store.want_cancelled(tx, import_id)
        found = await store.import_of(tx, import_id)
        if found is None:
            raise ImportNotFound(import_id=import_id)
        if found.status in ENDED and found.status != "cancelled":
            raise ImportEnded(import_id=import_id, ended_as=found.status)
        now = await server_time(tx)
        await remember_answer(tx, context.idempotency, found, answered_at=now)
    return found


async def _opened(context: Context, form: Form, terms: ImportTerms) -> str:
    async with context.house.database("exchange").transaction() as tx:
        await store.lock_line(tx)
        if await store.count_open(tx) >= OPEN_MAX:
            raise TooManyImports(limit=OPEN_MAX)
        new = _new_import(context, form, terms, await server_time(tx))
        await store.insert_import(tx, new)
    return new.id


def _new_import(
    context: Context, form: Form, terms: ImportTerms, now: datetime.datetime
) -> CatalogImport:
    return CatalogImport(
        id=new_id(),
        status="uploading",
        form=form.name,
        dry_run=terms.dry_run,
        remove_missing=terms.remove_missing,
        skip_bad=terms.skip_bad,
        size_bytes=0,
        rows_read=0,
        products_written=0,
        products_to_write=None,
        attempts=0,
        cancel_wanted=False,
        problem=None,
        report=None,
        started_by=context.caller.subject,
        created_at=now,
        began_at=None,
        ended_at=None,
    )


async def _known(context: Context, import_id: str) -> CatalogImport:
    found = None
    if is_uuid(import_id):
        async with context.house.database("exchange").reading() as tx:
            found = await store.import_of(tx, import_id)
    if found is None:
        raise ImportNotFound(import_id=import_id)
    return found


async def _joined(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same bytes in pieces that are worth a row each."""
    waiting = bytearray()
    async for each in pieces:
        waiting += each
        while len(waiting) >= PIECE_BYTES:
            yield bytes(waiting[:PIECE_BYTES])
            del waiting[:PIECE_BYTES]
    if waiting:
        yield bytes(waiting)
