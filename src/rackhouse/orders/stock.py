"""Moving the stock of an order: for its caller, and once for each request."""

from collections.abc import Awaitable, Callable
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
    return _stock_context(context, None)


async def moved_once(
    context: Context, hold_id: str, move: Callable[[Context], Awaitable[Hold]]
) -> Hold:
    """Move stock under a key that follows from the request's key, so that a retry, also one that
    comes at the same time or after a crash, does not move it again.

    The stock remembers the answer, as the refusal that the request's caller is to be told, or as
    moved.
    """
    key = _key_for_stock(context)
    stock = _stock_context(context, key)
    if key is None:
        return await move(stock)
    try:
        return await move(stock)
    except Refusal as refusal:
        await _tell(stock, refusal)
    except AnsweredBefore as before:
        _must_be_moved(before)
    return await hold_of(context=stock_context(context), hold_id=hold_id)


async def unless_moved(context: Context, refusal: Refusal) -> None:
    """Let a refusal be the answer to this request from now on, as one of ``moved_once`` would be;
    of a request that has moved its stock already it counts for nothing, and what follows goes
    on."""
    key = _key_for_stock(context)
    if key is None:
        raise refusal
    await _tell(_stock_context(context, key), refusal)


async def _tell(stock: Context, refusal: Refusal) -> None:
    """Tell the stock what was refused and not by the stock itself: between it and a move of the
    same request, perhaps in another process, the first one counts. Goes on if that was a move."""
    assert stock.idempotency is not None
    if refusal is _writer_of(stock.idempotency).refusal:
        raise refusal
    try:
        await refuse_once(context=stock, refusal=refusal)
    except AnsweredBefore as before:
        _must_be_moved(before)


def _must_be_moved(before: AnsweredBefore) -> None:
    """Go on if the stock was moved; any other answer is the request's."""
    if before.answer.status != MOVED.status:
        raise before


def _stock_context(context: Context, key: IdempotencyKey | None) -> Context:
    caller = msgspec.structs.replace(
        context.caller, permissions=context.caller.permissions | STOCK_PERMISSIONS
    )
    return msgspec.structs.replace(context, caller=caller, idempotency=key)


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
