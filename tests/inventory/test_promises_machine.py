"""The machine of the stock, which also sells what has not come and closes and changes promises."""

import datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, multiple, rule
from test_ledger_machine import PLACES, SKUS, StockMachine, ids, quantities

from rackhouse.inventory.commands import (
    ChangePromise,
    ClosePromise,
    KeepPromises,
    OpenPromise,
    Placement,
    ReceiveStock,
)
from rackhouse.inventory.events import PROMISED, PromiseKept
from rackhouse.inventory.rules import (
    CLOSED,
    Hold,
    Line,
    Need,
    PromiseChange,
    PromiseTerms,
    Stock,
    still_promised,
)
from rackhouse.platform.ids import new_id

SOON = datetime.timedelta(days=30)
skus = st.sampled_from(SKUS)


class PromiseMachine(StockMachine):
    """Two SKUs that may be sold before they come."""

    @initialize()
    def open(self) -> None:
        """Nothing is there, and nothing promised."""
        super().open()
        self.ledger.now = self.now
        for sku in SKUS:
            self.ledger.stock[sku, PROMISED] = Stock(sku, PROMISED)
        self.ledger.backlog.selling = {"web": frozenset(PLACES)}

    @rule(sku=skus, cap=st.integers(0, 9))
    def open_promise(self, sku: str, cap: int) -> None:
        """More is announced."""
        self.ask(
            OpenPromise(
                context=self.context,
                sku=sku,
                terms=PromiseTerms(kind="backorder", promised_at=self.now + SOON),
                caps={"": cap},
            )
        )

    @rule(sku=skus, cap=st.none() | st.integers(0, 9), days=st.integers(0, 9))
    def change_promise(self, sku: str, cap: int | None, days: int) -> None:
        """It comes later, or in other numbers."""
        change = PromiseChange(
            promised_at=self.now + datetime.timedelta(days=days),
            caps=None if cap is None else {"": cap},
            reason="news",
        )
        self.ask(ChangePromise(context=self.context, sku=sku, change=change, expected_version=None))

    @rule(sku=skus)
    def close_promise(self, sku: str) -> None:
        """Enough was sold."""
        self.ask(
            ClosePromise(context=self.context, sku=sku, reason="enough", expected_version=None)
        )

    @rule(
        target=StockMachine.holds,
        lines=st.lists(st.builds(Line, ids.filter(SKUS.__contains__), quantities), min_size=1),
        seconds=st.integers(1, 100),
        sell=st.booleans(),
    )
    def preorder(self, lines: list[Line], seconds: int, sell: bool) -> object:
        """A buyer takes what is there and what will come."""
        hold = self.ask(
            Placement(
                context=self.context,
                hold_id=new_id(),
                channel="web",
                lines=lines,
                needs=[Need(index, each.sku, each.quantity) for index, each in enumerate(lines)],
                locations=PLACES,
                ttl_seconds=seconds,
                promise=True,
                sell=sell,
            )
        )
        return hold.id if isinstance(hold, Hold) else multiple()

    @rule(sku=skus, place=st.sampled_from(PLACES), quantity=quantities)
    def receive(self, sku: str, place: str, quantity: int) -> None:
        """What comes in is nobody else's while somebody waits, and goes to them in order."""
        before = len(self.ledger.events)
        lines = [Line(sku, quantity)]
        self.ask(ReceiveStock(context=self.context, location=place, lines=lines))
        self.check_served(sku, place, before)

    @rule(sku=skus, place=st.sampled_from(PLACES))
    def keep_promises(self, sku: str, place: str) -> None:
        """The job goes round."""
        before = len(self.ledger.events)
        self.ask(KeepPromises(context=self.context, sku=sku, locations=[place]))
        self.check_served(sku, place, before)

    @rule(seconds=st.integers(1, 60))
    def wait(self, seconds: int) -> None:
        """Time goes by, for the batch, too."""
        super().wait(seconds)
        self.ledger.now = self.now

    def check_served(self, sku: str, place: str, before: int) -> None:
        """Nothing is left over while somebody waits, and nobody overtook another."""
        kept = [each.data for each in self.ledger.events[before:]]
        turns = [self.turn(each) for each in kept if isinstance(each, PromiseKept)]
        assert turns == sorted(turns)
        waiting = [
            each
            for hold in self.ledger.holds.values()
            for each in hold.allocations
            if (each.sku, each.location) == (sku, PROMISED) and any(still_promised(each, self.now))
        ]
        assert not waiting or self.ledger.stock[sku, place].free == 0

    def turn(self, kept: PromiseKept) -> tuple[datetime.datetime, str]:
        """When somebody who was served had bought."""
        return (self.ledger.holds[kept.hold_id].placed_at, kept.hold_id)

    @invariant()
    def nothing_is_sold_of_a_closed_promise(self) -> None:
        """It has no pieces but those that were sold."""
        for row in self.ledger.stock.values():
            assert not row.details & CLOSED or row.free == 0


PromiseMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestPromiseMachine = PromiseMachine.TestCase
