"""JSONL: a head, then a product a line, as the API describes it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, BinaryIO

import msgspec

from rackhouse.catalog import ListedType, Product, ProductType
from rackhouse.exchange.errors import ExchangeFileUnreadable
from rackhouse.exchange.formats.unpacking import lines_of, unpacked
from rackhouse.exchange.rules import HEAD_KEY, Broken, Found, Head
from rackhouse.exchange.rules.heads import FORM_VERSION

__all__ = ["Jsonl", "head_of"]

_decode = msgspec.json.Decoder().decode


class Jsonl:
    """The format that says all there is to say, in words of the API."""

    name = "jsonl"
    media_type = "application/jsonl"
    suffixes = (".jsonl", ".ndjson")

    def writer(self, file: BinaryIO, head: Head, _: Sequence[ListedType]) -> "JsonlWriter":
        """What writes products to a file."""
        return JsonlWriter(file, head)

    def reader(self, file: BinaryIO, name: str) -> "JsonlReader":
        """What reads a file."""
        return JsonlReader(file, name)


class JsonlWriter:
    """Writes a file."""

    def __init__(self, file: BinaryIO, head: Head) -> None:
        self._file = file
        self._encoder = msgspec.json.Encoder()
        file.write(self._encoder.encode(head) + b"\n")

    def write(self, products: Sequence[Product]) -> None:
        """Write some products."""
        self._file.write(self._encoder.encode_lines(products))

    def close(self) -> None:
        """Nothing stands at the end."""


class JsonlReader:
    """Reads a file. One without a head is a file of products, too."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._lines = lines_of(unpacked(file), name)
        first = next(self._lines, b"")
        said = _said(first)
        if isinstance(said, dict) and HEAD_KEY in said:
            self.head: Head | None = head_of(said, name)
            self._numbered = enumerate(self._lines, start=2)
        else:
            self.head = None
            self._numbered = enumerate(chain((first,), self._lines), start=1)

    def records(self, _: Mapping[str, ProductType]) -> Iterator[Found | tuple[Broken, ...]]:
        """Every product in it, or what is wrong with a line."""
        for number, line in self._numbered:
            if not line.strip():
                continue
            try:
                said = _decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                remedy = "write a product as one JSON object"
                yield (Broken(number, "line", f"is not JSON ({error}); {remedy}"),)
                continue
            if isinstance(said, dict):
                yield Found(number, said)
            else:
                yield (Broken(number, "line", "is no object; write a product as {...}"),)


def head_of(said: Any, name: str) -> Head:
    """The head of a file. Refuses with `ExchangeFileUnreadable` one of a later form."""
    try:
        head = msgspec.convert(said, Head)
    except msgspec.ValidationError as error:
        raise ExchangeFileUnreadable(name, f"its head is not readable: {error}") from None
    if head.rackhouse_catalog > FORM_VERSION:
        problem = f"its form has version {head.rackhouse_catalog}; import it with a newer Rackhouse"
        raise ExchangeFileUnreadable(name, problem)
    return head


def _said(line: bytes) -> Any:
    try:
        return _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
