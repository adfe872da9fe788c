"""A correction that is carried out once, however often and however late it is asked for again."""

import datetime
from typing import ClassVar

from rackhouse.inventory import store
from rackhouse.inventory.commands.corrections import AdjustStock
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import Stock
from rackhouse.platform.database import Transaction

__all__ = ["AdjustOnce"]


class AdjustOnce(AdjustStock, frozen=True, kw_only=True):
    """Correct figures under an id that is remembered for good, in the same transaction."""

    correction_id: str

    prepares: ClassVar[bool] = True

    async def prepare(self, tx: Transaction, ledger: Ledger) -> None:
        """Ask whether it was carried out."""
        known = await store.correction_is_known(tx, self.correction_id)
        ledger.prepared["correction", self.correction_id] = known

    def decide(self, ledger: Ledger, now: datetime.datetime) -> list[Stock]:
        """Correct, unless that was done; refuses as `AdjustStock` does."""
        if ledger.prepared["correction", self.correction_id]:
            return [ledger.stock[key] for key in self.stock_keys()]
        found = super().decide(ledger, now)
        ledger.prepared["correction", self.correction_id] = True
        ledger.also(self._remember)
        return found

    async def _remember(self, tx: Transaction) -> None:
        await store.remember_correction(tx, self.correction_id)
