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
    stock = stock_context(context)
    if context.idempotency is None:
        return await move(stock)
    key = _key_for_stock(context.idempotency)
    try:
        return await move(msgspec.structs.replace(stock, idempotency=key))
    except AnsweredBefore as before:
        if before.answer.status != MOVED.status:
            raise
        return await hold_of(context=stock, hold_id=hold_id)


@asynccontextmanager
async def unless_moved(context: Context) -> AsyncIterator[None]:
    """A refusal inside is the answer to this request from now on, as one of ``moved_once`` would
    be; of a request that has moved its stock already it counts for nothing, and what follows goes
    on. The stock decides which of them came first."""
    try:
        yield
    except Refusal as refusal:
        if context.idempotency is None:
            raise
        key = _key_for_stock(context.idempotency)
        stock = msgspec.structs.replace(stock_context(context), idempotency=key)
        try:
            await refuse_once(context=stock, refusal=refusal)
        except AnsweredBefore as before:
            if before.answer.status != MOVED.status:
                raise


def _key_for_stock(key: IdempotencyKey) -> IdempotencyKey:
    def render(outcome: Any) -> Rendered:
        return key.render(outcome) if isinstance(outcome, Refusal) else MOVED

    return msgspec.structs.replace(key, caller=f"orders for {key.caller}", render=render)
