"""Topping up: allotments that have fallen below their minimum are filled up from the pool."""

from collections.abc import Sequence
from contextlib import suppress

from rackhouse.channels import locations_sold_by
from rackhouse.inventory import store
from rackhouse.inventory.commands import Due, TopUp
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.store import RulePlace
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Refusal
from rackhouse.platform.house import House

__all__ = ["JOB", "top_up_after_sales", "top_up_allotments"]

JOB = "inventory.top_up_allotments"
PAGE_LIMIT = 100
RULES_LIMIT = 5000


@operation("inventory:write")
async def top_up_allotments(*, context: Context) -> int:
    """Fill up allotments that have fallen below their minimum, as far as the pool goes; says how
    many pieces were set apart. `RULES_LIMIT` rules are followed at most."""
    moved = 0
    after: RulePlace | None = None
    for _ in range(RULES_LIMIT // PAGE_LIMIT):
        due = await _due(context.house, channel=None, skus=None, after=after)
        moved += await _topped_up(context, due)
        if len(due) < PAGE_LIMIT:
            break
        after = due[-1].place
    return moved


async def top_up_after_sales(*, house: House, channel: str, skus: Sequence[str]) -> None:
    """Fill up at once what a channel has just sold of some SKUs, on Rackhouse's own account. What
    can not be done now is done by the job."""
    context = Context.of_service(house, JOB, frozenset({"inventory:write"}))
    with suppress(Refusal):
        due = await _due(house, channel=channel, skus=skus, after=None)
        await _topped_up(context, due)


async def _due(
    house: House, *, channel: str | None, skus: Sequence[str] | None, after: RulePlace | None
) -> list[Due]:
    async with house.database("inventory").reading() as tx:
        rows = await store.due_allotment_rules(
            tx, channel=channel, skus=skus, after=after, limit=PAGE_LIMIT
        )
    return [Due(*row) for row in rows]


async def _topped_up(context: Context, due: Sequence[Due]) -> int:
    sold_from = {each.channel: await _sold_from(context.house, each.channel) for each in due}
    followed = [each for each in due if each.location in sold_from[each.channel]]
    if not followed:
        return 0
    moved: int = await context.house.the(StockLane).submit(TopUp(context=context, due=followed))
    return moved


async def _sold_from(house: House, channel: str) -> Sequence[str]:
    """Where a channel sells from: nowhere once it is closed, or while it is disabled."""
    with suppress(Refusal):
        return await locations_sold_by(house=house, channel=channel)
    return ()
