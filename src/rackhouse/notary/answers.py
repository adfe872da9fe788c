"""Answers under idempotency keys, for work that is too long for one transaction."""

from rackhouse.platform.context import Context
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.store import server_time

__all__ = ["keep_answer", "raise_if_answered"]


async def raise_if_answered(context: Context) -> None:
    """Raise the answer that the request got before."""
    if context.idempotency is not None:
        async with context.house.database("notary").transaction() as tx:
            await claim(tx, context.idempotency)


async def keep_answer(context: Context, answer: object) -> None:
    """Remember the answer to the request; raises the one that another process gave meanwhile."""
    if context.idempotency is not None:
        async with context.house.database("notary").transaction() as tx:
            await claim(tx, context.idempotency)
            now = await server_time(tx)
            await remember_answer(tx, context.idempotency, answer, answered_at=now)
