"""The bugs that are planted in the real code, each as a function that plants it in this process.

A check is worth something when it finds them. ``controls.py`` says what each must be found as.
"""

import datetime
import hashlib
import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.api.served import ServedEndpoint
from rackhouse.inventory import rules, store
from rackhouse.inventory.commands import ReceiveStock
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.log import LOG
from rackhouse.inventory.rules import Key, Stock, correcting
from rackhouse.platform import database, idempotency
from rackhouse.platform.database import NO_PARAMETERS, Pending, Transaction

__all__ = ["PLANTS", "WITHOUT_ASSERTIONS"]

ROW_LOCK = "for no key update of s"
TURN = "pg_advisory_xact_lock(turn.lock)"
RECORDED_AT = "correlation_id, recorded_at, hash\n        from"
TRUE_TIME = "correlation_id, clock_timestamp(), hash\n        from"

_take_turns = store.take_turns
_lock_stock = store.lock_stock
_send_time = store.send_time


class _Otherwise(Transaction):
    """Sends statements with a piece replaced."""

    def __init__(self, tx: Transaction, piece: str, by: str) -> None:
        super().__init__(tx._connection, begun=tx._begun)
        self._tx = tx
        self._piece = piece
        self._by = by

    async def send(self, statement: Any, parameters: Any = NO_PARAMETERS) -> Pending:
        assert self._piece in statement
        pending = await super().send(statement.replace(self._piece, self._by), parameters)
        self._tx._begun = self._begun
        return pending


async def _read_unlocked(tx: Transaction, keys: Iterable[Key], hold_ids: Iterable[str]) -> Pending:
    return await _lock_stock(_Otherwise(tx, ROW_LOCK, ""), keys, hold_ids)


async def _nobody_waits(tx: Transaction, keys: Iterable[Key], hold_ids: Iterable[str]) -> Pending:
    return await _take_turns(_Otherwise(tx, TURN, "turn.lock"), keys, hold_ids)


class _FirstRead(Pending):
    """Rows as they were read first, and those that there were not yet as they were read then."""

    def __init__(self, first: Pending, then: Pending) -> None:
        super().__init__(then._cursor)
        self._first = first

    async def all(self, row: Any) -> list[Any]:
        """Every row of the answer."""
        known = {(each.sku, each.location): each for each in await self._first.all(row)}
        then = await super().all(row)
        return [known.get((each.sku, each.location), each) for each in then]


def no_lock() -> None:
    """The stock is read and written without any lock."""
    store.take_turns = _nobody_waits
    store.lock_stock = _read_unlocked


def lock_on_the_wrong_row() -> None:
    """The hold is locked, and the stock from which it takes is not."""

    async def lock_holds(tx: Transaction, keys: Iterable[Key], hold_ids: Iterable[str]) -> Pending:
        for hold_id in sorted(hold_ids):
            await tx.run(
                "select from inventory.hold where id = %(id)s::uuid for no key update",
                {"id": hold_id},
            )
        return await _nobody_waits(tx, keys, hold_ids)

    store.take_turns = lock_holds
    store.lock_stock = _read_unlocked


def check_before_lock() -> None:
    """The stock is read first and locked then, and what was read first counts."""
    read_first: dict[Any, Pending] = {}

    async def read_then_wait(
        tx: Transaction, keys: Iterable[Key], hold_ids: Iterable[str]
    ) -> Pending:
        read_first[tx._connection] = await _read_unlocked(tx, keys, hold_ids)
        return await _take_turns(tx, keys, hold_ids)

    async def lock_and_forget(
        tx: Transaction, keys: Iterable[Key], hold_ids: Iterable[str]
    ) -> Pending:
        locked = await _lock_stock(tx, keys, hold_ids)
        return _FirstRead(read_first.pop(tx._connection), locked)

    store.take_turns = read_then_wait
    store.lock_stock = lock_and_forget


def retry_without_key() -> None:
    """Idempotency keys are not looked at, so that a retry is another request."""
    ServedEndpoint._idempotency_key = lambda *_: None  # type: ignore[method-assign, assignment]


def lost_key() -> None:
    """Of some keys the answer is not written down with what was done."""
    remember = idempotency.remember

    async def forget_some(
        tx: Transaction, answers: Sequence[Any], *, answered_at: datetime.datetime
    ) -> None:
        kept = [each for each in answers if hashlib.sha256(each[0].key.encode()).digest()[0] % 2]
        await remember(tx, kept, answered_at=answered_at)

    idempotency.remember = forget_some


def stale_clock() -> None:
    """What has lapsed is decided by a time read before the lock; it is late by as long as one had
    to wait. Events still bear the true time."""
    read_first: dict[Any, Pending] = {}

    async def read_then_wait(
        tx: Transaction, keys: Iterable[Key], hold_ids: Iterable[str]
    ) -> Pending:
        read_first[tx._connection] = await _send_time(tx)
        return await _take_turns(tx, keys, hold_ids)

    async def what_was_read(tx: Transaction) -> Pending:
        known = read_first.pop(tx._connection, None)
        return known or await _send_time(tx)

    store.take_turns = read_then_wait
    store.send_time = what_was_read
    honest = LOG._append.replace(RECORDED_AT, TRUE_TIME)
    assert honest != LOG._append
    LOG._append = honest


def own_clock() -> None:
    """Each process goes by its own clock instead of the database's."""

    async def by_the_wall(tx: Transaction) -> Pending:
        now = datetime.datetime.now(datetime.UTC)
        return await tx.send("select %(now)s::timestamptz", {"now": now})

    store.send_time = by_the_wall


def version_ignored() -> None:
    """A correction is written whatever version it was meant for."""
    correcting.expect_version = lambda *_: None


def counted_below_reserved() -> None:
    """A correction may leave less on hand than is held and sold."""
    adjust = rules.adjust

    def adjust_anyway(stock: Stock, *args: Any, **asked: Any) -> rules.Moves:
        nothing_reserved = msgspec.structs.replace(stock, held=0, committed=0)
        return adjust(nothing_reserved, *args, **asked)

    rules.adjust = adjust_anyway


def receipt_of_one_more() -> None:
    """Of what comes in, one more is written down than there is."""
    decide = ReceiveStock.decide

    def decide_for_more(command: ReceiveStock, ledger: Ledger, now: datetime.datetime) -> Any:
        lines = [
            msgspec.structs.replace(line, quantity=line.quantity + 1) for line in command.lines
        ]
        return decide(msgspec.structs.replace(command, lines=lines), ledger, now)

    ReceiveStock.decide = decide_for_more  # type: ignore[method-assign, assignment]


def half_a_hold() -> None:
    """Of a hold with several parts the last one is left out."""
    place = rules.place

    def place_most(*args: Any, **asked: Any) -> rules.Moves:
        moves = place(*args, **asked)
        return moves[:-1] or moves

    rules.place = place_most


def cached_reads() -> None:
    """Availability is answered from a memory of this process that nobody tells to forget."""
    memory: dict[str, Any] = {}
    # The package has a function of this name, too.
    availability: Any = importlib.import_module("rackhouse.inventory.availability")
    ask = availability._availability_of

    async def from_memory(house: Any, ids: Sequence[str]) -> Mapping[str, Any]:
        unknown = [each for each in ids if each not in memory]
        memory.update(await ask(house, unknown) if unknown else {})
        return {each: memory[each] for each in ids if each in memory}

    availability._availability_of = from_memory


def asynchronous_commit() -> None:
    """A commit is acknowledged before it is on disk."""
    database.JOIN_BY_KEY["synchronous_commit"] = "off"


PLANTS: dict[str, Callable[[], None]] = {
    "no lock": no_lock,
    "lock on the wrong row": lock_on_the_wrong_row,
    "check before lock": check_before_lock,
    "retry without key": retry_without_key,
    "lost idempotency row": lost_key,
    "stale clock": stale_clock,
    "the process's own clock": own_clock,
    "version ignored": version_ignored,
    "counted below what is reserved": counted_below_reserved,
    "a receipt of one more": receipt_of_one_more,
    "half a hold": half_a_hold,
    "reads from memory": cached_reads,
    "asynchronous commit": asynchronous_commit,
}

WITHOUT_ASSERTIONS = frozenset({"counted below what is reserved"})
"""Where an assertion would end the request before anybody could see what the bug does."""
