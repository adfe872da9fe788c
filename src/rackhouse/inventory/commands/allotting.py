"""Setting pieces apart for a channel, returning them to the pool, topping them up."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import msgspec

from rackhouse.inventory import rules
from rackhouse.inventory.commands.command import Command
from rackhouse.inventory.events import AllotmentReturned, StockAllotted
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import AllotmentRule, Key, Moves, Portion, Stock
from rackhouse.inventory.serving import serve
from rackhouse.inventory.store import read_allotment_rules
from rackhouse.platform.context import Context

if TYPE_CHECKING:
    from rackhouse.platform.database import Transaction

__all__ = ["AllotStock", "Due", "GiveBack", "MovedPieces", "TopUp"]


class MovedPieces(msgspec.Struct, frozen=True):
    """Pieces that went into an allotment or came out of it, with their numbers if they have any.
    ``version`` is that of their stock afterwards."""

    sku: str
    location: str
    lot: str | None
    quantity: int
    units: tuple[int, ...]
    version: int


class _OfAllotment(Command, frozen=True, kw_only=True):
    """A command about some pieces of a channel's allotment, all of them or none."""

    channel: str
    portions: Sequence[Portion]

    def stock_keys(self) -> Sequence[Key]:
        """The stock that they are of."""
        return [each.key for each in self.portions]

    def lots_named(self) -> Sequence[tuple[str, str]]:
        """The lots that they are of."""
        return [(each.sku, each.lot) for each in self.portions if each.lot is not None]

    def units_named(self) -> Sequence[tuple[str, str, int]]:
        """Their numbers."""
        return [
            (each.sku, each.lot or "", number) for each in self.portions for number in each.units
        ]

    def pieces_wanted(self) -> Mapping[str, int]:
        """As many as are moved."""
        wanted: dict[str, int] = {}
        for each in self.portions:
            wanted[each.sku] = wanted.get(each.sku, 0) + each.quantity
        return wanted

    def moved(
        self, ledger: Ledger, decide: Callable[[Ledger, Portion], Moves]
    ) -> list[MovedPieces]:
        """Let it happen to one portion after another; answers what moved."""
        trial = ledger.trial()
        moves: Moves = []
        for portion in self.portions:
            of_portion = decide(trial, portion)
            if len(self.portions) > 1:
                trial.record(of_portion, self.context)
            moves += of_portion
        return _told(ledger, moves, self.context)


class AllotStock(_OfAllotment, frozen=True, kw_only=True):
    """Set free pieces of the pool apart for a channel."""

    def decide(self, ledger: Ledger, now: datetime.datetime) -> list[MovedPieces]:
        """Move them; refuses with `NotEnoughFree` and what lots and units refuse."""

        def decide(trial: Ledger, portion: Portion) -> Moves:
            stock = trial.stock.get(portion.key) or Stock(*portion.key)
            return rules.set_apart(stock, trial.depth, portion, channel=self.channel, now=now)

        return self.moved(ledger, decide)


class GiveBack(_OfAllotment, frozen=True, kw_only=True):
    """Return pieces of a channel's allotment to the pool."""

    def brought_skus(self) -> Sequence[str]:
        """What others can buy from now on."""
        return [each.sku for each in self.portions]

    def decide(self, ledger: Ledger, now: datetime.datetime) -> list[MovedPieces]:
        """Move them, first to those whom such were promised; refuses with `NotEnoughFree` and what
        lots and units refuse."""

        def decide(trial: Ledger, portion: Portion) -> Moves:
            stock = trial.stock.get(portion.key) or Stock(*portion.key)
            return rules.return_portion(stock, trial.depth, portion, channel=self.channel, now=now)

        moved = self.moved(ledger, decide)
        serve(ledger, self.stock_keys(), self.context)
        return moved


class Due(msgspec.Struct, frozen=True):
    """An allotment whose rule may have to be followed; by ``most`` pieces at most."""

    channel: str
    sku: str
    location: str
    most: int

    @property
    def place(self) -> tuple[str, str, str]:
        """What names its rule."""
        return (self.channel, self.sku, self.location)


class TopUp(Command, frozen=True, kw_only=True):
    """Fill allotments up as their rules say at this moment."""

    due: Sequence[Due]
    rules_now: dict[tuple[str, str, str], AllotmentRule] = msgspec.field(default_factory=dict)

    prepares: ClassVar[bool] = True

    def stock_keys(self) -> Sequence[Key]:
        """The stock in question."""
        return [(each.sku, each.location) for each in self.due]

    def pieces_wanted(self) -> Mapping[str, int]:
        """As many as may be moved."""
        wanted: dict[str, int] = {}
        for each in self.due:
            wanted[each.sku] = wanted.get(each.sku, 0) + each.most
        return wanted

    async def prepare(self, tx: "Transaction", ledger: Ledger) -> None:
        """Read the rules as they are now, again each time that this is tried."""
        self.rules_now.clear()
        for rule in await read_allotment_rules(tx, [each.place for each in self.due]):
            self.rules_now[rule.channel, rule.sku, rule.location] = rule

    def decide(self, ledger: Ledger, now: datetime.datetime) -> int:
        """Move as many pieces as are missing and free; answers how many. Never refuses."""
        moved = 0
        for each in self.due:
            rule = self.rules_now.get(each.place)
            stock = ledger.stock.get((each.sku, each.location))
            if rule is not None and stock is not None:
                moves = rules.top_up(stock, ledger.depth, rule, most=each.most, now=now)
                moved += sum(each.quantity for each in _told(ledger, moves, self.context))
        return moved


def _told(ledger: Ledger, moves: Moves, context: Context) -> list[MovedPieces]:
    ledger.record(moves, context)
    return [
        MovedPieces(*key, event.lot or None, event.quantity, event.units, ledger.stock[key].version)
        for key, event in moves
        if isinstance(event, StockAllotted | AllotmentReturned)
    ]
