"""A Shopify shop: its Admin GraphQL API, executed by a real GraphQL engine, and its webhooks.

Sources: https://shopify.dev/docs/api/admin-graphql, https://shopify.dev/docs/api/usage/limits,
https://shopify.dev/docs/apps/build/webhooks.
"""

import base64
import datetime
import hashlib
import hmac
import uuid
from collections.abc import Sequence
from typing import Any

import graphql
import msgspec

from rackhouse.simulators.deliveries import Envelope
from rackhouse.simulators.faults import NONE, Faults
from rackhouse.simulators.serving import Asked, Said, Simulator
from rackhouse.simulators.shop import Shop
from rackhouse.simulators.shopify import told
from rackhouse.simulators.shopify.cost import MUTATION_COST, QUERY_LIMIT, cost_of
from rackhouse.simulators.shopify.root import DOMAIN, Root, number
from rackhouse.simulators.shopify.schema import SCHEMA

__all__ = ["ShopifySimulator"]

PAGE_LIMIT = 250
BUCKET_POINTS = 2000.0
POINTS_A_SECOND = 100.0


class ShopifySimulator(Simulator):
    """The shop. What it may be asked is counted in points, as by Shopify."""

    def __init__(
        self,
        *,
        access_token: str,
        client_secret: str,
        faults: Faults = NONE,
        places: int = 1,
        api_version: str = "2026-04",
        points_a_second: float = POINTS_A_SECOND,
        page_limit: int = PAGE_LIMIT,
    ) -> None:
        super().__init__(Shop([str(70_000 + place) for place in range(places)], 4_000), faults)
        self.shop.cancels_shipped = False
        self._token = access_token
        self._secret = client_secret.encode()
        self._version = api_version
        self._points = BUCKET_POINTS
        self._rate = points_a_second
        self._counted_at: datetime.datetime | None = None
        self._page_limit = page_limit
        self._answered: dict[str, Any] = {}
        self._queries: dict[str, tuple[graphql.DocumentNode, list[str]]] = {}
        self.schema = _schema_of(api_version)

    def answer(self, asked: Asked) -> Said:
        """As the Admin API has it."""
        given = asked.headers.get("x-shopify-access-token", "")
        if not hmac.compare_digest(given, self._token):
            body = {"errors": "[API] Invalid API key or access token (unrecognized login)"}
            return Said(status=401, body=body)
        if asked.path != f"/admin/api/{self._version}/graphql.json":
            return Said(status=404, body={"errors": "Not Found"})
        body = asked.json()
        document, problems = self._parsed(body["query"])
        cost = cost_of(document, body.get("variables") or {})
        if cost > QUERY_LIMIT:
            problem = f"Query cost is {cost}, which exceeds the single query max cost limit (1000)."
            error = {"message": problem, "extensions": {"code": "MAX_COST_EXCEEDED"}}
            return Said(body={"errors": [error]})
        self._restore()
        if cost > self._points:
            return self.throttled(cost)
        self._points -= cost
        if problems:
            return Said(body={"errors": [{"message": each} for each in problems]})
        done = graphql.execute_sync(
            self.schema, document, Root(self), variable_values=body.get("variables")
        )
        said: dict[str, Any] = {"data": done.data, "extensions": self._extensions(cost, cost)}
        if done.errors:
            said["errors"] = [{"message": each.message} for each in done.errors]
        return Said(body=said)

    def _parsed(self, query: str) -> tuple[graphql.DocumentNode, list[str]]:
        """A query, and what is wrong with it; looked at once, as those who ask always ask the
        same."""
        if query not in self._queries:
            document = graphql.parse(query)
            problems = [each.message for each in graphql.validate(self.schema, document)]
            self._queries[query] = (document, problems)
        return self._queries[query]

    def throttled(self, cost: int = MUTATION_COST) -> Said:
        """Too costly for what is left: 200, with an error."""
        error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
        return Said(body={"errors": [error], "extensions": self._extensions(cost, None)})

    def tell(self, topic: str, about: Any) -> None:
        """The webhooks that the app has subscribed to."""
        match topic:
            case "order_created":
                self._deliver("orders/create", told.order_told(about))
            case "order_updated":
                self._deliver("orders/updated", told.order_told(about))
            case "order_cancelled":
                self._deliver("orders/cancelled", told.order_told(about))
                self._deliver("orders/updated", told.order_told(about))
            case "refund_created":
                order, refund = about
                self._deliver("refunds/create", told.refund_told(order, refund))
            case "stock_changed":
                self._deliver("inventory_levels/update", self._level(*about))

    def set_quantities(self, given: dict[str, Any], key: str | None) -> dict[str, Any]:
        """``inventorySetQuantities``: all of the figures, or none."""
        if self._version >= "2026-04" and key is None:
            raise graphql.GraphQLError("The @idempotent directive is required for this mutation.")
        if key is not None and key in self._answered:
            return dict(self._answered[key])
        if self.shop.before_write is not None:
            happens, self.shop.before_write = self.shop.before_write, None
            happens()
        errors = [
            error
            for index, row in enumerate(given["quantities"])
            for error in self._wrong_with(index, row, given)
        ]
        if not errors:
            for row in given["quantities"]:
                item, place = number(row["inventoryItemId"]), number(row["locationId"])
                self.shop.set_figure(item, place, row["quantity"])
        answer = {"userErrors": errors}
        if key is not None:
            self._answered[key] = answer
        return answer

    def page(self, rows: Sequence[Any], first: int | None, after: str | None) -> dict[str, Any]:
        """A page of a connection."""
        start = 0 if after is None else int(base64.b64decode(after))
        end = start + min(first or 50, self._page_limit)
        cursor = base64.b64encode(str(end).encode()).decode()
        info = {"hasNextPage": end < len(rows), "endCursor": cursor}
        return {"nodes": list(rows[start:end]), "pageInfo": info}

    def _wrong_with(
        self, index: int, row: dict[str, Any], given: dict[str, Any]
    ) -> list[dict[str, Any]]:
        key = (number(row["inventoryItemId"]), number(row["locationId"]))
        field = ["input", "quantities", str(index)]
        if key not in self.shop.stock:
            problem = "The specified inventory item could not be found."
            error = {"code": "INVALID_INVENTORY_ITEM", "message": problem}
            return [{**error, "field": [*field, "inventoryItemId"]}]
        if row["quantity"] < 0:
            problem = "The quantity can't be negative."
            error = {"code": "INVALID_QUANTITY_NEGATIVE", "message": problem}
            return [{**error, "field": [*field, "quantity"]}]
        name = "changeFromQuantity" if "changeFromQuantity" in row else "compareQuantity"
        if name not in row:
            if given.get("ignoreCompareQuantity"):
                return []
            problem = "The compareQuantity argument must be given to each quantity or ignored."
            error = {"code": "COMPARE_QUANTITY_REQUIRED", "message": problem}
            return [{**error, "field": field}]
        if row[name] is not None and row[name] != self.shop.stock[key]:
            code = "CHANGE_FROM" if name == "changeFromQuantity" else "COMPARE"
            problem = f"The {name} argument no longer matches the persisted quantity."
            error = {"code": f"{code}_QUANTITY_STALE", "message": problem}
            return [{**error, "field": [*field, name]}]
        return []

    def _level(self, stock_id: str, place: str) -> dict[str, Any]:
        return {
            "inventory_item_id": int(stock_id),
            "location_id": int(place),
            "available": self.shop.stock[stock_id, place],
            "updated_at": self.shop.changed[stock_id, place].isoformat(),
        }

    def _deliver(self, topic: str, content: Any) -> None:
        body = msgspec.json.encode(content)
        signature = base64.b64encode(hmac.new(self._secret, body, hashlib.sha256).digest())
        headers = {
            "content-type": "application/json",
            "x-shopify-topic": topic,
            "x-shopify-hmac-sha256": signature.decode(),
            "x-shopify-shop-domain": DOMAIN,
            "x-shopify-api-version": self._version,
            "x-shopify-webhook-id": str(uuid.uuid4()),
            "x-shopify-triggered-at": self.shop.now().isoformat(),
        }
        self.deliveries.put(Envelope(body=body, headers=headers))

    def _restore(self) -> None:
        now = self.shop.clock()
        since = 0.0 if self._counted_at is None else (now - self._counted_at).total_seconds()
        self._points = min(BUCKET_POINTS, self._points + max(0.0, since) * self._rate)
        self._counted_at = now

    def _extensions(self, requested: int, actual: int | None) -> dict[str, Any]:
        return {
            "cost": {
                "requestedQueryCost": requested,
                "actualQueryCost": actual,
                "throttleStatus": {
                    "maximumAvailable": BUCKET_POINTS,
                    "currentlyAvailable": int(self._points),
                    "restoreRate": self._rate,
                },
            }
        }


def _schema_of(version: str) -> graphql.GraphQLSchema:
    """The schema of a version: from 2026-01 on figures are compared under another name, and from
    2026-04 on under that one only."""
    newer, ended = version >= "2026-01", version >= "2026-04"
    compared = "changeFromQuantity: Int " if newer else ""
    compared += "" if ended else "compareQuantity: Int"
    ignore = "" if ended else "ignoreCompareQuantity: Boolean"
    return graphql.build_schema(SCHEMA % {"compared": compared, "ignore": ignore})
