"""Drafts with fresh ids and SKUs, and the catalog's handlers as the API calls them."""

import uuid
from typing import Any

from rackhouse.catalog import ListedProduct, create_product
from rackhouse.catalog.http import ENDPOINTS
from rackhouse.platform.context import Context
from rackhouse.platform.http import Answer, Call


def fresh(word: str = "p") -> str:
    """A word that no other test uses."""
    return f"{word}-{uuid.uuid4().hex[:12]}"


def sku() -> str:
    """A SKU that no other test uses."""
    return fresh("S").upper()


def a_draft(**said: Any) -> dict[str, Any]:
    """A sound draft of some goods with one variant."""
    return {
        "id": fresh(),
        "type": "goods",
        "name": "Tumbler",
        "price_minor": 1200,
        "currency": "EUR",
        "variants": [{"sku": sku()}],
        **said,
    }


def a_set_of(*components: str, **said: Any) -> dict[str, Any]:
    """A sound draft of a bundle that takes one of each SKU."""
    made_of = [{"sku": each, "quantity": 1} for each in components]
    return a_draft(type="bundle", variants=[{"sku": sku(), "components": made_of}], **said)


async def listed(context: Context, **said: Any) -> ListedProduct:
    """A product that is in the catalog."""
    return await create_product(context=context, draft=a_draft(**said))


async def a_call(context: Context, name: str, **facts: Any) -> Answer:
    """What the endpoint of a name answers."""
    (endpoint,) = [each for each in ENDPOINTS if each.name == name]
    query = facts.pop("query", {})
    facts["query"] = endpoint.query(**query) if endpoint.query else None
    outcome = await endpoint.handler(Call(context=context, path=facts.pop("path", {}), **facts))
    if isinstance(outcome, Answer):
        return outcome
    assert endpoint.present is not None
    return endpoint.present(outcome)
