"""What every command says before any lock: which rows it needs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from rackhouse.inventory.errors import HoldNotFound, OtherChannel
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import Hold, Key
from rackhouse.platform.context import Caller, Context

if TYPE_CHECKING:
    import datetime

    from rackhouse.platform.database import Transaction

__all__ = ["TERMS", "Command", "OfHold", "RowsMoved", "must_reach"]

TERMS = "~terms"
"""Whoever makes a new row of a SKU, or changes what all its rows must know, takes turns under this
location: it is none."""


class RowsMoved(Exception):
    """Other rows turn out to be needed than were locked: lock again."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Something asked of stock. It names its rows before any lock; ``decide`` runs under the
    locks, without I/O, and refuses or lets events happen."""

    context: Context

    opens_stock: ClassVar[bool] = False
    prepares: ClassVar[bool] = False

    def stock_keys(self) -> Sequence[Key]:
        """The stock that may change, beyond that of the holds."""
        return ()

    def opened_keys(self) -> Sequence[Key]:
        """The stock that may be new; asked of commands that open stock."""
        return self.stock_keys()

    def hold_ids(self) -> Sequence[str]:
        """The holds that may change."""
        return ()

    def lots_named(self) -> Sequence[tuple[str, str]]:
        """The lots that are asked for, each with its SKU."""
        return ()

    def units_named(self) -> Sequence[tuple[str, str, int]]:
        """The numbered units that are asked for: SKU, lot, number."""
        return ()

    def pieces_wanted(self) -> Mapping[str, int]:
        """How many pieces of each SKU may be taken at most: so many free numbers are read."""
        return {}

    def brought_skus(self) -> Sequence[str]:
        """The SKUs of which pieces may come in: those to whom such were promised are served."""
        return ()

    async def prepare(self, tx: "Transaction", ledger: Ledger) -> None:
        """Read what else is needed, under the locks; asked of commands that say they prepare."""

    def decide(self, ledger: Ledger, now: "datetime.datetime") -> Any:
        """Refuse, or let events happen and answer."""
        raise NotImplementedError


class OfHold(Command, frozen=True, kw_only=True):
    """A command about a hold that exists."""

    hold_id: str

    def hold_ids(self) -> Sequence[str]:
        """The hold in question."""
        return (self.hold_id,)

    def hold(self, ledger: Ledger) -> Hold:
        """The hold, or the refusal that the caller must be given."""
        found = ledger.holds.get(self.hold_id)
        if found is None:
            raise HoldNotFound(hold_id=self.hold_id)
        must_reach(self.context.caller, found)
        return found


def must_reach(caller: Caller, hold: Hold) -> None:
    """Refuse with `OtherChannel` or `HoldNotFound` unless the caller may see and change a hold."""
    if caller.customer_id is not None and caller.customer_id != hold.customer_id:
        raise HoldNotFound(hold_id=hold.id)
    if caller.channel is not None and caller.channel != hold.channel:
        raise OtherChannel(channel=hold.channel, own=caller.channel)
