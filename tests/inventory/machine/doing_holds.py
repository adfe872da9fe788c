"""What may happen to holds: placed, extended, sold, let go, sent out, taken back."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from machine.acting import Acting, during
from machine.strategies import (
    Portion,
    Wish,
    after,
    channels,
    conditions,
    customers,
    lasting,
    picks,
    places,
    portions,
    skus,
    sourcings,
    wish,
    wishes,
)
from machine.world import CHANNELS, NUMBERED, PLACES, SKUS, components, needs_of
from rackhouse.inventory.commands import (
    IN_ORDER,
    ConfirmHold,
    ExpireHold,
    ExtendHold,
    OpenPromise,
    Placement,
    RecallLot,
    RecordSale,
    ReleaseHold,
    ReturnGoods,
    ShipHold,
    TakeBack,
)
from rackhouse.inventory.rules import Line, PromiseTerms, Reach
from rackhouse.inventory.sourcing import Sourcing, candidates

__all__ = ["DoingHolds"]

back = conditions | st.just("write_off")
furthers = st.sampled_from(["hold", "hold", "sell", "sell", "hand over", "promise", "promised"])


class DoingHolds(Acting):
    """Buyers buy, change their minds, and send things back."""

    def __init__(self) -> None:
        super().__init__()
        self.placements: list[Placement] = []
        self.take_backs: list[TakeBack] = []

    # Buying.

    @rule(
        channel=channels,
        customer=customers,
        wishes=wishes,
        lasts=lasting,
        sourcing=sourcings,
        further=furthers,
    )
    def place_hold(
        self,
        channel: str,
        customer: str | None,
        wishes: list[Wish],
        lasts: int,
        sourcing: Sourcing,
        further: str,
    ) -> None:
        """A buyer wants several lines, all or none; perhaps also what has not come."""
        lines = self.lines(channel, wishes, promise="promise" in further)
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

    @rule(channel=channels, customer=customers, wish=wish, lasts=lasting, further=furthers)
    def place_one(
        self, channel: str, customer: str | None, wish: Wish, lasts: int, further: str
    ) -> None:
        """A buyer wants one thing."""
        self.place_hold(channel, customer, [wish], lasts, IN_ORDER, further)

    @during("apart")
    @rule(pick=picks, customer=customers, lasts=lasting, further=furthers)
    def place_of_allotment(self, pick: int, customer: str | None, lasts: int, further: str) -> None:
        """A buyer wants what a channel has set apart."""
        apart = sorted({(p.allotment, p.sku) for p in self.books.pieces if p.allotment})
        if apart:
            channel, sku = apart[pick % len(apart)]
            self.place_hold(channel, customer, [Wish(sku, 1, "any", 0)], lasts, IN_ORDER, further)

    @during("promises")
    @rule(
        sku=skus,
        channel=channels,
        customers=st.lists(customers, min_size=1, max_size=3),
        lasts=lasting,
        sold=st.booleans(),
    )
    def buy_ahead(
        self, sku: str, channel: str, customers: list[str | None], lasts: int, sold: bool
    ) -> None:
        """Buyers want more than there is."""
        further = "promised" if sold else "promise"
        known = self.tables.promises.get(sku)
        if known is None or known.closed_at is not None:
            terms = PromiseTerms(kind="pre_order", promised_at=self.now + after(86_400))
            self.ask(OpenPromise(context=self.context, sku=sku, terms=terms, caps={"": 6}))
            self.carry_out()
        for customer in customers:
            there = self.books.available(channel, sku)
            ahead = Wish(sku, there + 1, "exactly", 0)
            self.place_hold(channel, customer, [ahead], lasts, IN_ORDER, further)

    @during("lots")
    @rule(pick=picks)
    def recall_what_is_reserved(self, pick: int) -> None:
        """A lot is recalled of which somebody has some, who pays and wants it sent."""
        found = sorted(
            {
                (p.sku, p.lot, p.hold)
                for p in self.books.pieces
                if p.lot and p.hold and p.state in ("held", "sold")
            }
        )
        if found:
            sku, lot, hold_id = found[pick % len(found)]
            asked: dict[str, Any] = {"context": self.context, "hold_id": hold_id}
            self.ask(RecallLot(context=self.context, sku=sku, lot=lot, reason="glass"))
            self.ask(ConfirmHold(**asked))
            self.ask(ShipHold(**asked, lines=None))

    @during("holds")
    @precondition(lambda self: self.placements)
    @rule(pick=picks)
    def place_again(self, pick: int) -> None:
        """Somebody asks again, since they did not hear the answer."""
        self.ask(self.placements[-1 - pick % len(self.placements)])

    @during("apart")
    @rule(channel=channels, customer=customers, wishes=wishes)
    def report_sale(self, channel: str, customer: str | None, wishes: list[Wish]) -> None:
        """A till that was offline tells what it has sold."""
        lines = self.lines(channel, wishes)
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

    def lines(self, channel: str, wishes: list[Wish], *, promise: bool = False) -> list[Line]:
        """Lines that may well be served, if not exactly so many are wanted."""
        wanted = Counter[str]()
        found: list[Line] = []
        for each in wishes:
            left = self._left(channel, each.sku, wanted, promise)
            if left <= 0 and each.how != "exactly":
                each, left = self._instead(channel, each, wanted)
            if left > 0 or not found:
                found.append(self._line(channel, each, max(1, left)))
                for sku, count in components(each.sku).items():
                    wanted[sku] += count * found[-1].quantity
        return found

    def _left(self, channel: str, sku: str, wanted: Counter[str], promise: bool = False) -> int:
        return min(
            (self.books.available(channel, part, promise=promise) - wanted[part]) // count
            for part, count in components(sku).items()
        )

    def _instead(self, channel: str, wish: Wish, wanted: Counter[str]) -> tuple[Wish, int]:
        """Something else that there is."""
        for sku in (*SKUS[wish.pick % 4 :], *SKUS):
            left = self._left(channel, sku, wanted)
            if left > 0:
                return msgspec.structs.replace(wish, sku=sku), left
        return wish, 0

    def _line(self, channel: str, wish: Wish, left: int) -> Line:
        quantity = wish.quantity if wish.how == "exactly" else min(wish.quantity, left)
        open_pieces = [
            p
            for place in CHANNELS[channel]
            for pieces in self.books.open_pieces(channel, (wish.sku, place))
            for p in pieces
        ]
        if wish.how == "first in":
            return Line(wish.sku, quantity, picking="first_in")
        if wish.how not in ("of a lot", "by number") or not open_pieces:
            return Line(wish.sku, quantity)
        lot = open_pieces[wish.pick % len(open_pieces)].lot or None
        if wish.how == "of a lot":
            return Line(wish.sku, quantity, lot)
        found = sorted({p.number for p in open_pieces if p.number is not None})
        if not found:
            return Line(wish.sku, quantity)
        named = tuple(found[wish.pick % len(found) :][:quantity])
        return Line(wish.sku, len(named), NUMBERED[0], named)

    # What becomes of it.

    @precondition(lambda self: self.books.holds)
    @rule(pick=picks)
    def confirm(self, pick: int) -> None:
        """A buyer pays."""
        hold_id = self.hold(pick, "held")
        self.ask(ConfirmHold(context=self.context, hold_id=hold_id))

    @during("holds")
    @precondition(lambda self: self.books.holds)
    @rule(pick=picks, lasts=lasting)
    def extend(self, pick: int, lasts: int) -> None:
        """A buyer needs longer."""
        hold_id = self.hold(pick, "held")
        self.ask(ExtendHold(context=self.context, hold_id=hold_id, ttl_seconds=lasts))

    @precondition(lambda self: self.books.holds)
    @rule(pick=picks, when=st.sampled_from([None, 0, 1]))
    def tidy(self, pick: int, when: int | None) -> None:
        """The worker ends what has lapsed: later, at once, or a moment too early."""
        hold_id = self.hold(pick, "held")
        if when is not None:
            self.go_to(max(self.now, self.books.holds[hold_id].until - after(when)))
        self.ask(ExpireHold(context=self.context, hold_id=hold_id))

    @precondition(lambda self: self.books.holds)
    @rule(pick=picks, portion=portions)
    def release(self, pick: int, portion: Portion | None) -> None:
        """A buyer changes their mind, perhaps after paying."""
        hold_id = self.hold(pick, "held", "sold")
        lines = self.part_of(hold_id, portion, "held", "sold")
        self.ask(ReleaseHold(context=self.context, hold_id=hold_id, lines=lines, reason="no"))

    @during("holds")
    @precondition(lambda self: self.books.holds)
    @rule(pick=picks, portion=portions, paid=st.booleans())
    def ship(self, pick: int, portion: Portion | None, paid: bool) -> None:
        """A parcel leaves, perhaps as soon as it is paid."""
        if not paid:
            self.confirm(pick)
        hold_id = self.hold(pick, "sold")
        lines = self.part_of(hold_id, portion, "sold")
        self.ask(ShipHold(context=self.context, hold_id=hold_id, lines=lines))

    @during("holds")
    @precondition(lambda self: self.books.holds)
    @rule(
        pick=picks,
        portion=portions,
        condition=back,
        place=st.none() | places,
        reported=st.booleans(),
    )
    def return_goods(
        self,
        pick: int,
        portion: Portion | None,
        condition: str,
        place: str | None,
        reported: bool,
    ) -> None:
        """A parcel comes back, perhaps broken, perhaps elsewhere, perhaps to a till."""
        hold_id = self.hold(pick, "shipped")
        asked: dict[str, Any] = {
            "context": self.context,
            "hold_id": hold_id,
            "lines": self.part_of(hold_id, portion, "shipped"),
            "reason": "no",
            "condition": condition,
            "location": place,
            "skus": self.skus_of(hold_id),
        }
        if not reported:
            self.ask(ReturnGoods(**asked))
            return
        report = TakeBack(**asked, return_id=self.new_id(), content="what was brought back")
        self.take_backs.append(report)
        self.ask(report)

    @during("holds")
    @rule(
        channel=channels,
        customer=customers,
        wishes=wishes,
        portion=portions,
        condition=back,
        place=st.none() | places,
    )
    def buy_and_send_back(
        self,
        channel: str,
        customer: str | None,
        wishes: list[Wish],
        portion: Portion | None,
        condition: str,
        place: str | None,
    ) -> None:
        """A buyer takes things along and brings some of them back."""
        self.place_hold(channel, customer, wishes, 10, IN_ORDER, "hand over")
        self.carry_out()
        if self.books.holds:
            self.return_goods(0, portion, condition, place, False)

    @during("holds")
    @precondition(lambda self: self.take_backs)
    @rule(pick=picks)
    def report_return_again(self, pick: int) -> None:
        """A till tells once more what was brought back."""
        self.ask(self.take_backs[-1 - pick % len(self.take_backs)])

    def hold(self, pick: int, *states: str) -> str:
        """One of the latest holds, rather one that has pieces in some states."""
        known = list(self.books.holds)
        fitting = [each for each in known if self.books.of(each, *states)] or known
        return fitting[-1 - pick % len(fitting)]

    def skus_of(self, hold_id: str) -> Sequence[str]:
        """The SKUs that a hold has pieces of."""
        return [need.sku for need in needs_of(self.books.holds[hold_id].lines)]

    def part_of(self, hold_id: str, portion: Portion | None, *states: str) -> list[Line] | None:
        """Some of what a hold has, or everything."""
        if portion is None:
            return None
        lines = self.books.holds[hold_id].lines
        line = lines[portion.line % len(lines)]
        mine = [p for p in self.books.of(hold_id, *states) if p.sku == line.sku]
        quantity = min(portion.quantity, line.quantity)
        if portion.how == "wrong":
            return [Line("B", portion.quantity)]
        if portion.how == "of a lot" and mine:
            return [Line(line.sku, quantity, mine[-1].lot or None)]
        named = sorted(p.number for p in mine if p.number is not None)[-quantity:]
        if portion.how == "by number" and named:
            return [Line(line.sku, len(named), line.lot, tuple(named))]
        return [Line(line.sku, quantity)]
