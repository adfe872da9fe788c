"""What may be said of what has not come: promises, shipments of suppliers, transfers."""

import datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from machine.acting import Acting
from machine.strategies import few, lots_of_c, numbers, picks, places, present, skus
from machine.world import NUMBERED
from rackhouse.inventory.commands import (
    CancelInbound,
    ChangeInbound,
    ChangePromise,
    ClosePromise,
    ExpectInbound,
    KeepPromises,
    OpenPromise,
    ReceiveInbound,
    SendTransfer,
)
from rackhouse.inventory.rules import (
    Arrival,
    InboundChange,
    Line,
    PromiseChange,
    PromiseTerms,
    Shipment,
)

__all__ = ["DoingPromises"]

hows = st.sampled_from(["any", "any", "of the lot", "by number"])
DAY = datetime.timedelta(days=1)
caps = st.dictionaries(st.sampled_from(["", "", "web", "till"]), st.integers(0, 6), min_size=1)
loads = st.sampled_from(["A", "B", "C", "C of a lot", "D", "D by number"])


class DoingPromises(Acting):
    """Sold before it comes, on its way, arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.inbounds: list[str] = []

    @rule(sku=skus, caps=caps, on=st.none() | picks)
    def open_promise(self, sku: str, caps: dict[str, int], on: int | None) -> None:
        """Pieces may be sold that have not come."""
        bringing = [
            each.id
            for each in self.tables.inbounds.values()
            if any(line.sku == sku for line in each.lines)
        ]
        inbound_id = None if on is None or not bringing else bringing[-1 - on % len(bringing)]
        terms = PromiseTerms(kind="pre_order", promised_at=self.now + DAY, inbound_id=inbound_id)
        self.ask(OpenPromise(context=self.context, sku=sku, terms=terms, caps=caps))

    @precondition(lambda self: self.tables.promises)
    @rule(pick=picks, caps=st.none() | caps, days=st.integers(0, 3), closed=st.booleans())
    def change_promise(
        self, pick: int, caps: dict[str, int] | None, days: int, closed: bool
    ) -> None:
        """It comes later, or in other numbers, or enough was sold."""
        known = list(self.tables.promises)
        asked: dict[str, Any] = {
            "context": self.context,
            "sku": known[pick % len(known)],
            "expected_version": None,
        }
        if closed and not days:
            self.ask(ClosePromise(**asked, reason="enough"))
            return
        change = PromiseChange(promised_at=self.now + days * DAY, caps=caps, reason="news")
        self.ask(ChangePromise(**asked, change=change))

    @rule(sku=skus, place=places)
    def keep_promises(self, sku: str, place: str) -> None:
        """The worker looks for what may be given to those who wait."""
        self.ask(KeepPromises(context=self.context, sku=sku, locations=[place]))

    # Shipments.

    def line(self, load: str, quantity: int, lot: str, units: set[int]) -> Line:
        """A line of a shipment."""
        sku = load[0]
        if load == "C of a lot":
            return Line(sku, quantity, lot)
        if load == "D by number":
            return Line(sku, len(units), NUMBERED[0], tuple(sorted(units)))
        return Line(sku, quantity)

    @rule(load=loads, quantity=few, lot=lots_of_c, units=numbers, place=places)
    def expect(self, load: str, quantity: int, lot: str, units: set[int], place: str) -> None:
        """Goods were bought of a supplier."""
        line = self.line(load, quantity, lot, units)
        self.inbounds.append(self.new_id())
        self.ask(
            ExpectInbound(
                context=self.context,
                inbound_id=self.inbounds[-1],
                origin="supplier",
                shipment=Shipment(
                    destination=place, lines=[line, Line("A", 1)], expected_at=self.now + DAY
                ),
            )
        )

    @rule(pick=picks, quantity=few, how=hows, destination=places)
    def send(self, pick: int, quantity: int, how: str, destination: str) -> None:
        """Pieces leave for another place."""
        slot = self.slot(pick, allotment="")
        if slot is None:
            return
        sku, origin, lot, _, condition = slot
        named = self.numbers(quantity, slot) if how == "by number" else ()
        lot_asked = None if how == "any" else lot or None
        self.inbounds.append(self.new_id())
        self.ask(
            SendTransfer(
                context=self.context,
                inbound_id=self.inbounds[-1],
                origin=origin,
                shipment=Shipment(
                    destination=destination,
                    lines=[Line(sku, len(named) or quantity, lot_asked, named)],
                ),
                condition=condition,
            )
        )

    @precondition(lambda self: self.tables.inbounds)
    @rule(
        pick=picks,
        count=st.none() | few,
        is_all=st.booleans(),
        condition=st.none() | present,
        reason=st.sampled_from([None, "as counted", "as counted"]),
    )
    def receive_inbound(
        self,
        pick: int,
        count: int | None,
        is_all: bool,
        condition: str | None,
        reason: str | None,
    ) -> None:
        """A shipment comes, whole or in part."""
        self.carry_out()
        seen = list(self.tables.inbounds.values())
        inbound = seen[-1 - pick % len(seen)]
        arrivals = None
        if count is not None:
            line = inbound.lines[count % len(inbound.lines)]
            named = line.coming_units[:count]
            arrivals = [
                Arrival(
                    sku=line.sku,
                    quantity=len(named) or count,
                    lot=line.lot or ("late" if line.sku == "C" else None),
                    units=named,
                    condition=condition,
                )
            ]
        self.ask(
            ReceiveInbound(
                context=self.context,
                seen=inbound,
                arrivals=arrivals,
                is_all=is_all,
                reason=reason,
            )
        )

    @precondition(lambda self: self.tables.inbounds)
    @rule(pick=picks, days=st.integers(0, 3), sets_out=st.booleans(), cancelled=st.booleans())
    def change_inbound(self, pick: int, days: int, sets_out: bool, cancelled: bool) -> None:
        """A shipment is late, or has set out, or comes no more."""
        seen = list(self.tables.inbounds.values())
        asked: dict[str, Any] = {"context": self.context, "seen": seen[-1 - pick % len(seen)]}
        if cancelled:
            self.ask(CancelInbound(**asked, reason="sunk"))
            return
        change = InboundChange(
            expected_at=self.now + days * DAY, has_set_out=sets_out, reason="news"
        )
        self.ask(ChangeInbound(**asked, change=change, expected_version=None))
