"""What may happen to holds: placed, extended, sold, let go, sent out, taken back."""

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from machine.acting import Acting
from machine.strategies import (
    channels,
    conditions,
    customers,
    few,
    picks,
    places,
    portions,
    seconds,
    skus,
    sourcings,
    wanted,
    wishes,
)
from machine.world import CHANNELS, PLACES, needs_of
from rackhouse.inventory.commands import (
    IN_ORDER,
    ConfirmHold,
    ExpireHold,
    ExtendHold,
    Placement,
    RecordSale,
    ReleaseHold,
    ReturnGoods,
    ShipHold,
    TakeBack,
)
from rackhouse.inventory.rules import Line, Reach
from rackhouse.inventory.sourcing import Sourcing, candidates

__all__ = ["DoingHolds"]

back = conditions | st.just("write_off")


class DoingHolds(Acting):
    """Buyers buy, change their minds, and send things back."""

    def __init__(self) -> None:
        super().__init__()
        self.placements: list[Placement] = []
        self.take_backs: list[TakeBack] = []

    def hold(self, pick: int, *states: str) -> str:
        """One of the latest holds, rather one that has pieces in some states."""
        known = list(self.books.holds)
        fitting = [each for each in known if self.books.of(each, *states)] or known
        return fitting[-1 - pick % len(fitting)]

    def sensible(self, lines: list[Line], *, exactly: bool) -> list[Line]:
        """The lines, asking for numbers that are there, unless they are meant exactly so."""
        if exactly:
            return lines
        free = {
            p.number for p in self.books.pieces if p.state == "free" and p.condition == "sellable"
        }
        found = []
        for line in lines:
            named = tuple(number for number in line.units if number in free)
            found.append(Line("D", len(named), line.lot, named) if named else line)
        return found

    @rule(
        channel=channels,
        customer=customers,
        lines=wishes,
        lasts=seconds,
        sourcing=sourcings,
        exactly=st.booleans(),
        further=st.sampled_from(["hold", "hold", "sell", "hand over", "promise", "promised"]),
    )
    def place_hold(
        self,
        channel: str,
        customer: str | None,
        lines: list[Line],
        lasts: int,
        sourcing: Sourcing,
        exactly: bool,
        further: str,
    ) -> None:
        """A buyer wants several lines, all or none; perhaps also what has not come."""
        lines = self.sensible(lines, exactly=exactly)
        placement = Placement(
            context=self.context,
            hold_id=self.new_id(),
            channel=channel,
            customer_id=customer,
            lines=lines,
            needs=needs_of(lines),
            locations=CHANNELS[channel],
            ttl_seconds=lasts,
            sell=further in ("sell", "hand over", "promised"),
            hand_over=further == "hand over",
            promise=further in ("promise", "promised"),
            may_exist=True,
            sourcing=sourcing,
            candidates=()
            if sourcing is IN_ORDER
            else candidates(CHANNELS[channel], PLACES, sourcing),
        )
        self.placements.append(placement)
        self.ask(placement)

    @precondition(lambda self: self.placements)
    @rule(pick=picks)
    def place_again(self, pick: int) -> None:
        """Somebody asks again, since they did not hear the answer."""
        self.ask(self.placements[-1 - pick % len(self.placements)])

    @rule(channel=channels, customer=customers, lines=wishes)
    def report_sale(self, channel: str, customer: str | None, lines: list[Line]) -> None:
        """A till that was offline tells what it has sold."""
        lines = self.sensible(lines, exactly=False)
        places = CHANNELS[channel]
        others = [place for place in PLACES if place not in places]
        self.ask(
            RecordSale(
                context=self.context,
                hold_id=self.new_id(),
                channel=channel,
                customer_id=customer,
                lines=lines,
                needs=needs_of(lines),
                locations=places,
                ttl_seconds=10,
                sell=True,
                hand_over=True,
                may_exist=True,
                reach=Reach([*places, *others], places),
            )
        )

    @precondition(lambda self: self.books.holds)
    @rule(pick=picks)
    def confirm(self, pick: int) -> None:
        """A buyer pays."""
        self.ask(ConfirmHold(context=self.context, hold_id=self.hold(pick, "held")))

    @rule(channel=channels, customer=customers, line=wanted, lasts=seconds, sold=st.booleans())
    def place_one(
        self, channel: str, customer: str | None, line: Line, lasts: int, sold: bool
    ) -> None:
        """A buyer wants one thing."""
        further = "sell" if sold else "hold"
        self.place_hold(channel, customer, [line], lasts, IN_ORDER, False, further)

    @rule(channel=channels, customer=customers, sku=skus, quantity=few, sold=st.booleans())
    def preorder(
        self, channel: str, customer: str | None, sku: str, quantity: int, sold: bool
    ) -> None:
        """A buyer wants something, come or not."""
        further = "promised" if sold else "promise"
        lines = [Line(sku, quantity)]
        self.place_hold(channel, customer, lines, 8, IN_ORDER, False, further)

    @precondition(lambda self: self.books.holds)
    @rule(pick=picks)
    def pay_and_go(self, pick: int) -> None:
        """A buyer pays and takes everything along."""
        hold_id = self.hold(pick, "held")
        self.ask(ConfirmHold(context=self.context, hold_id=hold_id))
        self.ask(ShipHold(context=self.context, hold_id=hold_id, lines=None))

    @precondition(lambda self: self.books.holds)
    @rule(pick=picks, lasts=seconds)
    def extend(self, pick: int, lasts: int) -> None:
        """A buyer needs longer."""
        command = ExtendHold(
            context=self.context, hold_id=self.hold(pick, "held"), ttl_seconds=lasts
        )
        self.ask(command)

    @precondition(lambda self: self.books.holds)
    @rule(pick=picks, lines=portions)
    def release(self, pick: int, lines: list[Line] | None) -> None:
        """A buyer changes their mind."""
        hold_id = self.hold(pick, "held", "sold")
        lines = self.fitting(hold_id, lines)
        self.ask(ReleaseHold(context=self.context, hold_id=hold_id, lines=lines, reason="no"))

    @precondition(lambda self: self.books.holds)
    @rule(pick=picks, lines=portions)
    def ship(self, pick: int, lines: list[Line] | None) -> None:
        """A parcel leaves."""
        hold_id = self.hold(pick, "sold")
        lines = self.fitting(hold_id, lines)
        self.ask(ShipHold(context=self.context, hold_id=hold_id, lines=lines))

    @precondition(lambda self: self.books.holds)
    @rule(pick=picks, lines=portions, condition=back, place=st.none() | places)
    def return_goods(
        self, pick: int, lines: list[Line] | None, condition: str, place: str | None
    ) -> None:
        """A parcel comes back, perhaps broken, perhaps elsewhere."""
        hold_id = self.hold(pick, "shipped")
        self.ask(
            ReturnGoods(
                context=self.context,
                hold_id=hold_id,
                lines=self.fitting(hold_id, lines),
                reason="no",
                condition=condition,  # type: ignore[arg-type]
                location=place,
                skus=self.skus_of(hold_id),
            )
        )

    @precondition(lambda self: self.books.holds)
    @rule(pick=picks, lines=portions, condition=back, again=st.none() | picks)
    def report_return(
        self, pick: int, lines: list[Line] | None, condition: str, again: int | None
    ) -> None:
        """A till tells, perhaps once more, what was brought back."""
        if again is not None and self.take_backs:
            self.ask(self.take_backs[-1 - again % len(self.take_backs)])
            return
        hold_id = self.hold(pick, "shipped")
        command = TakeBack(
            context=self.context,
            hold_id=hold_id,
            lines=self.fitting(hold_id, lines),
            reason="no",
            condition=condition,  # type: ignore[arg-type]
            skus=self.skus_of(hold_id),
            return_id=self.new_id(),
            content="what was brought back",
        )
        self.take_backs.append(command)
        self.ask(command)

    @precondition(lambda self: self.books.holds)
    @rule(pick=picks)
    def tidy(self, pick: int) -> None:
        """The worker ends what has lapsed."""
        self.ask(ExpireHold(context=self.context, hold_id=self.hold(pick, "held")))

    def skus_of(self, hold_id: str) -> Sequence[str]:
        """The SKUs that a hold has pieces of."""
        hold = self.books.holds.get(hold_id)
        return () if hold is None else [need.sku for need in needs_of(hold.lines)]

    def fitting(self, hold_id: str, lines: list[Line] | None) -> list[Line] | None:
        """A line of the hold in question, rather than of any."""
        hold = self.books.holds.get(hold_id)
        if lines is None or hold is None:
            return lines
        (line,) = lines
        asked = hold.lines[line.quantity % len(hold.lines)]
        if asked.sku == "D" and line.sku == "D" and line.units:
            mine = [p.number for p in self.books.of(hold_id, "held", "sold", "shipped")]
            named = sorted(number for number in mine if number is not None)[: line.quantity]
            return [Line("D", len(named), asked.lot, tuple(named))] if named else [line]
        lot = line.lot if asked.sku == "C" else None
        return [Line(asked.sku, min(line.quantity, asked.quantity), lot)]
