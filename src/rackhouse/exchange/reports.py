"""What an import came to, and how far it is."""

from collections.abc import Awaitable, Callable

import msgspec

from rackhouse.exchange.rules import Broken, Difference

__all__ = [
    "DIFFERENCES_TOLD",
    "PROBLEMS_TOLD",
    "CatalogReport",
    "Heed",
    "ImportCancelled",
    "ImportTerms",
    "Progress",
]

PROBLEMS_TOLD = 1_000
DIFFERENCES_TOLD = 1_000


class ImportTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be imported: only to say what it would change (``dry_run``), taking out
    what it lacks (``remove_missing``), and going on without what is broken (``skip_bad``)."""

    dry_run: bool
    remove_missing: bool
    skip_bad: bool


class CatalogReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import of the catalog came to: ``rows == products + rows_bad``, and ``products ==
    created + changed + unchanged``. ``imported`` is False where nothing was written, because it
    was a dry run or because something is broken; what is counted then is what would be done.

    ``problems`` and ``differences`` tell the first ``PROBLEMS_TOLD`` and ``DIFFERENCES_TOLD``.
    """

    imported: bool
    dry_run: bool
    rows: int
    products: int
    created: int
    changed: int
    unchanged: int
    removed: int
    rows_bad: int
    types_added: tuple[str, ...]
    types_changed: tuple[str, ...]
    problems: tuple[Broken, ...]
    differences: tuple[Difference, ...]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import is: rows that were read and checked, products that were written, and how
    many there are to write, once that is known."""

    rows_read: int
    products_written: int
    products_to_write: int | None


Heed = Callable[[Progress], Awaitable[None]]
"""Is told how far an import is, and may end it by raising `ImportCancelled`."""


class ImportCancelled(Exception):
    """Nobody wants this import any more. What it has written by now stays."""
