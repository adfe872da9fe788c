"""What tests of search do: put products in, and search until they are found."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable

from rackhouse.catalog import create_product
from rackhouse.platform.context import Context
from rackhouse.search import Answered, Search, search_products

__all__ = ["a_mark", "a_whisky", "ids_of", "look", "until"]

PATIENCE_SECONDS = 30.0


def a_mark() -> str:
    """A word that no other test's products have; without figures, so that it can be misspelt."""
    return "q" + "".join(chr(ord("a") + int(digit, 16)) for digit in uuid.uuid4().hex[:14])


async def a_whisky(context: Context, mark: str, name: str = "", **more: object) -> str:
    """Put a whisky into the catalog, which can be found by a mark; answers its id."""
    product_id = f"{mark}-{uuid.uuid4().hex[:8]}"
    attributes = {"spirit_type": "single malt whisky", **more.pop("attributes", {})}
    draft = {
        "id": product_id,
        "type": "spirit",
        "name": f"{name} {mark}".strip(),
        "attributes": attributes,
        "variants": [{"sku": product_id.upper()}],
        **more,
    }
    await create_product(context=context, draft=draft)
    return product_id


async def look(context: Context, q: str = "", **more: object) -> Answered:
    """Search."""
    return await search_products(context=context, search=Search(q=q, **more))


def ids_of(answered: Answered) -> list[str]:
    """What was found."""
    return [each.id for each in answered.items]


async def until(
    ask: Callable[[], Awaitable[Answered]], holds: Callable[[Answered], object]
) -> Answered:
    """Ask until an answer is as it should be."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds(answered := await ask()) and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    assert holds(answered), answered
    return answered
