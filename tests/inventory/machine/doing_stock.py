"""What may happen to stock without a hold: received, counted, broken, set apart, kept back,
recalled."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from machine.acting import Acting, Slot
from machine.strategies import (
    after,
    allotments,
    channels,
    conditions,
    dates,
    few,
    lots,
    lots_of_c,
    numbers,
    picks,
    places,
    present,
    skus,
    some,
)
from machine.world import LOTS, NUMBERED
from rackhouse.inventory.commands import (
    Adjust,
    AdjustStock,
    AllotStock,
    ChangeCondition,
    ChangeLot,
    Due,
    GiveBack,
    KeepBack,
    KeptBack,
    RecallLot,
    ReceiveStock,
    RegisterLot,
    ReinstateLot,
    TopUp,
    TurnLot,
)
from rackhouse.inventory.rules import AllotmentRule, Line, Pieces, Portion
from rackhouse.inventory.rules.lots import LotChanges, LotFacts

__all__ = ["DoingStock"]

slots = st.tuples(skus, places, st.sampled_from(["", *LOTS]), allotments, conditions)
hows = st.sampled_from(["any", "any", "of the lot", "by number"])


class DoingStock(Acting):
    """Pieces come, go, break and are set apart."""

    def register(self, sku: str, lot: str, facts: LotFacts) -> None:
        """Make a lot known."""
        self.ask(RegisterLot(context=self.context, sku=sku, lot=lot, facts=facts))

    @rule(sku=st.sampled_from("AB"), place=places, quantity=some, condition=present)
    def receive(self, sku: str, place: str, quantity: int, condition: str) -> None:
        """Pieces come in."""
        self._receive(place, [Line(sku, quantity)], condition)

    @rule(lot=lots_of_c, place=places, quantity=some, condition=present)
    def receive_lot(self, lot: str, place: str, quantity: int, condition: str) -> None:
        """Pieces of a lot come in."""
        self._receive(place, [Line("C", quantity, lot)], condition)

    @rule(units=numbers, place=places, condition=present)
    def receive_numbered(self, units: set[int], place: str, condition: str) -> None:
        """Numbered pieces come in, unless they have before."""
        lines = [Line("D", len(units), NUMBERED[0], tuple(sorted(units)))]
        self._receive(place, lines, condition)

    @rule(a=some, lot=lots_of_c, c=some, place=places)
    def receive_several(self, a: int, lot: str, c: int, place: str) -> None:
        """A parcel brings several things."""
        lines = [Line("A", a), Line("C", c, lot), Line("C", 1), Line("B", 1)]
        self._receive(place, lines, "sellable")

    def _receive(self, place: str, lines: Sequence[Line], condition: str) -> None:
        command = ReceiveStock(
            context=self.context, location=place, lines=lines, condition=condition
        )
        self.ask(command)

    @rule(
        pick=picks,
        elsewhere=st.none() | slots,
        counted=st.none() | st.integers(0, 6),
        delta=st.integers(-2, 2),
        units=numbers,
    )
    def adjust(
        self,
        pick: int,
        elsewhere: Slot | None,
        counted: int | None,
        delta: int,
        units: set[int],
    ) -> None:
        """Somebody counts, or something is found or lost."""
        slot = elsewhere or self.slot(pick) or ("A", "north", "", "", "sellable")
        sku, place, lot, allotment, condition = slot
        named: tuple[int, ...] = ()
        if sku == "D":
            lot, counted = NUMBERED[0], None
            named = tuple(sorted(units)) if delta >= 0 else self.numbers(-delta, slot)
            delta = len(named) if delta >= 0 else -len(named)
        adjustment = Adjust(
            sku=sku,
            location=place,
            delta=None if counted is not None else delta,
            counted=counted,
            lot=lot if sku in "CD" else "",
            allotment=allotment if condition == "sellable" else "",
            condition=condition,
            units=named,
        )
        command = AdjustStock(context=self.context, adjustments=[adjustment], reason="count")
        self.ask(command)

    @rule(pick=picks, quantity=st.integers(1, 2), by_number=st.booleans(), becomes=conditions)
    def change_condition(self, pick: int, quantity: int, by_number: bool, becomes: str) -> None:
        """Something breaks, or turns out to be sound."""
        slot = self.slot(pick)
        if slot is None:
            return
        sku, place, lot, allotment, condition = slot
        named = self.numbers(quantity, slot) if by_number else ()
        pieces = Pieces(
            sku=sku,
            location=place,
            quantity=len(named) or quantity,
            lot=lot,
            allotment=allotment,
            condition=condition,
            units=named,
        )
        command = ChangeCondition(
            context=self.context, pieces=pieces, after=becomes, reason="looked at"
        )
        self.ask(command)

    # Allotments, and what is kept back.

    def portion(self, slot: Slot, quantity: int, how: str) -> Portion:
        """Pieces to be set apart, or given back: any, of the lot, or by number."""
        sku, place, lot, *_ = slot
        named = self.numbers(quantity, slot) if how == "by number" else ()
        return Portion(
            sku=sku,
            location=place,
            quantity=len(named) or quantity,
            lot=None if how == "any" else lot or None,
            units=named,
        )

    @rule(pick=picks, quantity=few, how=hows, channel=channels)
    def allot(self, pick: int, quantity: int, how: str, channel: str) -> None:
        """Pieces are set apart for a channel."""
        slot = self.slot(pick, allotment="", condition="sellable")
        if slot is not None:
            portions = [self.portion(slot, quantity, how)]
            self.ask(AllotStock(context=self.context, channel=channel, portions=portions))

    @rule(pick=picks, quantity=few, how=hows, channel=channels)
    def give_back(self, pick: int, quantity: int, how: str, channel: str) -> None:
        """A channel gives pieces back."""
        slot = self.slot(pick, allotment=channel)
        if slot is not None:
            portions = [self.portion(slot, quantity, how)]
            self.ask(GiveBack(context=self.context, channel=channel, portions=portions))

    @rule(pick=picks, channel=channels, minimum=few, more=st.integers(0, 3), most=few)
    def top_up(self, pick: int, channel: str, minimum: int, more: int, most: int) -> None:
        """The worker fills an allotment up as its rule says."""
        slot = self.slot(pick, condition="sellable")
        if slot is None:
            return
        sku, place, *_ = slot
        self.tables.allotment_rules[channel, sku, place] = AllotmentRule(
            channel=channel,
            sku=sku,
            location=place,
            level=minimum + more,
            minimum=minimum,
            paused=False,
            version=1,
        )
        due = [Due(channel, sku, place, most)]
        self.ask(TopUp(context=self.context, due=due))

    @rule(sku=skus, place=places, quantity=st.integers(0, 3), channel=st.just("") | channels)
    def keep_back(self, sku: str, place: str, quantity: int, channel: str) -> None:
        """Some are kept for the unforeseen, or for other channels."""
        level = KeptBack(sku=sku, location=place, quantity=quantity, channel=channel)
        self.ask(KeepBack(context=self.context, levels=[level]))

    # Lots.

    @rule(
        lot=lots,
        how=st.sampled_from(["recalled", "reinstated", "reinstated", "changed", "turned"]),
        released=st.none() | dates,
        expired=st.none() | dates,
    )
    def change_lot(
        self, lot: tuple[str, str], how: str, released: int | None, expired: int | None
    ) -> None:
        """None of it is sold any more, or it is again; its dates are others, or have come."""
        sku, name = lot
        asked: dict[str, Any] = {"context": self.context, "sku": sku, "lot": name}
        changes = LotChanges(
            release_at=None if released is None else self.now + after(released),
            expires_at=None if expired is None else self.now + after(expired),
        )
        match how:
            case "recalled":
                self.ask(RecallLot(**asked, reason="glass"))
            case "reinstated":
                self.ask(ReinstateLot(**asked, reason="no glass"))
            case "changed":
                self.ask(ChangeLot(**asked, changes=changes, expected_version=None))
            case "turned":
                self.ask(TurnLot(**asked))
