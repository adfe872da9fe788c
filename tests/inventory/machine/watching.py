"""Holding each outcome against what the books foresaw."""

import datetime
from collections import Counter
from typing import Any

from machine.expecting import Foreseen, Shares, foresee
from machine.happenings import Bookkeeper
from machine.keeping import Placing
from machine.placements import exceeds_any, may_refuse, pieces_expected
from rackhouse.inventory.commands import Command, Placement
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import Hold
from rackhouse.platform.errors import Refusal
from rackhouse.platform.events import NewEvent

__all__ = ["Watcher"]


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
        if isinstance(command, Placement):
            self._placement(events, command, outcome)
        else:
            self._other(events, command, outcome)
        self.books.nothing_is_under_way()

    def end(self, ledger_events: list[NewEvent]) -> None:
        """What the batch did after its last command."""
        self._note(ledger_events[self.seen :])
        self.books.nothing_is_under_way()

    def _other(self, events: list[NewEvent], command: Command, outcome: Any) -> None:
        before, foreseen = self.books.shares(), foresee(self.books, command)
        named = self._standing(command, foreseen)
        self._note(events)
        refused = isinstance(outcome, Refusal)
        assert not (refused and events), f"{outcome!r} leaves everything as it was"
        if foreseen is not None:
            _must_be(foreseen, outcome, command)
        for number, state in named.items():
            assert self._standing(command, foreseen).get(number) != state, f"{number} was named"
        change = _change(before, self.books.shares())
        if isinstance(foreseen, Foreseen) and not refused:
            assert change == foreseen.change, f"{command} came to {change}"
        else:
            assert not change, f"{command} changed {change}"

    def _standing(self, command: Command, foreseen: Foreseen | None) -> dict[int, str]:
        """The states of the numbers that a command names and will move."""
        if foreseen is None or foreseen.refusal is not None:
            return {}
        hold_id: str = getattr(command, "hold_id", "")
        return {
            p.number: p.state
            for p in self.books.of(hold_id, "held", "sold", "shipped")
            if p.number in foreseen.numbers
        }

    def _placement(self, events: list[NewEvent], command: Placement, outcome: Any) -> None:
        books = self.books
        if command.hold_id in books.holds:
            assert not events and isinstance(outcome, Hold), "asking again changes nothing"
            return
        own = next(
            (
                at
                for at, event in enumerate(events)
                if getattr(event.data, "hold_id", None) == command.hold_id
            ),
            len(events),
        )
        self._note(events[:own])
        if isinstance(outcome, Refusal):
            assert own == len(events), "a refusal leaves everything as it was"
            assert may_refuse(books, command, outcome), f"{command} was refused: {outcome!r}"
            return
        assert not exceeds_any(books, command), f"{command} goes beyond a quota"
        expected, before = pieces_expected(books, command), books.shares()
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


def placing_of(books: Bookkeeper, command: Placement) -> Placing:
    """What the books must know of a hold before it is placed."""
    return Placing(
        command.hold_id,
        command.channel,
        command.customer_id,
        tuple(command.lines),
        tuple(command.locations),
        books.now + datetime.timedelta(seconds=command.ttl_seconds),
        promise=command.promise,
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


def _change(before: Shares, after: Shares) -> Shares:
    change: Shares = Counter()
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
