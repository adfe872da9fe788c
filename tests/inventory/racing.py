"""What races have in common, and what takes their guards away."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from rackhouse.inventory import Stock, store
from rackhouse.inventory.rules import Key
from rackhouse.platform.database import Pending, Transaction

__all__ = ["BOTTLES", "BUYERS", "PROCESSES", "take_the_lock_out"]

BOTTLES = 20
BUYERS = 400
PROCESSES = 4


def take_the_lock_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read stock without locking it, and let every process read before the first one writes."""
    locked_read, write = store.lock_stock, store.write_stock
    everybody_has_read = asyncio.Barrier(PROCESSES)
    have_written: set[Transaction] = set()

    async def nobody_waits(*_: object) -> None: ...

    async def read(tx: Transaction, keys: Iterable[Key], hold_ids: Iterable[str]) -> Pending:
        class Unlocked(Transaction):
            async def send(self, statement: Any, parameters: Any = None) -> Pending:
                return await tx.send(statement.replace("for no key update of s", ""), parameters)

        return await locked_read(Unlocked(tx._connection), keys, hold_ids)

    async def write_late(tx: Transaction, rows: Sequence[Stock]) -> None:
        if len(have_written) < PROCESSES:
            have_written.add(tx)
            await everybody_has_read.wait()
        await write(tx, rows)

    monkeypatch.setattr(store, "take_turns", nobody_waits)
    monkeypatch.setattr(store, "lock_stock", read)
    monkeypatch.setattr(store, "write_stock", write_late)
