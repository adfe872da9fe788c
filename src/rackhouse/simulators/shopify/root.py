"""What Shopify's Admin API answers to queries (https://shopify.dev/docs/api/admin-graphql)."""

import datetime
import re
from typing import TYPE_CHECKING, Any

import graphql

from rackhouse.simulators.shop import Item, Order, OrderLine
from rackhouse.simulators.shopify import told

if TYPE_CHECKING:
    from rackhouse.simulators.shopify.simulator import ShopifySimulator

__all__ = ["DOMAIN", "Root", "number"]

DOMAIN = "simulated.myshopify.com"
SCOPES = ("read_orders", "read_products", "read_locations", "write_inventory")


class Root:
    """What queries begin with."""

    def __init__(self, simulator: "ShopifySimulator") -> None:
        self._simulator = simulator

    shop = {"name": "Simulated shop", "myshopifyDomain": DOMAIN}  # noqa: RUF012
    currentAppInstallation = {  # noqa: RUF012, N815
        "accessScopes": [{"handle": scope} for scope in SCOPES]
    }

    def productVariants(  # noqa: N802
        self, _: Any, first: int | None = None, after: str | None = None
    ) -> Any:
        items = list(self._simulator.shop.items.values())
        return self._simulator.page([self._variant(item) for item in items], first, after)

    def locations(self, _: Any, first: int | None = None, after: str | None = None) -> Any:
        places = self._simulator.shop.places
        return self._simulator.page([_location(place) for place in places], first, after)

    def nodes(self, _: Any, ids: list[str]) -> list[Any]:
        known = {item.stock_id: item for item in self._simulator.shop.items.values()}
        orders = self._simulator.shop.orders
        found: list[Any] = []
        for each in ids:
            item, order = known.get(number(each)), orders.get(number(each))
            if "/Order/" in each:
                found.append(None if order is None else self._order(order))
            else:
                found.append(None if item is None else self._inventory_item(item))
        return found

    def orders(
        self,
        _: Any,
        first: int | None = None,
        after: str | None = None,
        query: str | None = None,
        sortKey: str | None = None,  # noqa: N803
    ) -> Any:
        asked = re.fullmatch(r"updated_at:>='([^']+)'", query or "")
        orders = sorted(self._simulator.shop.orders.values(), key=lambda each: each.changed_at)
        if asked is not None:
            since = datetime.datetime.fromisoformat(asked[1].replace("Z", "+00:00"))
            orders = [each for each in orders if each.changed_at >= since]
        return self._simulator.page([self._order(each) for each in orders], first, after)

    def inventorySetQuantities(  # noqa: N802
        self,
        info: graphql.GraphQLResolveInfo[Any],
        input: dict[str, Any],  # noqa: A002
    ) -> Any:
        directive = self._simulator.schema.get_directive("idempotent")
        assert directive is not None
        found = graphql.get_directive_values(directive, info.field_nodes[0], info.variable_values)
        return self._simulator.set_quantities(input, found["key"] if found else None)

    def _variant(self, item: Item) -> dict[str, Any]:
        return {
            "__typename": "ProductVariant",
            "id": f"gid://shopify/ProductVariant/{item.id}",
            "legacyResourceId": item.id,
            "sku": item.sku,
            "displayName": item.name,
            "inventoryItem": self._inventory_item(item),
        }

    def _inventory_item(self, item: Item) -> dict[str, Any]:
        return {
            "__typename": "InventoryItem",
            "id": f"gid://shopify/InventoryItem/{item.stock_id}",
            "legacyResourceId": item.stock_id,
            "inventoryLevel": _Level(self._simulator, item),
        }

    def _order(self, order: Order) -> dict[str, Any]:
        lines = {line.id: self._line(order, line) for line in order.lines}
        sent = [
            {"quantity": line.shipped, "lineItem": lines[line.id]}
            for line in order.lines
            if line.shipped
        ]
        cancelled = order.cancelled_at
        return {
            "__typename": "Order",
            "id": f"gid://shopify/Order/{order.id}",
            "legacyResourceId": order.id,
            "name": f"#{order.number}",
            "createdAt": order.placed_at.isoformat(),
            "updatedAt": order.changed_at.isoformat(),
            "cancelledAt": None if cancelled is None else cancelled.isoformat(),
            "sourceName": "web",
            "lineItems": _Listed(self._simulator, list(lines.values())),
            "fulfillments": _Cut(
                [{"status": "SUCCESS", "fulfillmentLineItems": {"nodes": sent}}] if sent else []
            ),
            "refunds": _Cut(
                [
                    {
                        "legacyResourceId": refund.id,
                        "createdAt": refund.at.isoformat(),
                        "refundLineItems": {
                            "nodes": [
                                {
                                    "quantity": refund.quantity,
                                    "restockType": told.restock_type(refund).upper(),
                                    "lineItem": lines[refund.line],
                                }
                            ]
                        },
                    }
                    for refund in order.refunds
                ]
            ),
        }

    def _line(self, order: Order, line: OrderLine) -> dict[str, Any]:
        return {
            "__typename": "LineItem",
            "id": f"gid://shopify/LineItem/{line.id}",
            "sku": line.item.sku,
            "quantity": line.quantity,
            "currentQuantity": told.current(order, line),
            "variant": self._variant(line.item),
        }


class _Listed:
    """A connection within another object."""

    def __init__(self, simulator: "ShopifySimulator", rows: list[Any]) -> None:
        self._simulator = simulator
        self._rows = rows

    def __call__(self, _: Any, first: int | None = None, after: str | None = None) -> Any:
        return self._simulator.page(self._rows, first, after)


class _Cut:
    """A list of which the first few are asked for."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def __call__(self, _: Any, first: int | None = None) -> Any:
        return self._rows[:first]


class _Level:
    """What there is of an item at a location."""

    def __init__(self, simulator: "ShopifySimulator", item: Item) -> None:
        self._simulator = simulator
        self._item = item

    def __call__(self, _: Any, locationId: str) -> Any:  # noqa: N803
        place = number(locationId)
        if (self._item.stock_id, place) not in self._simulator.shop.stock:
            return None
        quantity = self._simulator.shop.tell_figure(self._item.stock_id, place)
        quantities = [{"name": "available", "quantity": quantity}]
        return {"location": _location(place), "quantities": quantities}


def _location(place: str) -> dict[str, Any]:
    return {
        "__typename": "Location",
        "id": f"gid://shopify/Location/{place}",
        "legacyResourceId": place,
        "name": f"Location {place}",
    }


def number(gid: str) -> str:
    """The number in a name of the API."""
    return gid.rpartition("/")[2]
