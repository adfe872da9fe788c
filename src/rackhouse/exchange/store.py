"""Every SQL statement of exchange."""

import datetime
from typing import Any

import msgspec

from rackhouse.exchange.reports import CatalogReport, Progress
from rackhouse.exchange.runs import CatalogImport, read_import
from rackhouse.platform.database import Transaction

__all__ = [
    "add_piece",
    "begin",
    "count_open",
    "delete_import",
    "delete_pieces",
    "end",
    "forget",
    "import_of",
    "imports_page",
    "insert_import",
    "lock_line",
    "next_import",
    "piece",
    "release",
    "tell",
    "try_turn",
    "want_cancelled",
]

NUL, REPLACEMENT = "\\u0000", "\\ufffd"


async def try_turn(session: Transaction) -> bool:
    """Be the only one to carry imports out for as long as the session lasts, unless somebody else
    is. It is no transaction: that would last for minutes."""
    return await session.one(
        bool, "select pg_try_advisory_lock(hashtextextended('exchange.import', 1))"
    )


async def lock_line(tx: Transaction) -> None:
    """Be the only one who adds to the line until the end of the transaction."""
    await tx.run("select pg_advisory_xact_lock(hashtextextended('exchange.line', 1))")


async def count_open(tx: Transaction) -> int:
    """How many imports have not ended."""
    return await tx.one(
        int,
        "select count(*) from exchange.import where status in ('uploading', 'waiting', 'running')",
    )


async def insert_import(tx: Transaction, new: CatalogImport) -> None:
    """Write down an import whose file is about to come."""
    row: dict[str, Any] = {
        name: getattr(new, name) for name in new.__struct_fields__ if name != "report"
    }
    await tx.run(
        """
        insert into exchange.import
            (id, status, form, dry_run, remove_missing, skip_bad, size_bytes, rows_read,
             products_written, products_to_write, attempts, cancel_wanted, problem, started_by,
             created_at, began_at, ended_at)
        values (%(id)s, %(status)s, %(form)s, %(dry_run)s, %(remove_missing)s, %(skip_bad)s,
            %(size_bytes)s, %(rows_read)s, %(products_written)s, %(products_to_write)s,
            %(attempts)s, %(cancel_wanted)s, %(problem)s, %(started_by)s, %(created_at)s,
            %(began_at)s, %(ended_at)s)
        """,
        row,
    )


async def add_piece(tx: Transaction, import_id: str, number: int, data: bytes) -> None:
    """Keep a piece of the file of an import."""
    await tx.run(
        """
        insert into exchange.piece (import_id, number, data)
        values (%(id)s, %(number)s, %(data)s::bytea)
        """,
        {"id": import_id, "number": number, "data": data},
    )


async def release(tx: Transaction, import_id: str, size_bytes: int) -> None:
    """Let an import wait for a worker: its file is whole."""
    await tx.run(
        """
        update exchange.import set status = 'waiting', size_bytes = %(size)s
        where id = %(id)s and status = 'uploading'
        """,
        {"id": import_id, "size": size_bytes},
    )


async def delete_import(tx: Transaction, import_id: str) -> None:
    """Delete an import with its file."""
    await tx.run("delete from exchange.import where id = %(id)s", {"id": import_id})


async def import_of(tx: Transaction, import_id: str) -> CatalogImport | None:
    """An import."""
    return await tx.maybe(
        read_import,
        """
        select id::text, status, form, dry_run, remove_missing, skip_bad, size_bytes, rows_read,
            products_written, products_to_write, attempts, cancel_wanted, problem, report::text,
            started_by, created_at, began_at, ended_at
        from exchange.import where id = %(id)s and status <> 'uploading'
        """,
        {"id": import_id},
    )


async def imports_page(
    tx: Transaction, *, before: tuple[datetime.datetime, str] | None, limit: int
) -> list[CatalogImport]:
    """Imports without their reports, the newest first, before a (time, id)."""
    return await tx.all(
        read_import,
        """
        select id::text, status, form, dry_run, remove_missing, skip_bad, size_bytes, rows_read,
            products_written, products_to_write, attempts, cancel_wanted, problem, null,
            started_by, created_at, began_at, ended_at
        from exchange.import
        where status <> 'uploading' and (%(created_at)s::timestamptz is null
            or (created_at, id) < (%(created_at)s::timestamptz, %(id)s::uuid))
        order by created_at desc, id desc limit %(limit)s
        """,
        {
            "created_at": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )


async def want_cancelled(tx: Transaction, import_id: str) -> None:
    """Have an import end: at once where it waits, soon where it runs."""
    await tx.run(
        """
        update exchange.import set cancel_wanted = true,
            status = case status when 'waiting' then 'cancelled' else status end,
            ended_at = case status when 'waiting' then now() else ended_at end
        where id = %(id)s and status in ('waiting', 'running')
        """,
        {"id": import_id},
    )


async def next_import(tx: Transaction) -> CatalogImport | None:
    """The import that is next in line: one that a worker has left behind goes first."""
    return await tx.maybe(
        read_import,
        """
        select id::text, status, form, dry_run, remove_missing, skip_bad, size_bytes, rows_read,
            products_written, products_to_write, attempts, cancel_wanted, problem, report::text,
            started_by, created_at, began_at, ended_at
        from exchange.import where status in ('waiting', 'running')
        order by status, created_at, id limit 1
        """,
    )


async def begin(tx: Transaction, import_id: str) -> None:
    """Note that an import is begun, maybe not for the first time."""
    await tx.run(
        """
        update exchange.import set status = 'running', attempts = attempts + 1,
            began_at = coalesce(began_at, now())
        where id = %(id)s and status in ('waiting', 'running')
        """,
        {"id": import_id},
    )


async def piece(tx: Transaction, import_id: str, number: int) -> bytes | None:
    """A piece of the file of an import."""
    return await tx.maybe(
        bytes,
        "select data from exchange.piece where import_id = %(id)s and number = %(number)s",
        {"id": import_id, "number": number},
    )


async def tell(tx: Transaction, import_id: str, progress: Progress) -> bool:
    """Write down how far an import is; says whether it is still wanted."""
    wanted = await tx.maybe(
        bool,
        """
        update exchange.import set rows_read = %(rows_read)s,
            products_written = %(products_written)s, products_to_write = %(products_to_write)s
        where id = %(id)s and status = 'running' returning not cancel_wanted
        """,
        {"id": import_id, **msgspec.structs.asdict(progress)},
    )
    return bool(wanted)


async def end(
    tx: Transaction,
    import_id: str,
    *,
    status: str,
    problem: str | None,
    report: CatalogReport | None,
) -> None:
    """Write down what became of an import."""
    await tx.run(
        """
        update exchange.import set status = %(status)s, problem = %(problem)s,
            report = %(report)s::jsonb, ended_at = now()
        where id = %(id)s and status in ('waiting', 'running')
        """,
        {
            "id": import_id,
            "status": status,
            "problem": problem,
            "report": None if report is None else _storable(report),
        },
    )


async def delete_pieces(tx: Transaction) -> None:
    """Delete the files of the imports that have ended."""
    await tx.run(
        """
        delete from exchange.piece where import_id in (
            select id from exchange.import where ended_at is not null)
        """
    )


async def forget(tx: Transaction, *, days: int, upload_hours: int) -> None:
    """Forget imports that ended some days ago, and files that were never sent to their end."""
    await tx.run(
        """
        delete from exchange.import
        where ended_at < now() - make_interval(days => %(days)s)
           or (status = 'uploading'
               and created_at < now() - make_interval(hours => %(hours)s))
        """,
        {"days": days, "hours": upload_hours},
    )


def _storable(report: CatalogReport) -> str:
    """A report as JSON that the database can keep: it quotes what may be in a broken file."""
    return msgspec.json.encode(report).decode().replace(NUL, REPLACEMENT)
