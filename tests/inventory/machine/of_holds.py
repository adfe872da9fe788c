"""What the events of holds do to the pieces."""

from collections.abc import Iterable
from typing import Any

from machine.keeping import Keeping, tally_place
from machine.pieces import NOWHERE, HoldBook, Piece
from rackhouse.inventory.rules import Key

__all__ = ["OfHolds"]


class OfHolds(Keeping):
    """Placed, extended, sold, let go, sent out, taken back."""

    def _on_HoldPlaced(self, key: Key, event: Any) -> None:  # noqa: N802
        placing = self.placing[event.hold_id]
        places = {*placing.places, NOWHERE} if placing.promise else {*placing.places}
        assert key[1] in places, f"{placing.channel} does not sell from {key[1]}"
        assert event.expires_at == placing.expires_at, "a hold lasts as long as was asked"
        self.reserve(key, event, "held", event.quantity, event.expires_at)
        self.must_be_open(key, event, placing)
        if event.hold_id not in self.holds:
            self.holds[event.hold_id] = HoldBook(
                placing.hold_id,
                placing.channel,
                placing.customer,
                placing.lines,
                self.now,
                event.expires_at,
            )

    def _on_HoldExtended(self, key: Key, event: Any) -> None:  # noqa: N802
        for piece in self._mine(key, event, "held"):
            assert not piece.lapsed(self.now), "what has lapsed is not extended"
            piece.until = event.expires_at

    def _on_HoldConfirmed(self, key: Key, event: Any) -> None:  # noqa: N802
        for piece in self._taken(key, event, "held", event.quantity, event.units):
            assert not piece.lapsed(self.now), "what has lapsed is not sold"
            piece.state, piece.until = "sold", None

    def _on_HoldReleased(self, key: Key, event: Any) -> None:  # noqa: N802
        freed = self._mine(key, event, "held", "sold")
        count = event.from_held + event.from_committed
        if event.units:
            chosen = self.named(freed, count, event.units, str(key))
        else:
            assert all(p.number is None for p in freed), "numbered pieces are named"
            held = [p for p in freed if p.state == "held"][: event.from_held]
            chosen = held + [p for p in freed if p.state == "sold"][: event.from_committed]
        assert sum(p.state == "held" for p in chosen) == event.from_held
        assert sum(p.state == "sold" for p in chosen) == event.from_committed
        for piece in chosen:
            piece.let_go()

    def _on_HoldExpired(self, key: Key, event: Any) -> None:  # noqa: N802
        mine = self._mine(key, event, "held")
        assert len(mine) == event.quantity, "all that is held ends together"
        assert {p.number for p in mine} - {None} == {*event.units}, "its numbers end with it"
        for piece in mine:
            assert piece.lapsed(self.now), "a hold ends when it says it ends"
            piece.let_go()

    def _on_StockShipped(self, key: Key, event: Any) -> None:  # noqa: N802
        assert key[1] != NOWHERE, "what has not come is not sent out"
        for piece in self._taken(key, event, "sold", event.quantity, event.units):
            piece.state = "shipped"
        self.tallies[tally_place(key, event)].shipped += event.quantity

    def _on_StockReturned(self, key: Key, event: Any) -> None:  # noqa: N802
        origin = (key[0], event.shipped_from or key[1])
        out = [
            p
            for p in self.of(event.hold_id, "shipped")
            if (p.sku, p.place) == origin and p.line == event.line
            if (p.lot, p.allotment) == (event.lot, event.allotment)
        ]
        for piece in self.named(out, event.quantity, event.units, f"shipped from {origin}"):
            piece.let_go()
            piece.place, piece.allotment, piece.condition = key[1], "", event.condition
        self.tallies[tally_place(origin, event)].returned += event.quantity
        self.part(key, (event.lot, "", event.condition))

    def _mine(self, key: Key, event: Any, *states: str) -> list[Piece]:
        """The pieces of a line of a hold in a slot of a row."""
        return [
            p
            for p in self.at(key)
            if p.hold == event.hold_id and p.line == event.line and p.state in states
            if p.slot == (event.lot, event.allotment, "sellable")
        ]

    def _taken(
        self, key: Key, event: Any, state: str, quantity: int, units: Iterable[int]
    ) -> list[Piece]:
        where = f"{key} of {event.hold_id}"
        return self.named(self._mine(key, event, state), quantity, units, where)
