"""What may be said of what has not come: promises, shipments of suppliers, transfers."""

import datetime
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from machine.acting import Acting, during
from machine.strategies import (
    few,
    lots_of_c,
    numbers,
    of_this_world,
    picks,
    places,
    present,
    skus,
    some,
)
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


class DoingPromises(Acting):
    """Sold before it comes, on its way, arrived."""

    @during("promises")
    @rule(
        sku=skus,
        caps=caps,
        on=st.none() | picks,
        how=st.sampled_from(["changed", "changed", "moved", "closed"]),
        days=st.integers(0, 3),
    )
    def promise(self, sku: str, caps: dict[str, int], on: int | None, how: str, days: int) -> None:
        """Pieces may be sold that have not come; in other numbers, later, or no more."""
        known = self.tables.promises.get(sku)
        asked: dict[str, Any] = {"context": self.context, "sku": sku}
        if known is None or known.closed_at is not None:
            self._open(asked, caps, on)
        elif how == "closed":
            self.ask(ClosePromise(**asked, expected_version=None, reason="enough"))
        else:
            change = PromiseChange(
                promised_at=self.now + days * DAY,
                caps=caps if how == "changed" else None,
                reason="news",
            )
            self.ask(ChangePromise(**asked, expected_version=None, change=change))

    def _open(self, asked: dict[str, Any], caps: dict[str, int], on: int | None) -> None:
        bringing = [
            each.id
            for each in self.tables.inbounds.values()
            if any(line.sku == asked["sku"] for line in each.lines)
        ]
        inbound_id = None if on is None or not bringing else bringing[-1 - on % len(bringing)]
        terms = PromiseTerms(kind="pre_order", promised_at=self.now + DAY, inbound_id=inbound_id)
        self.ask(OpenPromise(**asked, terms=terms, caps=caps))

    @during("promises")
    @rule(sku=skus, place=places)
    def keep_promises(self, sku: str, place: str) -> None:
        """The worker looks for what may be given to those who wait."""
        self.ask(KeepPromises(context=self.context, sku=sku, locations=[place]))

    # Shipments.

    @property
    def expected(self) -> Sequence[str]:
        """What may be bought of a supplier."""
        loads = self.world.of_these("A", "C", "C of a lot", "D by number")
        return loads or self.world.skus

    def line(self, load: str, quantity: int, lot: str, units: set[int]) -> Line:
        """A line of a shipment."""
        sku = "B" if load == "what is there" else load[0]
        if load == "C of a lot":
            return Line(sku, quantity, lot)
        if load == "D by number":
            return Line(sku, len(units), NUMBERED[0], tuple(sorted(units)))
        return Line(sku, quantity)

    @during("shipments")
    @rule(
        load=st.just("what is there") | of_this_world("expected"),
        pick=picks,
        quantity=some,
        lot=lots_of_c,
        units=numbers,
        how=hows,
        destination=places,
    )
    def send(
        self,
        load: str,
        pick: int,
        quantity: int,
        lot: str,
        units: set[int],
        how: str,
        destination: str,
    ) -> None:
        """Pieces leave for another place, or goods were bought of a supplier."""
        asked: dict[str, Any] = {"context": self.context, "inbound_id": self.new_id()}
        slot = self.slot(pick, allotment="")
        if load != "what is there" or slot is None:
            line = self.line(load, quantity, lot, units)
            shipment = Shipment(
                destination=destination, lines=[line, Line("A", 1)], expected_at=self.now + DAY
            )
            self.ask(ExpectInbound(**asked, origin="supplier", shipment=shipment))
            return
        sku, origin, lot, _, condition = slot
        named = self.numbers(quantity, slot) if how == "by number" else ()
        lot_asked = None if how == "any" else lot or None
        line = Line(sku, len(named) or quantity, lot_asked, named)
        shipment = Shipment(destination=destination, lines=[line])
        self.ask(SendTransfer(**asked, origin=origin, shipment=shipment, condition=condition))

    @during("shipments")
    @precondition(lambda self: self.tables.inbounds)
    @rule(
        pick=picks,
        count=st.none() | few,
        is_all=st.booleans(),
        condition=st.none() | present,
        reason=st.sampled_from([None, "as counted", "as counted"]),
        rest=st.booleans(),
    )
    def receive_inbound(
        self,
        pick: int,
        count: int | None,
        is_all: bool,
        condition: str | None,
        reason: str | None,
        rest: bool,
    ) -> None:
        """A shipment comes, whole or in part, and perhaps the rest of it."""
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
        if rest:
            self.carry_out()
            seen = list(self.tables.inbounds.values())
            inbound = seen[-1 - pick % len(seen)]
            self.ask(
                ReceiveInbound(
                    context=self.context, seen=inbound, arrivals=None, is_all=True, reason=None
                )
            )

    @during("shipments")
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
