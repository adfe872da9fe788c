"""What every format of files can do: write products to a file, and read records from one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Protocol

from rackhouse.catalog import ListedType, Product, ProductType
from rackhouse.exchange.rules import Broken, Found, Head

__all__ = ["Form", "Reader", "Writer"]


class Writer(Protocol):
    """Writes a file. It is complete once it is closed; the file itself stays open."""

    def write(self, products: Sequence[Product]) -> None:
        """Write some products."""

    def close(self) -> None:
        """Write what stands at the end."""


class Reader(Protocol):
    """Reads a file, which may be gzipped. Refuses with `ExchangeFileUnreadable` what is no such
    file, when it is made or while records are read."""

    head: Head | None

    def records(
        self, product_types: Mapping[str, ProductType]
    ) -> Iterator[Found | tuple[Broken, ...]]:
        """Every product in it as a draft, or what is wrong with a line."""


class Form(Protocol):
    """One format."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def media_type(self) -> str:
        """Its media type (RFC 6838)."""

    @property
    def suffixes(self) -> Sequence[str]:
        """How the names of its files end."""

    def writer(self, file: BinaryIO, head: Head, product_types: Sequence[ListedType]) -> Writer:
        """What writes products of some types to a file."""

    def reader(self, file: BinaryIO, name: str) -> Reader:
        """What reads a file, which is called by its name in refusals."""
