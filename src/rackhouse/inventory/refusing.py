"""Refusals that come before any stock is looked at: answers like any other, so that a retry under
the same key is told the same, whatever has changed meanwhile."""

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


class refused_once:  # noqa: N801, it reads as the verb that it is
    """A refusal inside is what the request's key remembers, unless it remembers an answer."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __aenter__(self) -> None:
        """Nothing to do: most requests are not refused."""

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: object
    ) -> None:
        """Remember the refusal."""
        if isinstance(raised, Refusal):
            await _refuse(self._context, raised)


async def _refuse(context: Context, refusal: Refusal) -> None:
    if context.idempotency is None or isinstance(refusal, Busy):
        raise refusal
    await context.house.the(StockLane).submit(Refuse(context=context, refusal=refusal))
