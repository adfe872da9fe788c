"""Refusals that stand against other answers to the same request."""

from rackhouse.inventory.commands import Refuse
from rackhouse.inventory.lane import StockLane
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Busy, Refusal

__all__ = ["refuse_once"]


@operation("holds:write")
async def refuse_once(*, context: Context, refusal: Refusal) -> None:
    """Refuse a request with ``refusal``, which its key remembers from now on; or give the answer
    that the key remembers already, as `AnsweredBefore`: whichever the stock came to know first.
    A request without a key, or one that may be sent again, is refused and not remembered."""
    if context.idempotency is None or isinstance(refusal, Busy):
        raise refusal
    await context.house.the(StockLane).submit(Refuse(context=context, refusal=refusal))
