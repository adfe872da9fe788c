"""Shopify's figures: read, and set from what was read."""

from collections.abc import Sequence
from typing import Any

from rackhouse.connectors.adapter import Wanted, Written
from rackhouse.connectors.facts import RemoteLevel
from rackhouse.connectors.remote import Misunderstood, Remote
from rackhouse.connectors.shopify import queries
from rackhouse.connectors.shopify.graphql import ask, gid
from rackhouse.platform.ids import derived_id

__all__ = ["levels", "write"]

# The first version in which a figure is compared with ``changeFromQuantity``.
FROM_VERSION = "2026-01"
STALE = ("CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE")


async def levels(remote: Remote, asked: Sequence[tuple[str, str]]) -> Sequence[RemoteLevel]:
    """What is ``available`` of inventory items at locations."""
    found = []
    for place in dict.fromkeys(place for _, place in asked):
        ids = [gid("InventoryItem", item) for item, at in asked if at == place]
        variables = {"ids": ids, "place": gid("Location", place)}
        for node in (await ask(remote, queries.LEVELS, variables))["nodes"]:
            if not node or node["inventoryLevel"] is None:
                continue  # it has been removed, or is not kept there
            quantities = node["inventoryLevel"]["quantities"]
            quantity = next(x["quantity"] for x in quantities if x["name"] == "available")
            item = str(node["legacyResourceId"])
            found.append(RemoteLevel(item=item, place=place, quantity=quantity))
    return found


async def write(remote: Remote, wanted: Sequence[Wanted]) -> Sequence[Written]:
    """Set figures, each only from the one that was found.

    Of one mutation all figures are set or none; those that are refused are left out of the next.
    """
    left = list(wanted)
    written: list[Written] = []
    while left:
        errors = await _set(remote, left)
        if not errors:
            written += [Written(item=x.item, place=x.place, status="taken") for x in left]
            return written
        refused = _by_index(errors, len(left))
        for index, error in refused.items():
            status = "stale" if error.get("code") in STALE else "refused"
            told = None if status == "stale" else str(error["message"])
            each = left[index]
            written.append(Written(item=each.item, place=each.place, status=status, problem=told))
        left = [each for index, each in enumerate(left) if index not in refused]
    return written


async def _set(remote: Remote, wanted: Sequence[Wanted]) -> list[dict[str, Any]]:
    """Set all of some figures, or none; what is in the way."""
    newer = remote.settings.api_version >= FROM_VERSION
    compared = "changeFromQuantity" if newer else "compareQuantity"
    variables: dict[str, Any] = {
        "input": {
            "name": "available",
            "reason": "correction",
            "referenceDocumentUri": f"rackhouse://connection/{remote.setup.connection}",
            "quantities": [_quantity(each, compared) for each in wanted],
        }
    }
    if newer:
        variables["key"] = derived_id("shopify", *(each.key for each in wanted))
    query = queries.SET_FROM if newer else queries.SET_COMPARED
    data = await ask(remote, query, variables)
    errors: list[dict[str, Any]] = data["inventorySetQuantities"]["userErrors"]
    return errors


def _quantity(wanted: Wanted, compared: str) -> dict[str, Any]:
    return {
        "inventoryItemId": gid("InventoryItem", wanted.item),
        "locationId": gid("Location", wanted.place),
        "quantity": wanted.quantity,
        compared: wanted.found.quantity,
    }


def _by_index(errors: Sequence[dict[str, Any]], count: int) -> dict[int, dict[str, Any]]:
    """Errors by the figure that they are about: ``["input", "quantities", "0", ...]``."""
    found: dict[int, dict[str, Any]] = {}
    for error in errors:
        index = next((part for part in error.get("field") or [] if part.isdigit()), None)
        if index is None or int(index) >= count:
            raise Misunderstood(f"Shopify does not take the figures: {error['message']}")
        found[int(index)] = error
    return found
