"""Moving the stock of an order: for its caller, and once for each request."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from rackhouse.inventory import Hold, hold_of, refuse_once
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal
from rackhouse.platform.idempotency import AnsweredBefore, IdempotencyKey, Rendered

__all__ = ["moved_once", "stock_context", "unless_moved"]

STOCK_PERMISSIONS = frozenset({"holds:read", "holds:write"})
MOVED = Rendered(0, "moved")


def stock_context(context: Context) -> Context:
    """The context in which an order's stock is moved: for the same caller, who need not be
    allowed to move stock otherwise, and under no idempotency key, which is the order's."""
    caller = msgspec.structs.replace(
        context.caller, permissions=context.caller.permissions | STOCK_PERMISSIONS
    )
    return msgspec.structs.replace(context, caller=caller, idempotency=None)


async def moved_once(
    context: Context, hold_id: str, move: Callable[[Context], Awaitable[Hold]]
) -> Hold:
    """Move stock under a key that follows from the request's key, so that a retry, also one that
    comes at the same time or after a crash, does not move it again.

    The stock remembers the answer, as the refusal that the request's caller is to be told, or as
    moved.
    """
    key = _key_for_stock(context)
    if key is None:
        return await move(stock_context(context))
    async with _judged(context, key):
        return await move(msgspec.structs.replace(stock_context(context), idempotency=key))
    return await hold_of(context=stock_context(context), hold_id=hold_id)


@asynccontextmanager
async def unless_moved(context: Context) -> AsyncIterator[None]:
    """A refusal inside is the answer to this request from now on, as one of ``moved_once`` would
    be; of a request that has moved its stock already it counts for nothing, and what follows goes
    on."""
    async with _judged(context, _key_for_stock(context)):
        yield


@asynccontextmanager
async def _judged(context: Context, key: IdempotencyKey | None) -> AsyncIterator[None]:
    """What is refused inside, and was not by the stock itself, is told to the stock: between it and
    a move of the same request, perhaps in another process, the first one counts. Goes on after
    the block if that was a move."""
    try:
        try:
            yield
        except Refusal as refusal:
            if key is None or refusal is _writer_of(key).refusal:
                raise
            stock = msgspec.structs.replace(stock_context(context), idempotency=key)
            await refuse_once(context=stock, refusal=refusal)
    except AnsweredBefore as before:
        if before.answer.status != MOVED.status:
            raise


class _Writer:
    """Writes down what the stock is to remember: a refusal as its caller is told it, or moved."""

    def __init__(self, key: IdempotencyKey) -> None:
        self.refusal: Refusal | None = None
        self._key = key

    def __call__(self, outcome: Any) -> Rendered:
        if not isinstance(outcome, Refusal):
            return MOVED
        self.refusal = outcome
        return self._key.render(outcome)


def _key_for_stock(context: Context) -> IdempotencyKey | None:
    key = context.idempotency
    if key is None:
        return None
    caller = f"orders for {key.caller}"
    return msgspec.structs.replace(key, caller=caller, render=_Writer(key))


def _writer_of(key: IdempotencyKey) -> _Writer:
    assert isinstance(key.render, _Writer)
    return key.render
