"""Carrying out what was sent: one import at a time in all of the house, by whichever worker."""

import asyncio
import tempfile
from typing import BinaryIO, cast

import structlog

from rackhouse.exchange import store
from rackhouse.exchange.formats import FORMS
from rackhouse.exchange.importing import import_catalog
from rackhouse.exchange.reports import (
    CatalogReport,
    Heed,
    ImportCancelled,
    ImportTerms,
    Progress,
)
from rackhouse.exchange.runs import CatalogImport
from rackhouse.platform.context import Caller, Context
from rackhouse.platform.database import Database, DatabaseUnavailable, Transaction
from rackhouse.platform.errors import Refusal
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.tasks import ended

__all__ = ["carry_out_next", "forget_imports", "keep_importing"]

LOOK_EVERY_SECONDS = 1.0
ATTEMPTS_MAX = 3
KEPT_DAYS = 90
UPLOAD_HOURS = 6
PERMISSIONS = frozenset({"catalog:import"})

_log = structlog.get_logger(__name__)


async def keep_importing(house: House) -> None:
    """Carry imports out from now on, whenever nobody else does. Whose turn it is ends with a
    session of the database, so a killed worker's is free at once."""
    while True:
        try:
            await _with_a_session(house)
        except DatabaseUnavailable as reason:
            _log.warning("importing_put_off", reason=str(reason))
        except Exception:
            _log.exception("importing_failed")
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def carry_out_next(house: House) -> bool:
    """Carry out the import that is next in line; says whether there was one. One that was begun
    ``ATTEMPTS_MAX`` times and never came to its end is given up."""
    database = house.database("exchange")
    async with database.transaction() as tx:
        found = await store.next_import(tx)
        if found is None:
            return False
        given_up = found.attempts >= ATTEMPTS_MAX
        if given_up:
            problem = f"It was cut off {found.attempts} times. What it wrote by then stays."
            await store.end(tx, found.id, status="failed", problem=problem, report=None)
        else:
            await store.begin(tx, found.id)
    if not given_up:
        await _carry_out(house, database, found)
    async with database.transaction() as tx:
        await store.delete_pieces(tx)
    return True


async def forget_imports(*, context: Context) -> None:
    """Forget imports that ended ``KEPT_DAYS`` ago, and files that never came to their end."""
    async with context.house.database("exchange").transaction() as tx:
        await store.forget(tx, days=KEPT_DAYS, upload_hours=UPLOAD_HOURS)


async def _with_a_session(house: House) -> None:
    connection = await house.database("exchange").connect()
    async with connection:
        session = Transaction(connection, begun=True)
        while not await store.try_turn(session):  # noqa: ASYNC110 - it is asked of the database
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        while True:
            working = asyncio.create_task(carry_out_next(house))
            try:
                # A session that has ended is another worker's turn: asked while we work.
                while not working.done():
                    await asyncio.wait([working], timeout=LOOK_EVERY_SECONDS)
                    await store.try_turn(session)
            finally:
                await ended(working)
            if not working.result():
                await asyncio.sleep(LOOK_EVERY_SECONDS)


async def _carry_out(house: House, database: Database, found: CatalogImport) -> None:
    async def heed(progress: Progress) -> None:
        async with database.transaction() as tx:
            if not await store.tell(tx, found.id, progress):
                raise ImportCancelled

    status, problem, report = "failed", None, None
    try:
        report = await _imported(house, database, found, heed)
        broken = not report.imported and not report.dry_run
        status = "refused" if broken else "done"
    except ImportCancelled:
        status = "cancelled"
    except DatabaseUnavailable:
        raise  # it is begun anew
    except Refusal as refusal:
        status, problem = "refused", str(refusal)
    except Exception as fault:
        _log.exception("import_failed", import_id=found.id)
        problem = f"Something failed that should not ({type(fault).__name__}); it is in the log."
    async with database.transaction() as tx:
        await store.end(tx, found.id, status=status, problem=problem, report=report)


async def _imported(
    house: House, database: Database, found: CatalogImport, heed: Heed
) -> CatalogReport:
    caller = Caller(subject=found.started_by, permissions=PERMISSIONS)
    with tempfile.TemporaryFile(prefix="rackhouse-import-") as file:
        await _fetch(database, found.id, cast(BinaryIO, file))
        return await import_catalog(
            context=Context(house=house, caller=caller, correlation_id=new_id()),
            form=FORMS[found.form],
            file=cast(BinaryIO, file),
            name="the file",
            head=None,
            terms=ImportTerms(
                dry_run=found.dry_run,
                remove_missing=found.remove_missing,
                skip_bad=found.skip_bad,
            ),
            heed=heed,
        )


async def _fetch(database: Database, import_id: str, file: BinaryIO) -> None:
    number = 0
    while True:
        async with database.reading() as tx:
            data = await store.piece(tx, import_id, number)
        if data is None:
            return
        await asyncio.to_thread(file.write, data)
        number += 1
