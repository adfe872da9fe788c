"""Questions about counts. A blind sheet tells nothing that is expected, but to who looks at its
differences and counts it no more."""

import datetime

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.counting.keeping import change, found_count
from rackhouse.inventory.events import CountReviewed
from rackhouse.inventory.rules.counting import Count, hidden, must_be
from rackhouse.platform.context import Context, operation

__all__ = ["CountPlace", "count_of", "count_page", "review_count"]


class CountPlace(msgspec.Struct, frozen=True):
    """Where a page of counts ended."""

    opened_at: datetime.datetime
    id: str


@operation("counts:read")
async def count_of(*, context: Context, count_id: str) -> Count:
    """A sheet as whoever counts sees it; refuses with `CountNotFound`."""
    async with context.house.database("inventory").reading() as tx:
        return hidden(await found_count(tx, count_id))


@operation("counts:read")
async def count_page(
    *,
    context: Context,
    before: CountPlace | None,
    location: str | None,
    status: str | None,
    limit: int,
) -> list[Count]:
    """Sheets as whoever counts sees them, the newest first."""
    async with context.house.database("inventory").reading() as tx:
        found = await store.count_page(
            tx,
            before=(before.opened_at, before.id) if before else None,
            location=location,
            status=status,
            limit=limit,
        )
    return [hidden(each) for each in found]


@operation("counts:post")
async def review_count(*, context: Context, count_id: str) -> Count:
    """A sheet with all that is expected and all differences. Whoever has seen them counts no more
    of a blind sheet. Refuses with `CountNotFound`, `CountIsNot`.
    """
    subject = context.caller.subject

    def seen(count: Count, now: datetime.datetime) -> tuple[Count, CountReviewed | None]:
        must_be(count, ("open", "awaiting_approval", "posted"), "reviewed")
        if subject in count.seen_by or count.status == "posted":
            return count, None
        after = msgspec.structs.replace(count, seen_by=(*count.seen_by, subject))
        return after, CountReviewed()

    return await change(context, count_id, seen)
