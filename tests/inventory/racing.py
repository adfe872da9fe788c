"""What races have in common, and what takes their guards away."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import pytest

from rackhouse.inventory import Stock, store
from rackhouse.inventory.rules import Key
from rackhouse.platform.context import Context
from rackhouse.platform.database import Pending, Transaction
from rackhouse.platform.errors import Refusal

__all__ = [
    "BOTTLES",
    "BUYERS",
    "PROCESSES",
    "Doing",
    "at_once",
    "lock_only_to_write",
    "take_the_lock_out",
]

BOTTLES = 20
BUYERS = 400
PROCESSES = 4

Doing = Callable[[Context], Awaitable[Any]]


async def at_once(contexts: Sequence[Context], doings: Sequence[Doing]) -> list[Any]:
    """What comes of things that are done at the same moment, each by the next process; refusals
    among them."""

    async def go(context: Context, doing: Doing) -> Any:
        await start.wait()
        try:
            return await doing(context)
        except Refusal as refusal:
            return refusal

    start = asyncio.Event()
    going = [
        asyncio.create_task(go(contexts[at % len(contexts)], doing))
        for at, doing in enumerate(doings)
    ]
    await asyncio.sleep(0)
    start.set()
    return await asyncio.gather(*going)


def take_the_lock_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read stock without locking it, and let every process read before the first one writes."""
    write = store.write_stock
    monkeypatch.setattr(store, "write_stock", _after_all_have_read(write))
    _read_unlocked(monkeypatch)


def lock_only_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check before the lock: read stock as above, and lock it only once all is decided."""
    take_turns, lock_stock, write = store.take_turns, store.lock_stock, store.write_stock

    async def lock_and_write(tx: Transaction, rows: Sequence[Stock]) -> None:
        keys = [(row.sku, row.location) for row in rows]
        await take_turns(tx, keys, [])
        await lock_stock(tx, keys, [])
        await write(tx, rows)

    monkeypatch.setattr(store, "write_stock", _after_all_have_read(lock_and_write))
    _read_unlocked(monkeypatch)


Write = Callable[[Transaction, Sequence[Stock]], Awaitable[None]]


def _after_all_have_read(write: Write) -> Write:
    everybody_has_read = asyncio.Barrier(PROCESSES)
    have_written: set[Transaction] = set()

    async def write_late(tx: Transaction, rows: Sequence[Stock]) -> None:
        if len(have_written) < PROCESSES:
            have_written.add(tx)
            await everybody_has_read.wait()
        await write(tx, rows)

    return write_late


def _read_unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    locked_read = store.lock_stock

    async def nobody_waits(*_: object) -> None: ...

    async def read(tx: Transaction, keys: Iterable[Key], hold_ids: Iterable[str]) -> Pending:
        class Unlocked(Transaction):
            async def send(self, statement: Any, parameters: Any = None) -> Pending:
                return await tx.send(statement.replace("for no key update of s", ""), parameters)

        return await locked_read(Unlocked(tx._connection), keys, hold_ids)

    monkeypatch.setattr(store, "take_turns", nobody_waits)
    monkeypatch.setattr(store, "lock_stock", read)
