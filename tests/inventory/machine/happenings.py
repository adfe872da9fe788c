"""What each event does to the pieces, and what it must never do."""

import datetime
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from machine.pieces import NOWHERE, Books, HoldBook, InLineBook, LotBook, Piece, QuotaBook, Tally
from machine.world import CHANNELS

from rackhouse.inventory.rules import Key, Line
from rackhouse.platform.events import NewEvent

__all__ = ["Bookkeeper", "Placing"]


class Placing(msgspec.Struct, frozen=True):
    """What is known of a hold before it is placed."""

    hold_id: str
    channel: str
    customer: str | None
    lines: tuple[Line, ...]
    places: tuple[str, ...]
    expires_at: datetime.datetime
    promise: bool = False
    ignores_what_is_kept_back: bool = False


class Arrival(msgspec.Struct):
    """Pieces that were promised and must be allocated at once."""

    place: str
    held: int
    sold: int
    until: datetime.datetime | None


class Bookkeeper(Books):
    """Books that follow the events, and fail at any that should not have happened."""

    def __init__(self, now: datetime.datetime) -> None:
        super().__init__(now)
        self.placing: dict[str, Placing] = {}
        self.arrivals: dict[tuple[str, int, str], Arrival] = {}
        self.parted: set[Key] = set()
        self.versions: dict[str, int] = {}

    def note(self, event: NewEvent) -> None:
        """Let an event happen."""
        known = self.versions.get(event.stream, 0)
        assert event.version == known + 1, f"{event.stream} goes on from {known}"
        self.versions[event.stream] = event.version
        name = type(event.data).__name__
        if not hasattr(event.data, "change"):
            note: Callable[[str, Any], None] = getattr(self, f"_note_{name}")
            note(event.stream, event.data)
            return
        sku, _, place = event.stream.rpartition("@")
        key = (sku, place)
        happen: Callable[[Key, Any], None] = getattr(self, f"_on_{name}")
        happen(key, event.data)
        after = event.after
        assert after is not None, "every event of stock has figures"
        told = msgspec.structs.asdict(after)
        assert told == self.figures(key), f"{name} at {key} records {told}"

    def nothing_is_under_way(self) -> None:
        """Whatever was taken for somebody has been given to them."""
        due = {at: each for at, each in self.arrivals.items() if each.held or each.sold}
        assert not due, f"promised pieces were kept and not allocated: {due}"
        self.arrivals.clear()

    # Finding pieces.

    def _found(
        self,
        key: Key,
        slot: tuple[str, str, str],
        quantity: int,
        units: Iterable[int],
        is_meant: Callable[[Piece], bool],
    ) -> list[Piece]:
        """So many pieces of a slot, those with the numbers that are named."""
        there = [p for p in self.at(key) if p.slot == slot and is_meant(p)]
        return self._named(there, quantity, units, f"{key} {slot}")

    def _named(
        self, there: list[Piece], quantity: int, units: Iterable[int], where: str
    ) -> list[Piece]:
        numbers = list(units)
        assert quantity > 0, "an event moves something"
        if any(p.number is not None for p in there):
            assert len(numbers) == len(set(numbers)) == quantity, "each number is named once"
            there = [p for p in there if p.number in numbers]
        else:
            assert not numbers, "only what has numbers is named by them"
        assert len(there) >= quantity, f"{where} has {len(there)} of the {quantity} {numbers}"
        return there[:quantity]

    def _part(self, key: Key, *slots: tuple[str, str, str]) -> None:
        if any(slot != ("", "", "sellable") for slot in slots):
            self.parted.add(key)

    def _reserve(
        self, key: Key, event: Any, state: str, count: int, until: datetime.datetime | None
    ) -> list[Piece]:
        """Give free pieces to a line of a hold."""
        slot = (event.lot, event.allotment, "sellable")
        found = self._found(key, slot, count, event.units, lambda p: p.state == "free")
        for piece in found:
            piece.state, piece.hold, piece.line = state, event.hold_id, event.line
            piece.until = until if state == "held" else None
        self._part(key, slot)
        tally = self.tallies.setdefault(_place(key, event), Tally())
        tally.quantity += count
        return found

    def _must_be_open(self, key: Key, event: Any, placing: Placing) -> None:
        """It may be sold through the channel at this moment, and leaves what is kept back."""
        assert event.allotment in ("", placing.channel), "an allotment is its channel's alone"
        if not placing.ignores_what_is_kept_back:
            status = self.status_of_lot(key[0], event.lot)
            assert status == "sellable", f"the lot {event.lot} is {status}"
            if not event.allotment:
                _, left = self.open_pieces(placing.channel, key)
                kept = self.kept_back(placing.channel, key)
                assert len(left) >= kept, f"{kept} pieces of {key} are kept back"

    # Holds.

    def _on_HoldPlaced(self, key: Key, event: Any) -> None:  # noqa: N802
        placing = self.placing[event.hold_id]
        places = {*placing.places, NOWHERE} if placing.promise else {*placing.places}
        assert key[1] in places, f"{placing.channel} does not sell from {key[1]}"
        assert event.expires_at == placing.expires_at, "a hold lasts as long as was asked"
        self._reserve(key, event, "held", event.quantity, event.expires_at)
        self._must_be_open(key, event, placing)
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
            chosen = self._named(freed, count, event.units, str(key))
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
        self.tallies[_place(key, event)].shipped += event.quantity

    def _on_StockReturned(self, key: Key, event: Any) -> None:  # noqa: N802
        origin = (key[0], event.shipped_from or key[1])
        out = [
            p
            for p in self.of(event.hold_id, "shipped")
            if (p.sku, p.place) == origin and p.line == event.line
            if (p.lot, p.allotment) == (event.lot, event.allotment)
        ]
        for piece in self._named(out, event.quantity, event.units, f"shipped from {origin}"):
            piece.let_go()
            piece.place, piece.allotment, piece.condition = key[1], "", event.condition
        self.tallies[_place(origin, event)].returned += event.quantity
        self._part(key, (event.lot, "", event.condition))

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
        return self._named(self._mine(key, event, state), quantity, units, where)

    # Stock.

    def _on_StockReceived(self, key: Key, event: Any) -> None:  # noqa: N802
        assert event.quantity > 0, "something comes in"
        self._come(key, (event.lot, "", event.condition), event.quantity, event.units)

    def _on_StockAdjusted(self, key: Key, event: Any) -> None:  # noqa: N802
        slot = (event.lot, event.allotment, event.condition)
        if event.delta > 0:
            self._come(key, slot, event.delta, event.units)
        elif event.delta < 0:
            found = self._found(
                key, slot, -event.delta, event.units, lambda p: p.state == "free"
            )
            for piece in found:
                piece.state = "gone"
        self._part(key, slot)
        if event.counted is not None:
            there = [p for p in self.at(key) if p.slot == slot]
            assert len(there) == event.counted, "there is what was counted"

    def _come(
        self, key: Key, slot: tuple[str, str, str], quantity: int, units: Iterable[int]
    ) -> None:
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
            else:
                assert piece.state == "gone", f"number {number} is {piece.state}"
                piece.let_go()
            piece.place, piece.allotment, piece.condition = place, allotment, condition
        self._part(key, slot)
        self.received[sku] += quantity

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
        found = self._found(key, before, event.quantity, event.units, lambda p: p.state == "free")
        for piece in found:
            _, piece.allotment, piece.condition = after
        self._part(key, before, after)

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

    # Quotas and waiting lists.

    def _note_QuotaSet(self, stream: str, event: Any) -> None:  # noqa: N802
        quota = QuotaBook(event.cap, event.per, tuple(event.skus))
        self.quotas[event.quota] = quota
        used = self.used(quota, tidied=True)
        assert all(count <= quota.cap for count in used.values()), "a cap is never below its use"

    def _note_QuotaEnded(self, stream: str, event: Any) -> None:  # noqa: N802
        del self.quotas[event.quota]

    def _note_WaitingJoined(self, stream: str, event: Any) -> None:  # noqa: N802
        who = (event.channel_id, event.customer_id)
        assert all((w.channel, w.customer) != who for w in self.in_line if w.sku == event.sku)
        self.in_line.append(
            InLineBook(
                stream.partition(":")[2],
                event.sku,
                event.quantity,
                event.channel_id,
                event.customer_id,
                event.offer_seconds,
            )
        )

    def _note_WaitingLeft(self, stream: str, event: Any) -> None:  # noqa: N802
        self._leave(stream)

    def _note_OfferMade(self, stream: str, event: Any) -> None:  # noqa: N802
        waited = self._leave(stream)
        hold = self.holds[event.hold_id]
        mine = self.of(hold.id, "held")
        assert {p.sku for p in mine} == {waited.sku}, "it is what they waited for"
        assert len(mine) == waited.quantity == event.quantity, "and as many"
        assert (hold.channel, hold.customer) == (waited.channel, waited.customer)

    def _leave(self, stream: str) -> InLineBook:
        (found,) = (w for w in self.in_line if w.id == stream.partition(":")[2])
        self.in_line.remove(found)
        return found

    def expect_offer(self, event: NewEvent, offered: str, quantity: int) -> None:
        """A hold is about to be placed for somebody who waits."""
        waiting_id = offered.partition(":")[2]
        (waited,) = (w for w in self.in_line if w.id == waiting_id)
        data: Any = event.data
        self.placing[data.hold_id] = Placing(
            data.hold_id,
            waited.channel,
            waited.customer,
            (Line(waited.sku, quantity),),
            CHANNELS[waited.channel],
            self.now + datetime.timedelta(seconds=waited.seconds),
        )


def _place(key: Key, event: Any) -> tuple[str, int, str, str, str, str]:
    return (event.hold_id, event.line, *key, event.lot, event.allotment)
