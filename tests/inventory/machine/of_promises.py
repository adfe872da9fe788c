"""What the events of promises and shipments do to the pieces."""

from typing import Any

from machine.keeping import Arrival, Keeping
from machine.pieces import NOWHERE, InboundBook, Piece
from machine.world import CHANNELS
from rackhouse.inventory.rules import Key

__all__ = ["OfPromises"]


class OfPromises(Keeping):
    """Promised, come, on the way."""

    def _on_PromiseMade(self, key: Key, event: Any) -> None:  # noqa: N802
        assert key[1] == NOWHERE, "what has not come is nowhere"
        for _ in range(event.quantity):
            piece = Piece(*key)
            piece.allotment = event.allotment
            self.pieces.append(piece)
        self.part(key, ("", event.allotment, "sellable"))
        self.closed.discard(key[0])

    def _on_PromiseMoved(self, key: Key, event: Any) -> None:  # noqa: N802
        assert event.promised_at > self.now, "a promise is for the future"

    def _on_PromiseWithdrawn(self, key: Key, event: Any) -> None:  # noqa: N802
        slot = ("", event.allotment, "sellable")
        for piece in self.find(key, slot, event.quantity, (), lambda p: p.state == "free"):
            self.pieces.remove(piece)

    def _on_PromiseClosed(self, key: Key, event: Any) -> None:  # noqa: N802
        assert all(p.state != "free" for p in self.at(key)), "nothing is left of it to be sold"
        self.closed.add(key[0])

    def _on_PromiseKept(self, key: Key, event: Any) -> None:  # noqa: N802
        self._must_be_next(key[0], event)
        mine = [
            p
            for p in self.of(event.hold_id, "held", "sold")
            if (p.sku, p.place) == key and p.line == event.line
            if p.allotment == event.allotment and not p.lapsed(self.now)
        ]
        held = [p for p in mine if p.state == "held"][: event.from_held]
        sold = [p for p in mine if p.state == "sold"][: event.from_committed]
        assert (len(held), len(sold)) == (event.from_held, event.from_committed)
        at = (event.hold_id, event.line, key[0])
        due = self.arrivals.setdefault(at, Arrival(event.location, 0, 0, None))
        assert due.place == event.location or not (due.held or due.sold)
        due.place, due.held, due.sold = event.location, due.held + len(held), due.sold + len(sold)
        for piece in held:
            due.until = piece.until
        for piece in (*held, *sold):
            self.pieces.remove(piece)
        tally = self.tallies[event.hold_id, event.line, *key, "", event.allotment]
        tally.quantity -= len(held) + len(sold)

    def _on_HoldAllocated(self, key: Key, event: Any) -> None:  # noqa: N802
        due = self.arrivals[event.hold_id, event.line, key[0]]
        assert due.place == key[1], "pieces come where the promise was kept"
        due.held, due.sold = due.held - event.to_held, due.sold - event.to_committed
        assert due.held >= 0 and due.sold >= 0, "no more come than were promised"
        placing = self.placing[event.hold_id]
        assert key[1] in CHANNELS[placing.channel], f"{placing.channel} does not sell there"
        for state, count in (("held", event.to_held), ("sold", event.to_committed)):
            if count:
                self.reserve(key, event, state, count, due.until)
        assert not event.to_held or event.expires_at == due.until, "it lasts as long as before"
        self.must_be_open(key, event, placing)

    def _must_be_next(self, sku: str, event: Any) -> None:
        """Whoever bought before has got all that there is for them."""
        mine = self.holds[event.hold_id]
        turn = (mine.placed_at, mine.id, event.line)
        for piece in self.pieces:
            if (piece.sku, piece.place) != (sku, NOWHERE) or piece.hold is None:
                continue
            other = self.holds[piece.hold]
            before = (other.placed_at, other.id, piece.line) < turn
            if before and not piece.lapsed(self.now) and event.location in CHANNELS[other.channel]:
                left = self.reach(other.channel, (sku, event.location))
                assert not sum(left), f"{other.id} bought before {mine.id}"

    def nobody_waits_for_what_is_there(self, sku: str, place: str) -> None:
        """After pieces came, whoever was promised them has them."""
        for piece in self.pieces:
            if (piece.sku, piece.place) != (sku, NOWHERE) or piece.hold is None:
                continue
            hold = self.holds[piece.hold]
            if place in CHANNELS[hold.channel] and not piece.lapsed(self.now):
                left = sum(self.reach(hold.channel, (sku, place)))
                assert not left, f"{hold.id} waits for {sku}, of which {left} are at {place}"

    # Shipments.

    def _note_InboundExpected(self, stream: str, event: Any) -> None:  # noqa: N802
        self._announce(stream, event, "purchase")

    def _note_InboundSent(self, stream: str, event: Any) -> None:  # noqa: N802
        self._announce(stream, event, "transfer")
        on_the_way = [p for p in self.pieces if p.transfer == stream.partition(":")[2]]
        assert len(on_the_way) == sum(line.quantity for line in event.lines)

    def _announce(self, stream: str, event: Any, kind: str) -> None:
        inbound_id = stream.partition(":")[2]
        assert inbound_id not in self.inbounds
        self.inbounds[inbound_id] = InboundBook(
            kind,
            event.origin,
            event.destination,
            [(line.sku, line.lot, line.quantity, line.units) for line in event.lines],
        )

    def _note_InboundChanged(self, stream: str, event: Any) -> None:  # noqa: N802
        assert stream.partition(":")[2] in self.inbounds

    def _note_InboundReceived(self, stream: str, event: Any) -> None:  # noqa: N802
        inbound_id = stream.partition(":")[2]
        inbound = self.inbounds[inbound_id]
        for each in event.came:
            inbound.came[each.line] += each.quantity
        for missing in event.missing:
            inbound.missing[missing.line] += missing.quantity
        inbound.is_open = event.inbound_status not in ("received", "cancelled")

    def _note_InboundCancelled(self, stream: str, event: Any) -> None:  # noqa: N802
        self.inbounds[stream.partition(":")[2]].is_open = False

    def _on_TransferSent(self, key: Key, event: Any) -> None:  # noqa: N802
        slot = (event.lot, "", event.condition)
        found = self.find(key, slot, event.quantity, event.units, lambda p: p.state == "free")
        for piece in found:
            piece.state, piece.transfer = "sent", event.transfer_id
        self.part(key, slot)

    def _on_TransferLost(self, key: Key, event: Any) -> None:  # noqa: N802
        sent = [
            p
            for p in self.pieces
            if p.transfer == event.transfer_id and p.state == "sent"
            if (p.sku, p.slot) == (key[0], (event.lot, "", event.condition))
        ]
        for piece in self.named(sent, event.quantity, event.units, event.transfer_id):
            piece.state, piece.place = "lost", key[1]
        self.part(key, (event.lot, "", event.condition))

    def _on_TransferReceived(self, key: Key, event: Any) -> None:  # noqa: N802
        mine = [
            p
            for p in self.pieces
            if p.transfer == event.transfer_id and p.state in ("sent", "lost")
            if (p.sku, p.lot) == (key[0], event.lot)
        ]
        mine.sort(key=lambda p: p.state == "lost")
        extra = 0 if event.units else max(0, event.quantity - len(mine))
        inbound = self.inbounds[event.transfer_id]
        assert not extra or inbound.may_be_more, "no more comes than was sent"
        slot = (event.lot, "", event.condition)
        if extra:
            self.come(key, slot, extra, ())
        if event.quantity > extra:
            count = event.quantity - extra
            for piece in self.named(mine, count, event.units, event.transfer_id):
                piece.let_go()
                piece.place, piece.allotment, piece.condition = key[1], "", event.condition
                piece.transfer = None
        self.part(key, slot)
