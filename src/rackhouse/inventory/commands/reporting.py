"""Booking what a channel reports afterwards: goods that have left, goods that came back."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec

from rackhouse.inventory import rules
from rackhouse.inventory.commands.of_holds import ReturnGoods
from rackhouse.inventory.commands.placement import Placement
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import Hold, Key, Moves, Reach
from rackhouse.inventory.store import note_take_back, read_take_backs

if TYPE_CHECKING:
    from rackhouse.platform.database import Transaction

__all__ = ["Booked", "RecordSale", "TakeBack"]


class Booked(msgspec.Struct, frozen=True):
    """A report that the stock knows: the hold, and whether it was known ``before``. A return's
    ``content`` is that under which it was booked first."""

    hold: Hold
    before: bool
    content: str = ""


class RecordSale(Placement, frozen=True, kw_only=True):
    """Book a sale that has happened: place, sell and hand over in one step, on the channel's own
    allotment first."""

    reach: Reach

    waits_its_turn: ClassVar[bool] = False

    def stock_keys(self) -> Sequence[Key]:
        """Every location from which it may have been sold."""
        places = dict.fromkeys((*self.reach.own, *self.reach.pool))
        return [(need.sku, location) for need in self.needs for location in places]

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Booked:  # type: ignore[override]
        """Book it; refuses with `NotEnoughStock` and what lots and units refuse."""
        before = self.hold_id in ledger.holds
        return Booked(super().decide(ledger, now), before)

    def check_on_sale(self, now: datetime.datetime) -> None:
        """It has been sold, whatever its product is by now."""

    def check_quotas(self, ledger: Ledger) -> None:
        """What was sold counts, also beyond a quota: nobody can be refused any more."""
        ledger.beyond_quotas.add(self.hold_id)

    def _moves(
        self, ledger: Ledger, expires_at: datetime.datetime, now: datetime.datetime
    ) -> tuple[Moves, msgspec.Raw | None]:
        moves = rules.place_reported(
            ledger.stock,
            ledger.depth,
            channel=self.channel,
            reach=self.reach,
            hold_id=self.hold_id,
            lines=self.lines,
            needs=self.needs,
            expires_at=expires_at,
            now=now,
        )
        return moves, None


class TakeBack(ReturnGoods, frozen=True, kw_only=True):
    """Book a return that has happened, once under its id, however often and late it is reported.

    ``content`` is what was reported, to tell a repetition from something else under the same id;
    ``together_with`` are the ids of the same report, which are looked up together.
    """

    return_id: str
    content: str
    together_with: Sequence[str] = ()

    prepares: ClassVar[bool] = True

    async def prepare(self, tx: "Transaction", ledger: Ledger) -> None:
        """Read whether it was booked before, with those that are reported together."""
        if self.return_id in ledger.taken_back:
            return
        ids = {self.return_id, *self.together_with}
        ledger.taken_back.update(dict.fromkeys(ids - ledger.taken_back.keys()))
        ledger.taken_back.update(await read_take_backs(tx, ids))

    def decide(self, ledger: Ledger, now: datetime.datetime) -> Booked:  # type: ignore[override]
        """Book it; refuses with `HoldNotFound` and `LineNotInHold`."""
        content = ledger.taken_back.get(self.return_id)
        if content is not None:
            return Booked(self.hold(ledger), True, content)
        hold = super().decide(ledger, now)
        ledger.taken_back[self.return_id] = self.content

        async def write(tx: "Transaction") -> None:
            await note_take_back(
                tx, return_id=self.return_id, hold_id=hold.id, content=self.content, now=now
            )

        ledger.also(write)
        return Booked(hold, False, self.content)
