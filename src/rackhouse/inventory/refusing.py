"""Refusals that come before any stock is looked at: answers like any other, so that a retry under
the same key is told the same, whatever has changed meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rackhouse.inventory.commands import Refuse
from rackhouse.inventory.lane import StockLane
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Busy, Refusal

__all__ = ["refuse_once", "refused_once"]


@operation("holds:write")
async def refuse_once(*, context: Context, refusal: Refusal) -> None:
    """Refuse a request with ``refusal``, which its key remembers from now on; or give the answer
    that the key remembers already, as `AnsweredBefore`. A request without a key, or one that may
    be sent again, is refused and not remembered."""
    await _refuse(context, refusal)


@asynccontextmanager
async def refused_once(context: Context) -> AsyncIterator[None]:
    """A refusal inside is what the request's key remembers, unless it remembers an answer."""
    try:
        yield
    except Refusal as refusal:
        await _refuse(context, refusal)
        raise


async def _refuse(context: Context, refusal: Refusal) -> None:
    if context.idempotency is None or isinstance(refusal, Busy):
        raise refusal
    await context.house.the(StockLane).submit(Refuse(context=context, refusal=refusal))
