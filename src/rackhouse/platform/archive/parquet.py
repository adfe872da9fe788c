"""Events in Parquet files: sorted by stream and version, so that one stream's are found by the
statistics of their row groups."""

import bisect
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rackhouse.platform.archive.errors import ArchiveLibraryMissing, ArchiveUnreadable
from rackhouse.platform.events import Event, Position

__all__ = ["EventFile", "EventFileWriter"]

COMPRESSION = "zstd"
READABLE_BY_OWNER = 0o600


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.compute
        import pyarrow.parquet
    except ImportError as error:
        raise ArchiveLibraryMissing() from error
    return pyarrow, pyarrow.parquet


class EventFileWriter:
    """Writes a file, each page of events as a row group. It is complete once it is closed."""

    def __init__(self, path: Path) -> None:
        self._arrow, parquet = _arrow()
        self._schema = _schema(self._arrow)
        self._file = os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, READABLE_BY_OWNER), "wb"
        )
        self._writer = parquet.ParquetWriter(self._file, self._schema, compression=COMPRESSION)

    def write(self, events: Sequence[Event]) -> None:
        """Write some events, in the order of their streams and versions."""
        columns = zip(*(_row(each) for each in events), strict=True)
        arrays = [
            self._arrow.array(values, type=field.type)
            for field, values in zip(self._schema, columns, strict=True)
        ]
        table = self._arrow.Table.from_arrays(arrays, schema=self._schema)
        self._writer.write_table(table, row_group_size=len(events))

    def close(self) -> None:
        """Finish the file and have the disk keep it."""
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Let go of a file that will not be finished; the next run deletes it."""
        with suppress(OSError, self._arrow.ArrowException):
            self._writer.close()
        self._file.close()


class EventFile:
    """A file to read from; refuses with `ArchiveUnreadable` what is no such file."""

    def __init__(self, path: Path) -> None:
        self._arrow, parquet = _arrow()
        self._name = path.name
        try:
            self._file = parquet.ParquetFile(path)
        except (OSError, self._arrow.ArrowException) as error:
            raise ArchiveUnreadable(file=path.name, reason=_reason(error)) from error
        if not self._file.schema_arrow.equals(_schema(self._arrow)):
            raise ArchiveUnreadable(file=path.name, reason="its columns are others")

    @property
    def groups(self) -> range:
        """The numbers of its row groups."""
        return range(self._file.num_row_groups)

    def groups_of(self, stream: str) -> list[int]:
        """The row groups in which events of a stream may be, in the order of their versions."""
        return [number for number in self.groups if self._may_hold(number, stream)]

    def groups_of_any(self, streams: Sequence[str]) -> list[int]:
        """The same for some streams, which are given in order."""
        return [number for number in self.groups if self._may_hold_any(number, streams)]

    def read(self, group: int) -> list[Event]:
        """Every event of a row group."""
        return list(self._events(group, lambda _: None))

    def read_stream(self, group: int, stream: str, text: str = "") -> list[Event]:
        """The events of a stream in a row group whose data has a text in it, oldest first."""
        compute = self._arrow.compute

        def chosen(table: Any) -> Any:
            of_stream = compute.equal(table["stream"], stream)
            if not text:
                return of_stream
            return compute.and_(of_stream, compute.match_substring(table["data"], text))

        return list(self._events(group, chosen))

    def read_streams(self, group: int, streams: Sequence[str]) -> list[Event]:
        """The events of some streams in a row group, each stream's oldest first."""
        names = self._arrow.array(streams, type=self._arrow.string())
        compute = self._arrow.compute
        return list(
            self._events(group, lambda table: compute.is_in(table["stream"], value_set=names))
        )

    def _events(self, group: int, chosen: Callable[[Any], Any]) -> Iterator[Event]:
        try:
            table = self._file.read_row_group(group)
            mask = chosen(table)
            if mask is not None:
                table = table.filter(mask)
            columns = [column.to_pylist() for column in table.columns]
        except (OSError, ValueError, self._arrow.ArrowException) as error:
            raise ArchiveUnreadable(file=self._name, reason=_reason(error)) from error
        for transaction_id, position, *rest in zip(*columns, strict=True):
            yield Event(Position(transaction_id, position), *rest)

    def _may_hold_any(self, group: int, streams: Sequence[str]) -> bool:
        told = self._file.metadata.row_group(group).column(STREAM_COLUMN).statistics
        if told is None or not told.has_min_max:
            return True
        first = bisect.bisect_left(streams, told.min)
        return first < len(streams) and bool(streams[first] <= told.max)

    def _may_hold(self, group: int, stream: str) -> bool:
        told = self._file.metadata.row_group(group).column(STREAM_COLUMN).statistics
        return told is None or not told.has_min_max or bool(told.min <= stream <= told.max)


STREAM_COLUMN = 2


def _schema(arrow: Any) -> Any:
    text, number = arrow.string(), arrow.int64()
    return arrow.schema(
        [
            arrow.field("transaction_id", number, nullable=False),
            arrow.field("position", number, nullable=False),
            arrow.field("stream", text, nullable=False),
            arrow.field("version", number, nullable=False),
            arrow.field("type", text, nullable=False),
            arrow.field("data", text, nullable=False),
            arrow.field("actor", text, nullable=False),
            arrow.field("channel", text),
            arrow.field("correlation_id", text, nullable=False),
            arrow.field("recorded_at", arrow.timestamp("us", tz="UTC"), nullable=False),
            arrow.field("hash", arrow.binary(), nullable=False),
        ]
    )


def _row(event: Event) -> tuple[Any, ...]:
    return (
        event.position.transaction_id,
        event.position.position,
        event.stream,
        event.version,
        event.type,
        event.data,
        event.actor,
        event.channel,
        event.correlation_id,
        event.recorded_at,
        event.hash,
    )


def _reason(error: Exception) -> str:
    """In words that name no path: callers of the API see them."""
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    if isinstance(error, PermissionError):
        return "it may not be opened"
    return f"it is damaged: {type(error).__name__}"
