"""Products that wait on the disk: validated once, written later in another order."""

import tempfile
from collections.abc import Iterable
from typing import Any

import msgspec

from rackhouse.catalog import Product

__all__ = ["Spool"]


class Spool:
    """Products in a file without a name, found by their ids. It is gone when it is closed."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="rackhouse-import-")  # noqa: SIM115
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Product)

    def add(self, products: Iterable[Product]) -> None:
        """Keep some products."""
        for product in products:
            written = self._encoder.encode(product)
            self._file.seek(self._end)
            self._file.write(written)
            self._places[product.id] = (self._end, len(written))
            self._end += len(written)

    def read(self, ids: Iterable[str]) -> list[Product]:
        """Some of the products that are kept, in the order asked for."""
        found: list[Product] = []
        for id_ in ids:
            place, length = self._places[id_]
            self._file.seek(place)
            found.append(self._decoder.decode(self._file.read(length)))
        return found

    def drop(self, product_id: str) -> None:
        """Let a product go."""
        self._places.pop(product_id, None)

    @property
    def ids(self) -> list[str]:
        """The ids of all products, in the order in which they came."""
        return list(self._places)

    def __contains__(self, product_id: str) -> bool:
        return product_id in self._places

    def __len__(self) -> int:
        return len(self._places)

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_: Any) -> None:
        self._file.close()
