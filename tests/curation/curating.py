"""What tests of curation do: put products in, wait until they are found, and move the clock."""

import asyncio
import datetime
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from rackhouse.catalog import create_product
from rackhouse.inventory import Line, open_location, receive_stock
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.search import Search, SearchNotReady, search_products

PATIENCE_SECONDS = 60.0


def a_mark() -> str:
    """A word that no other test's products have, in letters only."""
    return "c" + "".join(chr(ord("a") + int(digit, 16)) for digit in uuid.uuid4().hex[:14])


async def a_bottle(context: Context, mark: str, name: str, **more: Any) -> str:
    """Put a bottle into the catalog that is found by a mark; answers its id."""
    product_id = f"{mark}-{name}"
    draft = {
        "id": product_id,
        "type": "spirit",
        "name": f"{name} {mark}",
        "price_minor": 5000,
        "currency": "EUR",
        "attributes": {"spirit_type": "single malt whisky", **more.pop("attributes", {})},
        "variants": [{"sku": product_id.upper()}],
        **more,
    }
    await create_product(context=context, draft=draft)
    return product_id


async def stocked(context: Context, pieces: dict[str, int]) -> str:
    """Take pieces in at a new location; answers it."""
    place = f"place-{uuid.uuid4().hex[:10]}"
    await open_location(context=context, location=place, name=place, kind="warehouse")
    lines = [Line(sku, quantity) for sku, quantity in pieces.items()]
    await receive_stock(context=context, location=place, lines=lines, reference=None)
    return place


async def until(ask: Callable[[], Awaitable[Any]], holds: Callable[[Any], object]) -> Any:
    """Ask until an answer is as it should be."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    answer = None
    while time.monotonic() < deadline:
        try:
            answer = await ask()
        except SearchNotReady:
            continue
        if holds(answer):
            break
        await asyncio.sleep(0.02)
    assert holds(answer), answer
    return answer


async def found(context: Context, mark: str, count: int, **more: Any) -> None:
    """Wait until so many products with a mark are found."""

    async def ask() -> Any:
        return await search_products(context=context, search=Search(q=mark, **more))

    await until(ask, lambda answer: answer.total == count)


async def now_of(house: House) -> datetime.datetime:
    """The time of the database."""
    async with house.database("curation").reading() as tx:
        return await tx.one(lambda now: now, "select clock_timestamp()")


async def events_of(house: House, stream: str) -> list[str]:
    """The types of the events of a stream, the oldest first."""
    async with house.database("curation").reading() as tx:
        return await tx.all(
            str,
            "select type from curation.event where stream = %(stream)s order by version",
            {"stream": stream},
        )


async def moved(house: House, table: str, id_: str, *, hours: int) -> None:
    """Let so many hours go by for the window of a collection or a bundle: it is written earlier."""
    statements = {
        "collection": """
            update curation.collection set starts_at = starts_at - %(by)s::interval,
                ends_at = ends_at - %(by)s::interval, due_at = due_at - %(by)s::interval,
                terms = terms
                    || case when starts_at is null then '{}' else jsonb_build_object(
                        'starts_at', starts_at - %(by)s::interval) end
                    || case when ends_at is null then '{}' else jsonb_build_object(
                        'ends_at', ends_at - %(by)s::interval) end
            where id = %(id)s
            """,
        "bundle": """
            update curation.bundle set starts_at = starts_at - %(by)s::interval,
                ends_at = ends_at - %(by)s::interval, due_at = due_at - %(by)s::interval,
                accepted = accepted
                    || case when starts_at is null then '{}' else jsonb_build_object(
                        'starts_at', starts_at - %(by)s::interval) end
                    || case when ends_at is null then '{}' else jsonb_build_object(
                        'ends_at', ends_at - %(by)s::interval) end
            where id = %(id)s
            """,
    }
    async with house.database("curation").transaction() as tx:
        await tx.run(statements[table], {"id": id_, "by": f"{hours} hours"})
