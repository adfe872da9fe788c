"""A mirror of stock: the figures of what is followed, as the newest message told them."""

from collections.abc import Iterator

from rackhouse_client.following import Change, Live, Message, StockRow

__all__ = ["StockMirror"]


class StockMirror:
    """Keeps the newest figures of each SKU at each location. Hand it every message of a stream."""

    def __init__(self) -> None:
        self.cursor: str | None = None
        self.is_live = False
        self._rows: dict[tuple[str, str], StockRow] = {}

    def take(self, message: Message) -> StockRow | None:
        """Note what a message tells; answers the row that changed, if one did."""
        if isinstance(message, Live):
            self.cursor, self.is_live = message.cursor, True
            return None
        if isinstance(message, Change):
            self.cursor = message.cursor
        row = message.row if isinstance(message, Change) else message
        if row is None:
            return None
        known = self._rows.get((row.sku, row.location))
        if known is not None and known.sequence >= row.sequence:
            return None
        self._rows[row.sku, row.location] = row
        return row

    def row(self, sku: str, location: str) -> StockRow | None:
        """The figures of a SKU at a location, if it was told of."""
        return self._rows.get((sku, location))

    def available(self, sku: str, location: str | None = None) -> int:
        """How many may still be promised: at a location, or in all."""
        return sum(
            row.available
            for (of, at), row in self._rows.items()
            if of == sku and location in (None, at)
        )

    def __iter__(self) -> Iterator[StockRow]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)
