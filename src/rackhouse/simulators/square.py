"""A seller at Square: the Orders, Inventory, Catalog and Locations APIs, and webhooks.

Sources: https://developer.squareup.com/reference/square,
https://developer.squareup.com/docs/webhooks/step3validate.
"""

import base64
import datetime
import hashlib
import hmac
import uuid
from typing import Any

import msgspec

from rackhouse.simulators.deliveries import Envelope
from rackhouse.simulators.faults import NONE, Faults
from rackhouse.simulators.serving import Asked, Said, Simulator
from rackhouse.simulators.shop import Order, Refund, Shop

__all__ = ["SquareSimulator"]

PAGE_LIMIT = 100
SCOPES = ["ITEMS_READ", "INVENTORY_READ", "INVENTORY_WRITE", "MERCHANT_PROFILE_READ", "ORDERS_READ"]


class SquareSimulator(Simulator):
    """The seller. Whoever buys walks out with it; what comes back is an order of its own."""

    def __init__(
        self,
        *,
        access_token: str,
        signature_key: str,
        faults: Faults = NONE,
        places: int = 1,
        page_limit: int = PAGE_LIMIT,
    ) -> None:
        super().__init__(Shop([f"L{place}SIMULATED" for place in range(places)], 9_000), faults)
        self.shop.hands_over = True
        self.shop.cancels_shipped = False
        self._token = access_token
        self._key = signature_key.encode()
        self._page_limit = page_limit
        self._answered: dict[str, Any] = {}

    def answer(self, asked: Asked) -> Said:
        """As Square's API has it."""
        wanted = f"Bearer {self._token}"
        if not hmac.compare_digest(asked.headers.get("authorization", ""), wanted):
            return _error(401, "AUTHENTICATION_ERROR", "UNAUTHORIZED")
        answers = {
            "POST /oauth2/token/status": self._status,
            "GET /v2/merchants/me": self._merchant,
            "GET /v2/locations": self._locations,
            "GET /v2/catalog/list": self._catalog,
            "POST /v2/orders/search": self._search,
            "POST /v2/orders/batch-retrieve": self._retrieve,
            "POST /v2/inventory/counts/batch-retrieve": self._counts,
            "POST /v2/inventory/changes/batch-create": self._change,
        }
        answer = answers.get(f"{asked.method} {asked.path}")
        if answer is None:
            return _error(404, "INVALID_REQUEST_ERROR", "NOT_FOUND")
        return Said(body=answer(asked))

    def throttled(self) -> Said:
        """Too many requests."""
        return _error(429, "RATE_LIMIT_ERROR", "RATE_LIMITED")

    def tell(self, topic: str, about: Any) -> None:
        """The events that were subscribed to: of orders they say only which."""
        match topic:
            case "order_created":
                self._deliver_order("order.created", "order_created", about.id, about.place)
                self._deliver(
                    "payment.updated",
                    {"payment": {"id": f"P{about.id}", "order_id": about.id}},
                )
            case "refund_created":
                order, refund = about
                self._deliver_order("order.created", "order_created", refund.id, order.place)
            case "stock_changed":
                self._deliver("inventory.count.updated", {"inventory_counts": [self._count(about)]})

    def _status(self, _: Asked) -> Any:
        return {"scopes": SCOPES, "merchant_id": "SIMULATED"}

    def _merchant(self, _: Asked) -> Any:
        return {"merchant": {"id": "SIMULATED", "business_name": "Simulated seller"}}

    def _locations(self, _: Asked) -> Any:
        return {"locations": [{"id": each, "name": each} for each in self.shop.places]}

    def _catalog(self, asked: Asked) -> Any:
        rows = [
            {
                "type": "ITEM_VARIATION",
                "id": item.stock_id,
                "item_variation_data": {"sku": item.sku, "name": item.name},
            }
            for item in self.shop.items.values()
        ]
        return self._page("objects", rows, asked.query.get("cursor"))

    def _search(self, asked: Asked) -> Any:
        body = asked.json()
        told = body["query"]["filter"]["date_time_filter"]["updated_at"]["start_at"]
        since = datetime.datetime.fromisoformat(told)
        found = [each for each in self._orders() if each["updated_at"] >= since.isoformat()]
        found = [each for each in found if each["location_id"] in body["location_ids"]]
        found.sort(key=lambda each: str(each["updated_at"]))
        return self._page("orders", found, body.get("cursor"))

    def _retrieve(self, asked: Asked) -> Any:
        wanted = set(asked.json()["order_ids"])
        return {"orders": [each for each in self._orders() if each["id"] in wanted]}

    def _counts(self, asked: Asked) -> Any:
        body = asked.json()
        keys = [
            (item, place)
            for item in body["catalog_object_ids"]
            for place in body["location_ids"]
            if (item, place) in self.shop.stock
        ]
        return self._page("counts", [self._count(key) for key in keys], body.get("cursor"))

    def _change(self, asked: Asked) -> Any:
        body = asked.json()
        key = body["idempotency_key"]
        if key in self._answered:
            return self._answered[key]
        if self.shop.before_write is not None:
            happens, self.shop.before_write = self.shop.before_write, None
            happens()
        changed = []
        for each in body["changes"]:
            count = each["physical_count"]
            at = (count["catalog_object_id"], count["location_id"])
            since = datetime.datetime.fromisoformat(count["occurred_at"])
            self.shop.recount(*at, int(count["quantity"]), since)
            changed.append(self._count(at))
        self._answered[key] = {"counts": changed}
        return self._answered[key]

    def _orders(self) -> list[dict[str, Any]]:
        sales = [_order(each) for each in self.shop.orders.values()]
        returns = [
            _return(order, each) for order in self.shop.orders.values() for each in order.refunds
        ]
        return [*sales, *returns]

    def _count(self, key: tuple[str, str]) -> dict[str, Any]:
        return {
            "catalog_object_id": key[0],
            "catalog_object_type": "ITEM_VARIATION",
            "state": "IN_STOCK",
            "location_id": key[1],
            "quantity": str(self.shop.stock[key]),
            "calculated_at": self.shop.changed[key].isoformat(),
        }

    def _page(self, name: str, rows: list[dict[str, Any]], cursor: str | None) -> dict[str, Any]:
        first = 0 if cursor is None else int(cursor)
        last = first + self._page_limit
        page: dict[str, Any] = {name: rows[first:last]}
        return {**page, "cursor": str(last)} if last < len(rows) else page

    def _deliver_order(self, type_: str, name: str, order_id: str, place: str) -> None:
        told = {"order_id": order_id, "location_id": place, "state": "COMPLETED", "version": 1}
        self._deliver(type_, {name: told})

    def _deliver(self, type_: str, content: Any) -> None:
        event = {
            "merchant_id": "SIMULATED",
            "type": type_,
            "event_id": str(uuid.uuid4()),
            "created_at": self.shop.now().isoformat(),
            "data": {"type": type_.partition(".")[0], "object": content},
        }
        body = msgspec.json.encode(event)
        signed = (self.deliveries.address or "").encode() + body
        signature = base64.b64encode(hmac.new(self._key, signed, hashlib.sha256).digest())
        headers = {
            "content-type": "application/json",
            "x-square-hmacsha256-signature": signature.decode(),
        }
        self.deliveries.put(Envelope(body=body, headers=headers))


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "location_id": order.place,
        "state": "COMPLETED",
        "version": order.version,
        "created_at": order.placed_at.isoformat(),
        "updated_at": order.changed_at.isoformat(),
        "line_items": [
            {
                "uid": line.id,
                "catalog_object_id": line.item.stock_id,
                "name": line.item.name,
                "quantity": str(line.quantity),
            }
            for line in order.lines
        ],
    }


def _return(order: Order, refund: Refund) -> dict[str, Any]:
    line = {
        "uid": f"R{refund.id}",
        "source_line_item_uid": refund.line,
        "quantity": str(refund.quantity),
    }
    return {
        "id": refund.id,
        "location_id": order.place,
        "state": "COMPLETED",
        "version": 1,
        "created_at": refund.at.isoformat(),
        "updated_at": refund.at.isoformat(),
        "returns": [{"source_order_id": order.id, "return_line_items": [line]}],
    }


def _error(status: int, category: str, code: str) -> Said:
    return Said(status=status, body={"errors": [{"category": category, "code": code}]})
