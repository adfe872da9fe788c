"""A machine that does anything anybody could do to stock, in any order, and checks the promises
after each step. It runs the very decisions that a batch runs, without a database."""

import datetime
from collections.abc import Iterator

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from rackhouse.inventory.commands import (
    Adjust,
    AdjustStock,
    Command,
    ConfirmHold,
    ExpireHold,
    ExtendHold,
    Placement,
    ReceiveStock,
    ReleaseHold,
    ReturnGoods,
    ShipHold,
)
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.levels import levels_of
from rackhouse.inventory.rules import Hold, Key, Line, Need, Stock, apply
from rackhouse.platform.context import Caller, Context
from rackhouse.platform.errors import Refusal
from rackhouse.platform.ids import new_id

SKUS = ("A", "B")
PLACES = ("cellar", "shop")
BUNDLE = {"A": 2, "B": 1}

quantities = st.integers(1, 6)
ids = st.sampled_from([*SKUS, "BUNDLE"])


class StockMachine(RuleBasedStateMachine):
    """Two SKUs and a bundle of them at two places."""

    holds = Bundle("holds")

    @initialize()
    def open(self) -> None:
        """Nothing is there."""
        self.now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        keys = [(sku, place) for sku in SKUS for place in PLACES]
        self.ledger = Ledger({key: Stock(*key) for key in keys}, {})
        caller = Caller(subject="machine", permissions=frozenset())
        self.context = Context(house=None, caller=caller, correlation_id="machine")  # type: ignore[arg-type]

    def ask(self, command: Command) -> object | None:
        """Carry a command out; a refusal must leave everything as it was."""
        before, events = dict(self.ledger.stock), len(self.ledger.events)
        try:
            return command.decide(self.ledger, self.now)
        except Refusal:
            assert self.ledger.stock == before
            assert len(self.ledger.events) == events
            return None

    @rule(sku=st.sampled_from(SKUS), place=st.sampled_from(PLACES), quantity=quantities)
    def receive(self, sku: str, place: str, quantity: int) -> None:
        """Pieces come in."""
        lines = [Line(sku, quantity)]
        self.ask(ReceiveStock(context=self.context, location=place, lines=lines))

    @rule(sku=st.sampled_from(SKUS), place=st.sampled_from(PLACES), counted=st.integers(0, 12))
    def count(self, sku: str, place: str, counted: int) -> None:
        """Somebody counts."""
        adjustment = Adjust(sku=sku, location=place, counted=counted)
        self.ask(AdjustStock(context=self.context, adjustments=[adjustment], reason="count"))

    @rule(
        target=holds,
        lines=st.lists(st.builds(Line, ids, quantities), min_size=1, max_size=3),
        seconds=st.integers(1, 100),
        further=st.sampled_from(["hold", "sell", "hand over"]),
    )
    def place_hold(self, lines: list[Line], seconds: int, further: str) -> object:
        """A buyer wants several lines, all or none."""
        needs = [
            Need(index, sku, line.quantity * count)
            for index, line in enumerate(lines)
            for sku, count in (BUNDLE if line.sku == "BUNDLE" else {line.sku: 1}).items()
        ]
        hold = self.ask(
            Placement(
                context=self.context,
                hold_id=new_id(),
                channel="web",
                lines=lines,
                needs=needs,
                locations=PLACES,
                ttl_seconds=seconds,
                sell=further != "hold",
                hand_over=further == "hand over",
            )
        )
        return hold.id if isinstance(hold, Hold) else multiple()

    @rule(hold_id=holds)
    def confirm(self, hold_id: str) -> None:
        """A buyer pays."""
        self.ask(ConfirmHold(context=self.context, hold_id=hold_id))

    @rule(hold_id=holds, seconds=st.integers(1, 100))
    def extend(self, hold_id: str, seconds: int) -> None:
        """A buyer needs longer."""
        self.ask(ExtendHold(context=self.context, hold_id=hold_id, ttl_seconds=seconds))

    @rule(hold_id=holds, line=st.none() | st.builds(Line, ids, quantities))
    def release(self, hold_id: str, line: Line | None) -> None:
        """A buyer changes their mind."""
        lines = None if line is None else [line]
        command = ReleaseHold(context=self.context, hold_id=hold_id, lines=lines, reason="no")
        self.ask(command)

    @rule(hold_id=holds, line=st.none() | st.builds(Line, ids, quantities))
    def ship(self, hold_id: str, line: Line | None) -> None:
        """A parcel leaves."""
        lines = None if line is None else [line]
        self.ask(ShipHold(context=self.context, hold_id=hold_id, lines=lines))

    @rule(hold_id=holds, line=st.none() | st.builds(Line, ids, quantities))
    def return_goods(self, hold_id: str, line: Line | None) -> None:
        """A parcel comes back."""
        lines = None if line is None else [line]
        command = ReturnGoods(context=self.context, hold_id=hold_id, lines=lines, reason="no")
        self.ask(command)

    @rule(seconds=st.integers(1, 60))
    def wait(self, seconds: int) -> None:
        """Time goes by."""
        self.now += datetime.timedelta(seconds=seconds)

    @rule(hold_id=holds)
    def tidy(self, hold_id: str) -> None:
        """The worker ends what has lapsed."""
        self.ask(ExpireHold(context=self.context, hold_id=hold_id))

    @invariant()
    def never_oversold(self) -> None:
        """What is promised is there."""
        for row in self.ledger.stock.values():
            assert row.held >= 0 and row.committed >= 0
            assert row.held + row.committed <= row.on_hand

    @invariant()
    def the_holds_explain_what_is_reserved(self) -> None:
        """Held and committed are the sums over the holds."""
        for key, row in self.ledger.stock.items():
            assert row.held == sum(each.held for each in self.allocations(key))
            assert row.committed == sum(each.committed for each in self.allocations(key))

    @invariant()
    def the_events_explain_every_figure(self) -> None:
        """Replayed from nothing, the events give the same rows, one version an event."""
        replayed = {key: Stock(*key) for key in self.ledger.stock}
        for event in self.ledger.events:
            sku, _, place = event.stream.rpartition("@")
            after = apply(replayed[(sku, place)], event.data)  # type: ignore[arg-type]
            replayed[(sku, place)] = after
            assert event.version == after.version
            assert event.after == levels_of(after)
        assert replayed == self.ledger.stock

    @invariant()
    def no_hold_gives_more_than_it_has(self) -> None:
        """The pieces of an allocation are in one place at a time."""
        for hold in self.ledger.holds.values():
            for each in hold.allocations:
                assert min(each.held, each.committed, each.shipped, each.returned) >= 0
                assert each.held + each.committed + each.shipped <= each.quantity
                assert each.returned <= each.shipped

    def allocations(self, key: Key) -> Iterator[object]:
        """The allocations of some stock."""
        return (
            each
            for hold in self.ledger.holds.values()
            for each in hold.allocations
            if (each.sku, each.location) == key
        )


StockMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestStockMachine = StockMachine.TestCase
