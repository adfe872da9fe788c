"""Holding each outcome against what the books foresaw."""

import datetime
from collections import Counter
from collections.abc import Container
from typing import Any

from machine.expecting import Foreseen, Shares, foresee
from machine.expecting_stock import stock_expected
from machine.happenings import Bookkeeper
from machine.keeping import Placing
from machine.pieces import Piece
from machine.placements import exceeds_any, may_refuse, pieces_expected
from machine.reports import as_taken, may_refuse_report, report_expected
from rackhouse.inventory.commands import (
    AdjustStock,
    Booked,
    CancelInbound,
    ChangeCondition,
    Command,
    GiveBack,
    KeepBack,
    KeepPromises,
    Placement,
    ReceiveInbound,
    ReceiveStock,
    RecordSale,
    ReturnGoods,
    TakeBack,
)
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import Hold, Key
from rackhouse.platform.errors import Refusal
from rackhouse.platform.events import NewEvent

__all__ = ["Watcher"]

BRINGING = (
    AdjustStock,
    CancelInbound,
    ChangeCondition,
    GiveBack,
    KeepBack,
    ReceiveInbound,
    ReceiveStock,
    ReturnGoods,
)
"""Commands after which nobody waits any more for what they brought."""


class Watcher:
    """Follows a batch, command by command."""

    def __init__(self, books: Bookkeeper) -> None:
        self.books = books
        self.seen = 0
        self.outcomes: Counter[str] = Counter()

    def begin(self) -> None:
        """A new batch begins."""
        self.seen = 0

    def __call__(self, ledger: Ledger, command: Command, outcome: Any) -> None:
        """A command of the batch was decided."""
        events = ledger.events[self.seen :]
        self.seen = len(ledger.events)
        self.outcomes[_told(command, outcome)] += 1
        if isinstance(outcome, Exception) and not isinstance(outcome, Refusal):
            raise outcome
        if isinstance(outcome, Booked):
            outcome = outcome.hold
        if isinstance(command, Placement):
            self._placement(events, command, outcome, ledger.stock)
        else:
            self._other(events, command, outcome)
        self.books.nothing_is_under_way()

    def end(self, events: list[NewEvent], in_hand: Container[Key]) -> None:
        """What the batch did after its last command."""
        self._note(events[self.seen :])
        self.books.nothing_is_under_way()
        self.books.nobody_in_line_could_be_served(in_hand)

    def _other(self, events: list[NewEvent], command: Command, outcome: Any) -> None:
        before, foreseen = self.books.shares(), foresee(self.books, command)
        named = self._numbered(command, foreseen)
        standing, expected = self.books.standing(), stock_expected(self.books, command)
        arriving = self._arriving(command) if isinstance(command, ReceiveInbound) else None
        sent_out = [(p, p.place) for p in self.books.of(getattr(command, "hold_id", ""), "shipped")]
        self._note(events)
        refused = isinstance(outcome, Refusal)
        assert not (refused and events), f"{outcome!r} leaves everything as it was"
        if foreseen is not None:
            _must_be(foreseen, outcome, command)
        for number, state in () if refused else named.items():
            assert self._numbered(command, foreseen).get(number) != state, f"{number} was named"
        change = _change(before, self.books.shares())
        moved = _change(standing, self.books.standing())
        if isinstance(foreseen, Foreseen) and not refused:
            assert change == foreseen.change, f"{command} came to {change}"
        else:
            assert not change, f"{command} changed {change}"
        _must_stand(expected, refused, moved, outcome, command)
        if refused:
            return
        if arriving is not None:
            arrived = Counter[tuple[str, str]]()
            for (sku, place, *_), count in moved.items():
                arrived[sku, place] += count
            assert arrived == arriving, f"{command} brought {arrived}"
        if getattr(command, "condition", "") == "write_off":
            assert not moved, f"{command} leaves {moved}"
        elif isinstance(command, ReturnGoods):
            _came_back(command, [each for each in sent_out if each[0].state != "shipped"])
        self._aftermath(command, events)

    def _arriving(self, command: ReceiveInbound) -> Counter[tuple[str, str]]:
        """How many pieces of a shipment come to where it goes."""
        inbound = self.books.inbounds[command.seen.id]
        inbound.may_be_more = bool(command.reason)
        came = [(each.sku, each.quantity) for each in command.arrivals or ()]
        if command.arrivals is None:
            came = [(line[0], inbound.coming(at)) for at, line in enumerate(inbound.lines)]
        arriving = Counter[tuple[str, str]]()
        for sku, quantity in came:
            arriving[sku, inbound.destination] += quantity
        return +arriving

    def _aftermath(self, command: Command, events: list[NewEvent]) -> None:
        """What came in went first to those to whom it was promised."""
        if isinstance(command, TakeBack):
            self.books.taken_back.add(command.return_id)
        if isinstance(command, KeepPromises):
            for sku, place in command.stock_keys():
                self.books.nobody_waits_for_what_is_there(sku, place)
        if isinstance(command, BRINGING):
            for event in events:
                if brings(event.data):
                    sku, _, place = event.stream.rpartition("@")
                    self.books.nobody_waits_for_what_is_there(sku, place)

    def _numbered(self, command: Command, foreseen: Foreseen | None) -> dict[int, str]:
        """The states of the numbers that a command names and will move."""
        if foreseen is None or foreseen.refusal is not None:
            return {}
        hold_id: str = getattr(command, "hold_id", "")
        return {
            p.number: p.state
            for p in self.books.of(hold_id, "held", "sold", "shipped")
            if p.number in foreseen.numbers
        }

    def _placement(
        self,
        events: list[NewEvent],
        command: Placement,
        outcome: Any,
        in_hand: Container[Key],
    ) -> None:
        books = self.books
        if command.hold_id in books.holds:
            mine = [each for each in events if _hold_of(each) == command.hold_id]
            assert not mine and isinstance(outcome, Hold), "asking again changes nothing"
            self._note(events)
            return
        own = next(
            (at for at, event in enumerate(events) if _hold_of(event) == command.hold_id),
            len(events),
        )
        self._note(events[:own])
        if not isinstance(command, RecordSale):
            books.nobody_in_line_could_be_served(in_hand)
        if isinstance(outcome, Refusal):
            assert own == len(events), "a refusal leaves everything as it was"
            fair = may_refuse_report if isinstance(command, RecordSale) else may_refuse
            assert fair(books, command, outcome), f"{command} was refused: {outcome!r}"  # type: ignore[arg-type]
            return
        if isinstance(command, RecordSale):
            books.reported.add(command.hold_id)
            booked = report_expected(books, command)
            assert not isinstance(booked, type), f"{command} could not be booked"
            expected: Any = as_taken(booked)
        else:
            assert not exceeds_any(books, command), f"{command} goes beyond a quota"
            expected = pieces_expected(books, command)
        before = books.shares()
        books.placing[command.hold_id] = placing_of(books, command)
        taken = _taken(events[own:])
        self._note(events[own:])
        assert expected in (None, taken), f"{command} took {taken}, not {expected}"
        assert _change(before, books.shares()) == _placed(command), f"{command}"

    def _note(self, events: list[NewEvent]) -> None:
        for at, event in enumerate(events):
            hold_id = getattr(event.data, "hold_id", None)
            if type(event.data).__name__ == "HoldPlaced" and hold_id not in self.books.placing:
                offer = next(
                    each
                    for each in events[at:]
                    if type(each.data).__name__ == "OfferMade" and each.data.hold_id == hold_id  # type: ignore[attr-defined]
                )
                self.books.expect_offer(event, offer.stream, offer.data.quantity)  # type: ignore[attr-defined]
            self.books.note(event)
            _note_status(self.books, event)


def _must_stand(
    expected: Any, refused: bool, moved: Counter[Any], outcome: Any, command: Command
) -> None:
    """The pieces stand where they must, if that is known."""
    if isinstance(expected, type):
        assert isinstance(outcome, expected), f"{command} came to {outcome!r}"
    elif expected is not None:
        assert not refused, f"{command} was refused: {outcome!r}"
        wanted = {at: count for at, count in expected.items() if count}
        assert moved == wanted, f"{command} came to {moved}"


def _came_back(command: ReturnGoods, pieces: list[tuple[Piece, str]]) -> None:
    """What is returned is where and as it was told."""
    for piece, place in pieces:
        assert piece.place == (command.location or place), f"{command} to {piece.place}"
        assert piece.condition == command.condition, f"{command} is {piece.condition}"


def _hold_of(event: NewEvent) -> str | None:
    found: str | None = getattr(event.data, "hold_id", None)
    return found


def brings(event: Any) -> bool:
    """Whether there may be more to be sold after an event."""
    match type(event).__name__:
        case "StockReceived" | "TransferReceived" | "StockReturned":
            return bool(event.condition == "sellable")
        case "StockAdjusted":
            return bool(event.delta > 0 and event.condition == "sellable")
        case "StockConditionChanged":
            return bool(event.after == "sellable")
    return type(event).__name__ in ("AllotmentReturned", "SafetyStockSet")


def placing_of(books: Bookkeeper, command: Placement) -> Placing:
    """What the books must know of a hold before it is placed."""
    return Placing(
        command.hold_id,
        command.channel,
        command.customer_id,
        tuple(command.lines),
        tuple({*command.reach.own, *command.reach.pool})
        if isinstance(command, RecordSale)
        else tuple(command.locations),
        books.now + datetime.timedelta(seconds=command.ttl_seconds),
        promise=command.promise,
        is_report=isinstance(command, RecordSale),
    )


def _note_status(books: Bookkeeper, event: NewEvent) -> None:
    """A hold is confirmed when its pieces are, and released when it has none left."""
    data: Any = event.data
    hold = books.holds.get(getattr(data, "hold_id", ""))
    if hold is None:
        return
    match type(data).__name__:
        case "HoldConfirmed":
            hold.status = "confirmed"
        case "HoldExtended":
            hold.until = data.expires_at
        case "HoldReleased":
            shipped = any(tally.shipped for at, tally in books.tallies.items() if at[0] == hold.id)
            if not shipped and not books.of(hold.id, "held", "sold"):
                hold.status = "released"


def _must_be(foreseen: Foreseen, outcome: Any, command: Command) -> None:
    if foreseen.refusal is None:
        if foreseen.maybe is not None and isinstance(outcome, foreseen.maybe):
            return
        assert not isinstance(outcome, Refusal), f"{command} was refused: {outcome!r}"
    else:
        assert isinstance(outcome, foreseen.refusal), f"{command} came to {outcome!r}"


def _change(before: Counter[Any], after: Counter[Any]) -> Counter[Any]:
    change = Counter[Any]()
    for at in before.keys() | after.keys():
        if before[at] != after[at]:
            change[at] = after[at] - before[at]
    return change


def _placed(command: Placement) -> Shares:
    state = "shipped" if command.hand_over else "sold" if command.sell else "held"
    change: Shares = Counter()
    for need in command.needs:
        change[command.hold_id, need.line, need.sku, state] += need.quantity
    return change


def _taken(events: list[NewEvent]) -> Counter[tuple[int, str, str, str, str]]:
    taken: Counter[tuple[int, str, str, str, str]] = Counter()
    for event in events:
        if type(event.data).__name__ == "HoldPlaced":
            data: Any = event.data
            sku, _, place = event.stream.rpartition("@")
            taken[data.line, sku, place, data.lot, data.allotment] += data.quantity
    return taken


def _told(command: Command, outcome: Any) -> str:
    refused = type(outcome).__name__ if isinstance(outcome, Exception) else "done"
    return f"{type(command).__name__}: {refused}"
