"""What may happen to stock without a hold: received, counted, broken, set apart, kept back,
recalled."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from machine.acting import Acting, Slot, during
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
    of_this_world,
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

    @property
    def loads(self) -> Sequence[str]:
        """What a parcel may bring."""
        kinds = ("A", "A", "B", "C", "C", "C without a lot", "D", "D", "A and others")
        return self.world.of_these(*kinds)

    @property
    def known_lots(self) -> Sequence[tuple[str, str]]:
        """The lots that matter."""
        every = [*(("C", lot) for lot in LOTS), ("D", NUMBERED[0])]
        return [each for each in every if each[0] in self.skus] or every

    def register(self, sku: str, lot: str, facts: LotFacts) -> None:
        """Make a lot known."""
        self.ask(RegisterLot(context=self.context, sku=sku, lot=lot, facts=facts))

    @rule(
        load=of_this_world("loads"),
        place=places,
        quantity=some,
        lot=lots_of_c,
        units=numbers,
        condition=present,
    )
    def receive(
        self, load: str, place: str, quantity: int, lot: str, units: set[int], condition: str
    ) -> None:
        """Pieces come in; numbered ones unless they have before."""
        named = tuple(sorted(units - {p.number for p in self.books.pieces}) or sorted(units))
        lines = {
            "C": [Line("C", quantity, lot)],
            "C without a lot": [Line("C", 1)],
            "D": [Line("D", len(named), NUMBERED[0], named)],
            "A and others": [Line("A", quantity), Line("C", 2, lot), Line("C", 1), Line("B", 1)],
        }
        self._receive(place, lines.get(load, [Line(load, quantity)]), condition)

    def _receive(self, place: str, lines: Sequence[Line], condition: str) -> None:
        command = ReceiveStock(
            context=self.context, location=place, lines=lines, condition=condition
        )
        self.ask(command)

    @during("corrections")
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

    @during("corrections")
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

    @during("apart")
    @rule(
        pick=picks,
        quantity=few,
        how=hows,
        channel=channels,
        kind=st.sampled_from(["allot", "allot", "give back", "top up", "top up"]),
        most=few,
    )
    def set_apart(
        self, pick: int, quantity: int, how: str, channel: str, kind: str, most: int
    ) -> None:
        """Pieces are set apart for a channel, or given back by it."""
        wanted = {"allotment": channel} if kind == "give back" else {"allotment": ""}
        slot = self.slot(pick, **wanted, condition="sellable")
        if slot is None:
            return
        portions = [self.portion(slot, quantity, how)]
        asked: dict[str, Any] = {"context": self.context, "channel": channel}
        if kind == "allot":
            self.ask(AllotStock(**asked, portions=portions))
        elif kind == "give back":
            self.ask(GiveBack(**asked, portions=portions))
        else:
            self.top_up(channel, slot, quantity, most)

    def top_up(self, channel: str, slot: Slot, minimum: int, most: int) -> None:
        """The worker fills an allotment up as its rule says, of what is not kept back."""
        sku, place, *_ = slot
        if most > 2:
            self.keep_back(sku, place, 5, "")
        self.tables.allotment_rules[channel, sku, place] = AllotmentRule(
            channel=channel,
            sku=sku,
            location=place,
            level=minimum + 1,
            minimum=minimum,
            paused=False,
            version=1,
        )
        self.ask(TopUp(context=self.context, due=[Due(channel, sku, place, most)]))

    @during("apart")
    @rule(sku=skus, place=places, quantity=st.integers(0, 3), channel=st.just("") | channels)
    def keep_back(self, sku: str, place: str, quantity: int, channel: str) -> None:
        """Some are kept for the unforeseen, or for other channels."""
        level = KeptBack(sku=sku, location=place, quantity=quantity, channel=channel)
        self.ask(KeepBack(context=self.context, levels=[level]))

    # Lots.

    @during("lots")
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
