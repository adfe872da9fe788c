"""Placing a hold."""

import datetime
from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from rackhouse.catalog import Life
from rackhouse.inventory import rules
from rackhouse.inventory.commands.command import Command
from rackhouse.inventory.errors import NotOnSale
from rackhouse.inventory.events import PROMISED
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import Hold, Key, Line, Moves, Need
from rackhouse.inventory.sourcing import Candidate, Sourcing

__all__ = ["IN_ORDER", "Placement"]

IN_ORDER = Sourcing()
"""Where a placement takes from if nothing else is asked: the channel's locations in order."""


class Placement(Command, frozen=True, kw_only=True):
    """Set lines aside under a hold's id; ``sell`` and ``hand_over`` go on to commit and ship.

    A hold that exists already under the id is answered as it is, so that asking twice is safe.
    With ``promise``, what is not there is taken from what has been promised. ``lives`` are those of
    the products of lines that are not for sale at all times, by SKU.
    """

    hold_id: str
    channel: str
    lines: Sequence[Line]
    needs: Sequence[Need]
    locations: Sequence[str]
    ttl_seconds: float
    customer_id: str | None = None
    memo: msgspec.Raw | None = None
    may_exist: bool = False
    sell: bool = False
    hand_over: bool = False
    promise: bool = False
    sourcing: Sourcing = IN_ORDER
    candidates: Sequence[Candidate] = ()
    lives: Sequence[tuple[str, Life]] = ()

    waits_its_turn: ClassVar[bool] = True

    def stock_keys(self) -> Sequence[Key]:
        """Every location that could serve, for every SKU that is needed."""
        keys = [(need.sku, location) for need in self.needs for location in self.locations]
        return keys + [(need.sku, PROMISED) for need in self.needs] if self.promise else keys

    def hold_ids(self) -> Sequence[str]:
        """The hold that may exist already."""
        return (self.hold_id,) if self.may_exist else ()

    def lots_named(self) -> Sequence[tuple[str, str]]:
        """The lots that lines ask for."""
        return [(need.sku, need.lot) for need in self.needs if need.lot is not None]

    def units_named(self) -> Sequence[tuple[str, str, int]]:
        """The numbers that lines ask for."""
        return [(need.sku, need.lot or "", number) for need in self.needs for number in need.units]

    def pieces_wanted(self) -> Mapping[str, int]:
        """As many as the lines need."""
        wanted: dict[str, int] = {}
        for need in self.needs:
            wanted[need.sku] = wanted.get(need.sku, 0) + need.quantity
        return wanted

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Hold:
        """Place the hold, or refuse with `NotOnSale`, `NotEnoughStock`, `QuotaExceeded`,
        `CustomerNeeded` and what lots and units refuse."""
        known = ledger.holds.get(self.hold_id)
        if known is not None:
            return known
        self.check_on_sale(now)
        self.check_quotas(ledger)
        expires_at = now + datetime.timedelta(seconds=self.ttl_seconds)
        moves, sourcing = self._moves(ledger, expires_at, now)
        hold = Hold(
            id=self.hold_id,
            channel=self.channel,
            customer_id=self.customer_id,
            status="held",
            lines=tuple(self.lines),
            memo=self.memo,
            placed_by=self.context.caller.subject,
            placed_at=now,
            expires_at=expires_at,
            allocations=rules.set_aside(moves),
            sourcing=sourcing,
        )
        hold = ledger.place(hold, moves, self.context)
        if self.sell:
            moves = rules.confirm(hold, now)
            hold = ledger.move(hold, moves, self.context, status="confirmed")
        if self.hand_over:
            hold = ledger.move(hold, rules.ship(hold, None), self.context)
        return hold

    def check_on_sale(self, now: datetime.datetime) -> None:
        """Refuse with `NotOnSale` what is not for sale at the moment."""
        for sku, life in self.lives:
            state = life.state_at(now)
            if state != "live":
                raise NotOnSale(sku=sku, product_state=state, goes_live_at=life.goes_live_at)

    def check_quotas(self, ledger: Ledger) -> None:
        """Refuse with `QuotaExceeded` or `CustomerNeeded` what the customer can not have."""
        ledger.quotas.check(self.needs, self.customer_id)

    def _moves(
        self, ledger: Ledger, expires_at: datetime.datetime, now: datetime.datetime
    ) -> tuple[Moves, msgspec.Raw | None]:
        if self._is_plain(ledger):
            moves = rules.place(
                ledger.stock,
                hold_id=self.hold_id,
                lines=self.lines,
                needs=self.needs,
                locations=self.locations,
                expires_at=expires_at,
            )
            return moves, None
        moves, reason = rules.place_in_depth(
            rules.Shelf(ledger.stock, ledger.depth, channel=self.channel, now=now),
            ledger.depth,
            hold_id=self.hold_id,
            lines=self.lines,
            needs=self.needs,
            candidates=self.candidates or [Candidate(location=each) for each in self.locations],
            sourcing=self.sourcing,
            promise=self.promise,
            expires_at=expires_at,
            now=now,
        )
        return moves, None if reason is None else msgspec.Raw(msgspec.json.encode(reason))

    def _is_plain(self, ledger: Ledger) -> bool:
        """Whether figures are all there is to decide about."""
        if self.promise or self.sourcing is not IN_ORDER:
            return False
        for need in self.needs:
            if need.lot is not None or need.units:
                return False
        if not ledger.details:
            return True
        stock = ledger.stock
        return not any(key in stock and stock[key].details for key in self.stock_keys())
