"""Idempotency keys: a retry gets the answer that the first request got.

The answer is written in the transaction that carries the request out, in the platform's own
schema of the same database, and kept for `KEPT_FOR_HOURS`.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from psycopg.errors import UniqueViolation

from rackhouse.platform import store
from rackhouse.platform.database import Database, Pending, Transaction
from rackhouse.platform.errors import Conflict, Invalid, Refusal

__all__ = [
    "KEPT_FOR_HOURS",
    "AnsweredBefore",
    "IdempotencyKey",
    "KeyReused",
    "Recalled",
    "Rendered",
    "RequestInFlight",
    "claim",
    "recall",
    "recalled",
    "remember",
    "remember_answer",
    "remember_refusal",
]

KEPT_FOR_HOURS = 24


@dataclass(eq=False)
class KeyReused(Invalid):
    """The idempotency key {key} came before with another request. Use a new key."""

    key: str


@dataclass(eq=False)
class RequestInFlight(Conflict):
    """A request with the idempotency key {key} is being carried out. Ask again for its answer."""

    key: str


class Rendered(msgspec.Struct, frozen=True):
    """An answer as it goes over the wire: a status that only the entry point understands, and a
    body."""

    status: int
    body: str


class IdempotencyKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key of one request. ``render`` gives the wire form of an answer or a refusal."""

    caller: str
    key: str
    fingerprint: str
    render: Callable[[Any], Rendered]

    @property
    def name(self) -> tuple[str, str]:
        """The caller and the key, which together are unique."""
        return (self.caller, self.key)


class AnsweredBefore(Exception):
    """This request was answered before; here is the answer."""

    def __init__(self, answer: Rendered) -> None:
        super().__init__("answered before")
        self.answer = answer


class Recalled(msgspec.Struct, frozen=True):
    """A remembered answer."""

    caller: str
    key: str
    fingerprint: str
    status: int
    body: str

    def judge(self, key: IdempotencyKey) -> AnsweredBefore | KeyReused:
        """What a request with this key is to be told."""
        if self.fingerprint != key.fingerprint:
            return KeyReused(key=key.key)
        return AnsweredBefore(Rendered(self.status, self.body))


async def recall(tx: Transaction, names: Sequence[tuple[str, str]]) -> Pending:
    """Ask for what is remembered of some keys, named by (caller, key)."""
    return await store.recall_keys(tx, names)


async def recalled(pending: Pending) -> dict[tuple[str, str], Recalled]:
    """What ``recall`` found, by caller and key."""
    return {(found.caller, found.key): found for found in await pending.all(Recalled)}


async def remember(
    tx: Transaction,
    answers: Sequence[tuple[IdempotencyKey, Rendered]],
    *,
    answered_at: datetime.datetime,
) -> None:
    """Write down answers in the transaction that carried their requests out.

    A key that somebody else wrote meanwhile is a unique violation, which undoes the transaction.
    """
    if answers:
        await store.remember_keys(tx, answers, answered_at)


async def claim(tx: Transaction, key: IdempotencyKey | None) -> None:
    """Make this transaction the one that answers a key, waiting for another that may be at it.

    Raises `AnsweredBefore` when it was answered, and refuses with `KeyReused`.
    """
    if key is None:
        return
    await store.lock_key(tx, key)
    pending = await store.recall_keys(tx, [key.name])
    found = (await recalled(pending)).get(key.name)
    if found is not None:
        raise found.judge(key)


async def remember_answer(
    tx: Transaction,
    key: IdempotencyKey | None,
    answer: object,
    *,
    answered_at: datetime.datetime,
) -> None:
    """Write down the answer to a key that ``claim`` claimed, if the request came with one."""
    if key is not None:
        await remember(tx, [(key, key.render(answer))], answered_at=answered_at)


async def remember_refusal(database: Database, key: IdempotencyKey, refusal: Refusal) -> None:
    """Let a key remember a refusal that came before there was anything to write down, so that a
    retry is told the same, however things stand by then.

    Raises `AnsweredBefore` when the key has an answer already, and refuses with `KeyReused`.
    """
    try:
        await _remember_refusal(database, key, refusal)
    except UniqueViolation:  # the request itself was carried out meanwhile, by another process
        await _remember_refusal(database, key, refusal)


async def _remember_refusal(database: Database, key: IdempotencyKey, refusal: Refusal) -> None:
    async with database.transaction() as tx:
        await claim(tx, key)
        await remember_answer(tx, key, refusal, answered_at=await store.server_time(tx))
