"""What the events of stock and of lots do to the pieces."""

from collections.abc import Iterable
from typing import Any

from machine.keeping import Keeping
from machine.pieces import LotBook, Piece
from rackhouse.inventory.rules import Key

__all__ = ["OfStock"]


class OfStock(Keeping):
    """Received, counted, broken, set apart, kept back, recalled."""

    def _on_StockReceived(self, key: Key, event: Any) -> None:  # noqa: N802
        assert event.quantity > 0, "something comes in"
        self.come(key, (event.lot, "", event.condition), event.quantity, event.units)

    def _on_StockAdjusted(self, key: Key, event: Any) -> None:  # noqa: N802
        slot = (event.lot, event.allotment, event.condition)
        if event.delta > 0:
            self.come(key, slot, event.delta, event.units)
        elif event.delta < 0:
            found = self.find(key, slot, -event.delta, event.units, lambda p: p.state == "free")
            for piece in found:
                piece.state = "gone"
        self.part(key, slot)
        if event.counted is not None:
            there = [p for p in self.at(key) if p.slot == slot]
            assert len(there) == event.counted, "there is what was counted"

    def come(
        self, key: Key, slot: tuple[str, str, str], quantity: int, units: Iterable[int]
    ) -> None:
        """Pieces that nobody knew of are there."""
        sku, place = key
        lot, allotment, condition = slot
        numbers: list[int | None] = list(units)
        is_numbered = bool(lot) and self.lots[sku, lot].numbered is not None
        assert len(numbers) == (quantity if is_numbered else 0), "every numbered piece is named"
        known = {p.number: p for p in self.pieces if (p.sku, p.lot) == (sku, lot)}
        for number in numbers or [None] * quantity:
            piece = known.get(number) if number is not None else None
            if piece is None:
                piece = Piece(sku, place, lot, number)
                self.pieces.append(piece)
                self.received[sku] += 1
            else:
                assert piece.state == "gone", f"number {number} is {piece.state}"
                piece.let_go()
            piece.place, piece.allotment, piece.condition = place, allotment, condition
        self.part(key, slot)

    def _on_StockConditionChanged(self, key: Key, event: Any) -> None:  # noqa: N802
        before, after = (event.lot, event.allotment, event.before), (event.lot, "", event.after)
        self._move(key, before, after, event)

    def _on_StockAllotted(self, key: Key, event: Any) -> None:  # noqa: N802
        assert event.allotment, "it is set apart for somebody"
        before = (event.lot, "", "sellable")
        self._move(key, before, (event.lot, event.allotment, "sellable"), event)

    def _on_AllotmentReturned(self, key: Key, event: Any) -> None:  # noqa: N802
        before = (event.lot, event.allotment, "sellable")
        self._move(key, before, (event.lot, "", "sellable"), event)

    def _move(
        self, key: Key, before: tuple[str, str, str], after: tuple[str, str, str], event: Any
    ) -> None:
        found = self.find(key, before, event.quantity, event.units, lambda p: p.state == "free")
        for piece in found:
            _, piece.allotment, piece.condition = after
        self.part(key, before, after)

    def _on_SafetyStockSet(self, key: Key, event: Any) -> None:  # noqa: N802
        if event.channel:
            self.buffers[(*key, event.channel)] = event.quantity
        else:
            self.safety[key] = event.quantity

    # Lots.

    def _note_LotRegistered(self, stream: str, event: Any) -> None:  # noqa: N802
        assert (event.sku, event.lot) not in self.lots, "a lot is registered once"
        self.lots[event.sku, event.lot] = LotBook(
            event.release_at, event.expires_at, False, event.numbered, self.now
        )

    def _note_LotChanged(self, stream: str, event: Any) -> None:  # noqa: N802
        lot = self.lots[event.sku, event.lot]
        lot.release_at, lot.expires_at = event.release_at, event.expires_at

    def _note_LotRecalled(self, stream: str, event: Any) -> None:  # noqa: N802
        self.lots[event.sku, event.lot].recalled = True

    def _note_LotReinstated(self, stream: str, event: Any) -> None:  # noqa: N802
        self.lots[event.sku, event.lot].recalled = False

    def _on_LotStatusChanged(self, key: Key, event: Any) -> None:  # noqa: N802
        assert event.status == self.status_of_lot(key[0], event.lot), f"{event}"
        assert any(p.lot == event.lot for p in self.at(key)), "it is told where pieces are"
