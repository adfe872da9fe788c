"""Parquet: a row for each product, with typed columns, for programs that analyse."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import msgspec

from rackhouse.catalog import ListedType, Product, ProductType
from rackhouse.exchange.errors import ExchangeFileUnreadable, ParquetLibraryMissing
from rackhouse.exchange.formats.jsonl import head_of
from rackhouse.exchange.formats.parquet_schema import (
    attribute_columns,
    draft_of_row,
    row_of_product,
    schema_of,
)
from rackhouse.exchange.formats.unpacking import unpacked
from rackhouse.exchange.rules import HEAD_KEY, Broken, Found, Head

__all__ = ["Parquet"]

COMPRESSION = "zstd"
ROWS_AT_ONCE = 500
GROUP_ROWS = 10_000


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ParquetLibraryMissing() from error
    return pyarrow, pyarrow.parquet


class Parquet:
    """The format with typed columns."""

    name = "parquet"
    media_type = "application/vnd.apache.parquet"
    suffixes = (".parquet",)

    def writer(
        self, file: BinaryIO, head: Head, product_types: Sequence[ListedType]
    ) -> "ParquetWriter":
        """What writes products of some types to a file."""
        return ParquetWriter(file, head, product_types)

    def reader(self, file: BinaryIO, name: str) -> "ParquetReader":
        """What reads a file."""
        return ParquetReader(file, name)


class ParquetWriter:
    """Writes a file, ``GROUP_ROWS`` products a row group."""

    def __init__(self, file: BinaryIO, head: Head, product_types: Sequence[ListedType]) -> None:
        self._arrow, parquet = _arrow()
        self._types = {each.name: each for each in product_types}
        self._columns = attribute_columns(product_types)
        schema = schema_of(self._arrow, self._columns)
        self._schema = schema.with_metadata({HEAD_KEY: msgspec.json.encode(head)})
        self._writer = parquet.ParquetWriter(file, self._schema, compression=COMPRESSION)
        self._waiting: list[dict[str, Any]] = []

    def write(self, products: Sequence[Product]) -> None:
        """Write some products."""
        self._waiting += [
            row_of_product(each, self._types[each.type], self._columns) for each in products
        ]
        if len(self._waiting) >= GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        """Write what stands at the end: where everything is."""
        if self._waiting:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        table = self._arrow.Table.from_pylist(self._waiting, schema=self._schema)
        self._writer.write_table(table, row_group_size=GROUP_ROWS)
        self._waiting = []


class ParquetReader:
    """Reads a file."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._arrow, parquet = _arrow()
        self._name = name
        try:
            self._file = parquet.ParquetFile(unpacked(file))
            schema = self._file.schema_arrow
        except (OSError, ValueError, self._arrow.ArrowException) as error:
            raise self._damaged(error) from None
        if not {"id", "type"} <= set(schema.names):
            raise ExchangeFileUnreadable(name, "it must have the columns id and type, at least")
        said = (schema.metadata or {}).get(HEAD_KEY.encode())
        self.head: Head | None = None if said is None else self._head(said)

    def records(
        self, product_types: Mapping[str, ProductType]
    ) -> Iterator[Found | tuple[Broken, ...]]:
        """Every product in it; the lines are those of the table, from 1 on."""
        number = 0
        try:
            for batch in self._file.iter_batches(batch_size=ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    number += 1
                    yield Found(number, draft_of_row(row, product_types))
        except (OSError, ValueError, self._arrow.ArrowException) as error:
            raise self._damaged(error) from None

    def _head(self, said: bytes) -> Head:
        try:
            return head_of(msgspec.json.decode(said), self._name)
        except msgspec.DecodeError as error:
            raise ExchangeFileUnreadable(self._name, f"its head is no JSON: {error}") from None

    def _damaged(self, error: Exception) -> ExchangeFileUnreadable:
        problem = f"it is no Parquet file, or damaged ({type(error).__name__}); fetch it again"
        return ExchangeFileUnreadable(self._name, problem)
