"""The refusals of export and import."""

from dataclasses import dataclass

from rackhouse.platform.errors import Busy, Conflict, Invalid, NotFound, PayloadTooLarge

__all__ = [
    "ExchangeFileUnreadable",
    "FormatUnknown",
    "ImportEnded",
    "ImportNotFound",
    "ImportTooLarge",
    "ParquetLibraryMissing",
    "PartOfCatalog",
    "TooManyExports",
    "TooManyImports",
]


@dataclass(eq=False)
class ExchangeFileUnreadable(Invalid):
    """{file} can not be read: {problem}"""

    file: str
    problem: str


@dataclass(eq=False)
class FormatUnknown(Invalid):
    """{file}: its name says no format. Say csv, jsonl or parquet."""

    file: str


@dataclass(eq=False)
class ParquetLibraryMissing(Conflict):
    """Parquet needs pyarrow, which is not installed. Install rackhouse with its extra `archive`, or
    use csv or jsonl."""


@dataclass(eq=False)
class PartOfCatalog(Invalid):
    """{file} holds only what was changed since {since}, so what it lacks is not missing. Export all
    of it, or leave what is missing in the catalog."""

    file: str
    since: str


@dataclass(eq=False)
class ImportNotFound(NotFound):
    """There is no import {import_id}."""

    import_id: str


@dataclass(eq=False)
class ImportEnded(Conflict):
    """The import {import_id} has ended ({ended_as}), so it can not be cancelled any more."""

    import_id: str
    ended_as: str


@dataclass(eq=False)
class ImportTooLarge(PayloadTooLarge):
    """The file is larger than {limit_bytes} bytes. Compress it, import it on the machine with
    `rackhouse import`, or raise RACKHOUSE_IMPORT_MAX_BYTES."""

    limit_bytes: int


@dataclass(eq=False)
class TooManyExports(Busy):
    """{limit} exports are being made by this process already. Ask again in a moment."""

    limit: int


@dataclass(eq=False)
class TooManyImports(Busy):
    """{limit} imports wait already. Send the file again when some of them have ended."""

    limit: int
