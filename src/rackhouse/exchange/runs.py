"""Imports over the API: a file that was sent, waits for a worker, and what became of it."""

import datetime
from typing import Any, Literal, TypeAlias

import msgspec

from rackhouse.exchange.reports import CatalogReport

__all__ = ["ENDED", "WAITING", "CatalogImport", "ImportPlace", "Status", "read_import"]

Status: TypeAlias = Literal[
    "uploading", "waiting", "running", "done", "refused", "failed", "cancelled"
]
WAITING: tuple[Status, ...] = ("waiting", "running")
ENDED: tuple[Status, ...] = ("done", "refused", "failed", "cancelled")


class CatalogImport(msgspec.Struct, frozen=True, kw_only=True):
    """An import. It is ``done``, or ``refused`` where something is broken and nothing was written,
    or ``failed`` with a ``problem``; what was written before it failed or was ``cancelled`` stays.
    """

    id: str
    status: Status
    form: str
    dry_run: bool
    remove_missing: bool
    skip_bad: bool
    size_bytes: int
    rows_read: int
    products_written: int
    products_to_write: int | None
    attempts: int
    cancel_wanted: bool
    problem: str | None
    report: CatalogReport | None
    started_by: str
    created_at: datetime.datetime
    began_at: datetime.datetime | None
    ended_at: datetime.datetime | None


class ImportPlace(msgspec.Struct, frozen=True, array_like=True):
    """The place of an import in the list, the newest first."""

    created_at: datetime.datetime
    id: str


def read_import(*values: Any) -> CatalogImport:
    """An import from its row."""
    said = dict(zip(CatalogImport.__struct_fields__, values, strict=True))
    if said["report"] is not None:
        said["report"] = msgspec.json.decode(said["report"], type=CatalogReport)
    return CatalogImport(**said)
