"""Rows of a CSV or JSONL file, plain or gzipped, one at a time; a bad row is named and passed."""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

import msgspec

from ..errors import InvalidMapping, UnreadableFile
from ..rules.problems import show, suggestion
from .definition import FileShape, RowMapping

LINE_LENGTH_MAX = 5_000_000
COLUMNS_MAX = 2_000

_GZIP_MARK = b"\x1f\x8b"
_UNDECODED = re.compile("[\udc80-\udcff]")


class Row(msgspec.Struct, frozen=True):
    """One row: its number (the first below the header is 1; blank lines are not counted) and what
    stands under each column."""

    number: int
    values: dict[str, Any]


class BadRow(msgspec.Struct, frozen=True):
    """A row that became no product, and why. ``rows`` counts it with the rows of its group, which
    came to nothing for the same reason; ``row_number`` is the first of them."""

    row_number: int
    reason: str
    rows: int = 1


def read_rows(path: Path, mapping: RowMapping) -> Iterator[Row | BadRow]:
    """The rows of the file at ``path``, in order and never all at once in memory.

    Refuses with ``UnreadableFile`` where the file as a whole can not be read, and with
    ``InvalidMapping`` where the mapping names a column that a CSV file does not have.
    """
    form = mapping.shape.form or _form_by_name(path)
    try:
        with path.open("rb") as file, _text_of(file, mapping.shape) as text:
            if form == "jsonl":
                yield from _json_rows(_lines(text, path))
            else:
                yield from _csv_rows(_lines(text, path), path, mapping)
    except OSError as error:
        raise UnreadableFile(str(path), error.strerror or str(error)) from None
    except (EOFError, zlib.error):
        raise UnreadableFile(str(path), "it is cut off or damaged; fetch it again") from None
    except UnicodeError:
        encoding = mapping.shape.encoding
        raise UnreadableFile(str(path), f"it is not {encoding}; set file.encoding") from None


def _form_by_name(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".jsonl", ".ndjson")):
        return "jsonl"
    if name.endswith((".csv", ".tsv", ".txt")):
        return "csv"
    raise UnreadableFile(str(path), "its name ends neither in .csv nor .jsonl; set file.form")


def _text_of(file: BinaryIO, shape: FileShape) -> TextIO:
    gzipped = file.read(len(_GZIP_MARK)) == _GZIP_MARK
    file.seek(0)
    plain = cast(BinaryIO, gzip.GzipFile(fileobj=file)) if gzipped else file
    return TextIOWrapper(plain, encoding=shape.encoding, errors="surrogateescape", newline="")


def _lines(text: TextIO, path: Path) -> Iterator[str]:
    while line := text.readline(LINE_LENGTH_MAX):
        if len(line) == LINE_LENGTH_MAX:
            raise UnreadableFile(str(path), f"a line is longer than {LINE_LENGTH_MAX} characters")
        yield line


def _json_rows(lines: Iterator[str]) -> Iterator[Row | BadRow]:
    decode = msgspec.json.Decoder().decode
    number = 0
    for line in lines:
        if not line.strip():
            continue
        number += 1
        try:
            values = decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
            yield BadRow(number, f"is not JSON: {error}")
            continue
        if isinstance(values, dict):
            yield Row(number, values)
        else:
            yield BadRow(number, f"{show(values)} is not an object; write it as {{...}}")


def _csv_rows(lines: Iterator[str], path: Path, mapping: RowMapping) -> Iterator[Row | BadRow]:
    shape = mapping.shape
    delimiter = shape.delimiter or ("\t" if ".tsv" in path.name.lower() else ",")
    rows = csv.reader(lines, delimiter=delimiter, quotechar=shape.quote, strict=True)
    header = list(shape.columns) or _header_of(rows, path)
    _check_columns(header, path, mapping)
    number, line = 0, rows.line_num
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            number += 1
            yield BadRow(number, f"lines {line + 1} to {rows.line_num} are not CSV: {error}")
            line = rows.line_num
            continue
        if cells is None:
            return
        line = rows.line_num
        if cells:
            number += 1
            yield _row_of(number, cells, header)


def _header_of(rows: Iterator[list[str]], path: Path) -> list[str]:
    try:
        found = next((cells for cells in islice(rows, 1)), [])
    except csv.Error as error:
        raise UnreadableFile(str(path), f"its header is not CSV: {error}") from None
    if not found:
        raise UnreadableFile(str(path), "its first line names no columns; set file.columns")
    if len(found) > COLUMNS_MAX:
        raise UnreadableFile(
            str(path), f"it has more than {COLUMNS_MAX} columns; set file.delimiter"
        )
    return [name.strip() for name in found]


def _check_columns(header: list[str], path: Path, mapping: RowMapping) -> None:
    for name in header:
        if header.count(name) > 1:
            raise UnreadableFile(
                str(path), f"two columns are called {show(name)}; set file.columns"
            )
    for column, key in mapping.columns.items():
        if column not in header:
            problem = f"column {column!r} is not in {path.name}; {suggestion(column, header)}"
            raise InvalidMapping(mapping.file, key, problem)


def _row_of(number: int, cells: list[str], header: list[str]) -> Row | BadRow:
    if len(cells) != len(header):
        return BadRow(number, f"has {len(cells)} values for {len(header)} columns")
    joined = "".join(cells)
    if not joined.isascii() and _UNDECODED.search(joined):
        return BadRow(number, "holds bytes that are not in the file's encoding")
    return Row(number, dict(zip(header, cells, strict=True)))
