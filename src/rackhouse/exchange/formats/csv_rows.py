"""CSV (RFC 4180, UTF-8): a row for each variant, for spreadsheets."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from rackhouse.catalog import ListedType, Product, ProductType
from rackhouse.exchange.errors import ExchangeFileUnreadable
from rackhouse.exchange.formats.unpacking import LINE_BYTES_MAX, lines_of, unpacked
from rackhouse.exchange.rules import Broken, Found, Head
from rackhouse.exchange.rules.columns import Columns, draft_of, header_problem, rows_of

__all__ = ["Csv"]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ROWS_A_PRODUCT_MAX = 10_000
COLUMNS_MAX = 20_000

_UNDECODED = re.compile("[\udc80-\udcff]")

Row = tuple[int, Mapping[str, str]]


class Csv:
    """The format for spreadsheets. It has no head: what it says of itself stands beside it."""

    name = "csv"
    media_type = "text/csv"
    suffixes = (".csv",)

    def writer(self, file: BinaryIO, _: Head, product_types: Sequence[ListedType]) -> "CsvWriter":
        """What writes products of some types to a file."""
        return CsvWriter(file, product_types)

    def reader(self, file: BinaryIO, name: str) -> "CsvReader":
        """What reads a file."""
        return CsvReader(file, name)


class CsvWriter:
    """Writes a file."""

    def __init__(self, file: BinaryIO, product_types: Sequence[ListedType]) -> None:
        self._file = file
        self._types = {each.name: each for each in product_types}
        self._columns = Columns.of(product_types)
        self._write_rows([self._columns.header])

    def write(self, products: Sequence[Product]) -> None:
        """Write some products."""
        self._write_rows(
            row
            for product in products
            for row in rows_of(product, self._types[product.type], self._columns)
        )

    def close(self) -> None:
        """Nothing stands at the end."""

    def _write_rows(self, rows: "Iterator[list[str]] | list[list[str]]") -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        self._file.write(text.getvalue().encode())


class CsvReader:
    """Reads a file."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        csv.field_size_limit(max(csv.field_size_limit(), LINE_BYTES_MAX))
        self.head: Head | None = None
        self._name = name
        self._rows = csv.reader(_texts(lines_of(unpacked(file), name)), strict=True)
        try:
            self._header = [each.strip() for each in next(self._rows, [])]
        except csv.Error as error:
            raise ExchangeFileUnreadable(name, f"its header is not CSV: {error}") from None
        problem = header_problem(self._header)
        if len(self._header) > COLUMNS_MAX:
            problem = f"it has more than {COLUMNS_MAX} columns"
        if problem is not None:
            raise ExchangeFileUnreadable(name, problem)

    def records(
        self, product_types: Mapping[str, ProductType]
    ) -> Iterator[Found | tuple[Broken, ...]]:
        """Every product in it, or what is wrong with a row. Rows of one product stand together."""
        gathered: list[Row] = []
        for row in self._read():
            if isinstance(row, Broken):
                yield (row,)
                continue
            if gathered and gathered[0][1]["id"] != row[1]["id"]:
                yield draft_of(gathered, product_types)
                gathered = []
            if len(gathered) < ROWS_A_PRODUCT_MAX:
                gathered.append(row)
            else:
                problem = f"the product has more than {ROWS_A_PRODUCT_MAX} rows; split it"
                yield (Broken(row[0], "id", problem, row[1]["id"]),)
        if gathered:
            yield draft_of(gathered, product_types)

    def _read(self) -> Iterator[Row | Broken]:
        end = self._rows.line_num
        while True:
            begin = end + 1
            try:
                cells = next(self._rows, None)
            except csv.Error as error:
                end = self._rows.line_num
                remedy = "put what has quotes or line breaks in quotes, and double quotes in it"
                yield Broken(begin, "row", f"is not CSV ({error}); {remedy}")
                continue
            end = self._rows.line_num
            if cells is None:
                return
            if any(cells):
                yield self._row(begin, cells)

    def _row(self, line: int, cells: list[str]) -> Row | Broken:
        if len(cells) != len(self._header):
            fact = f"has {len(cells)} cells for {len(self._header)} columns"
            return Broken(line, "row", f"{fact}; put what has commas in quotes")
        if any(_UNDECODED.search(each) for each in cells if not each.isascii()):
            return Broken(line, "row", "has bytes that are not UTF-8; save the file as UTF-8")
        return line, dict(zip(self._header, cells, strict=True))


def _texts(lines: Iterator[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines):
        plain = line.removeprefix(BYTE_ORDER_MARK) if number == 0 else line
        yield plain.decode(errors="surrogateescape")
