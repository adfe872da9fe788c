"""A WooCommerce shop: its REST API v3 and its webhooks. Every other item is a variation.

Sources: https://developer.woocommerce.com/docs/apis/rest-api/v3/ (orders, order refunds, products,
product variations, webhooks), https://developer.wordpress.org/rest-api/using-the-rest-api/
(paging, ``_fields``).
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
from rackhouse.simulators.shop import Item, Order, OrderLine, Shop

__all__ = ["WooSimulator"]

PLACE = "-"
PARENTS_FROM = 1_000_000
PAGE_LIMIT = 100
BATCH_LIMIT = 100
API = "/wp-json/wc/v3"


class WooSimulator(Simulator):
    """The shop. ``uncounted`` items are sold without their stock being counted, until somebody
    says that it is."""

    def __init__(
        self,
        *,
        consumer_key: str,
        consumer_secret: str,
        webhook_secret: str,
        faults: Faults = NONE,
        page_limit: int = PAGE_LIMIT,
    ) -> None:
        super().__init__(Shop([PLACE], 300), faults)
        self.uncounted: set[str] = set()
        self._basic = base64.b64encode(f"{consumer_key}:{consumer_secret}".encode()).decode()
        self._secret = webhook_secret.encode()
        self._page_limit = page_limit
        self._completed: dict[str, datetime.datetime] = {}

    def answer(self, asked: Asked) -> Said:
        """As the REST API has it."""
        given = asked.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Basic {self._basic}".encode()):
            return _error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        match [asked.method, *asked.path.removeprefix(f"{API}/").split("/")]:
            case ["POST", "products", "batch"]:
                return self._batch(asked, None)
            case ["POST", "products", parent, "variations", "batch"]:
                return self._batch(asked, parent)
            case ["GET", *path] if (rows := self._rows(path, asked)) is not None:
                return self._page(asked, rows)
        return _error(404, "rest_no_route", "No route was found matching the URL.")

    def throttled(self) -> Said:
        """What a host in front of the shop says."""
        said = _error(429, "too_many_requests", "Too many requests.")
        return msgspec.structs.replace(said, headers={"retry-after": "0"})

    def tell(self, topic: str, about: Any) -> None:
        """The webhooks ``order.created``, ``order.updated`` and ``product.updated``."""
        match topic:
            case "order_created":
                self._deliver("order.created", self._order(about))
            case "order_updated" | "order_cancelled":
                if any(line.shipped for line in about.lines):
                    self._completed.setdefault(about.id, about.changed_at)
                self._deliver("order.updated", self._order(about))
            case "stock_changed":
                item = self._item_of_stock(about[0])
                self._deliver("product.updated", self._stock(item))

    def ping(self) -> None:
        """What is sent when a webhook is saved: no signature, and no topic."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        self.deliveries.put(Envelope(body=b"webhook_id=7", headers=headers))

    def delete(self, order_id: str) -> None:
        """An order is called off and deleted; only its number is told."""
        self.shop.told = lambda topic, about: None
        self.shop.cancel(order_id)
        self.shop.told = self.tell
        del self.shop.orders[order_id]
        self._deliver("order.deleted", {"id": int(order_id)})

    def _rows(self, path: list[str], asked: Asked) -> list[dict[str, Any]] | None:
        """What there is to be listed at a path."""
        match path:
            case ["products"]:
                return self._products()
            case ["products", parent, "variations"]:
                return self._variations(parent)
            case ["orders"]:
                return self._changed_orders(asked)
            case ["orders", order, "refunds"] if order in self.shop.orders:
                return _refunds_told(self.shop.orders[order])
        return None

    def _products(self) -> list[dict[str, Any]]:
        found = []
        for index, item in enumerate(self.shop.items.values()):
            if index % 2 == 0:
                found.append({**self._stock(item), "type": "simple"})
            else:
                parent = {"id": PARENTS_FROM + int(item.id), "sku": "", "name": "Variable"}
                found.append({**parent, "type": "variable", "manage_stock": False})
        return sorted(found, key=lambda each: int(each["id"]))

    def _variations(self, parent: str) -> list[dict[str, Any]]:
        return [
            self._stock(item)
            for item in self.shop.items.values()
            if self._parent(item) == int(parent)
        ]

    def _parent(self, item: Item) -> int:
        """The product of a variation, or 0."""
        index = list(self.shop.items).index(item.id)
        return PARENTS_FROM + int(item.id) if index % 2 else 0

    def _stock(self, item: Item) -> dict[str, Any]:
        counted = item.sku not in self.uncounted
        return {
            "id": int(item.id),
            "sku": item.sku,
            "name": item.name,
            "manage_stock": counted,
            "stock_quantity": self.shop.stock[item.stock_id, PLACE] if counted else None,
        }

    def _batch(self, asked: Asked, parent: str | None) -> Said:
        updates = asked.json().get("update", [])
        if len(updates) > BATCH_LIMIT:
            told = f"Unable to accept more than {BATCH_LIMIT} items for this request."
            return _error(413, "woocommerce_rest_request_entity_too_large", told)
        return Said(body={"update": [self._update(each, parent) for each in updates]})

    def _update(self, update: dict[str, Any], parent: str | None) -> dict[str, Any]:
        item = self.shop.items.get(str(update["id"]))
        if item is None or self._parent(item) != int(parent or 0):
            problem = {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID."}
            return {"id": update["id"], "error": {**problem, "data": {"status": 400}}}
        if self.shop.before_write is not None:
            happens, self.shop.before_write = self.shop.before_write, None
            happens()
        if update.get("manage_stock"):
            self.uncounted.discard(item.sku)
        figure = self.shop.stock[item.stock_id, PLACE]
        if "stock_quantity" in update:
            figure = int(update["stock_quantity"])
        elif "inventory_delta" in update:
            figure += int(update["inventory_delta"])
        self.shop.set_figure(item.stock_id, PLACE, figure)
        return self._stock(item)

    def _changed_orders(self, asked: Asked) -> list[dict[str, Any]]:
        after = asked.query.get("modified_after", "1970-01-01T00:00:00")
        found = [self._order(each) for each in self.shop.orders.values()]
        found = [each for each in found if each["date_modified_gmt"] > after]
        return sorted(found, key=lambda each: (each["date_modified_gmt"], each["id"]))

    def _page(self, asked: Asked, rows: list[dict[str, Any]]) -> Said:
        if "include" in asked.query:
            wanted = {int(each) for each in asked.query["include"].split(",")}
            rows = [row for row in rows if row["id"] in wanted]
        size = min(int(asked.query.get("per_page", "10")), self._page_limit)
        page = int(asked.query.get("page", "1"))
        fields = asked.query.get("_fields", "").split(",")
        shown = [
            {name: value for name, value in row.items() if fields == [""] or name in fields}
            for row in rows[(page - 1) * size : page * size]
        ]
        total = {"x-wp-total": str(len(rows)), "x-wp-totalpages": str(-(-len(rows) // size))}
        return Said(body=shown, headers=total)

    def _order(self, order: Order) -> dict[str, Any]:
        completed = self._completed.get(order.id)
        status = "processing" if completed is None else "completed"
        return {
            "id": int(order.id),
            "number": str(order.number),
            "status": status if order.cancelled_at is None else "cancelled",
            "date_created_gmt": _written(order.placed_at),
            "date_modified_gmt": _written(order.changed_at),
            "date_completed_gmt": None if completed is None else _written(completed),
            "billing": {"email": "buyer@example.com"},
            "line_items": [self._line(order, line) for line in order.lines],
            "refunds": [
                {"id": int(each.id), "reason": "", "total": "-1.00"} for each in order.refunds
            ],
        }

    def _line(self, order: Order, line: OrderLine) -> dict[str, Any]:
        parent = self._parent(line.item)
        back = sum(x.quantity for x in order.refunds if x.line == line.id and x.restocked)
        meta = [{"id": 1, "key": "_reduced_stock", "value": str(line.quantity)}]
        if back:
            meta.append({"id": 2, "key": "_restock_refunded_items", "value": str(back)})
        return {
            "id": int(line.id),
            "name": line.item.name,
            "product_id": parent or int(line.item.id),
            "variation_id": int(line.item.id) if parent else 0,
            "quantity": line.quantity,
            "sku": line.item.sku,
            "meta_data": meta,
        }

    def _item_of_stock(self, stock_id: str) -> Item:
        return next(item for item in self.shop.items.values() if item.stock_id == stock_id)

    def _deliver(self, topic: str, content: Any) -> None:
        body = msgspec.json.encode(content)
        signature = base64.b64encode(hmac.new(self._secret, body, hashlib.sha256).digest())
        resource, _, event = topic.partition(".")
        headers = {
            "content-type": "application/json",
            "x-wc-webhook-source": "https://simulated.example/",
            "x-wc-webhook-topic": topic,
            "x-wc-webhook-resource": resource,
            "x-wc-webhook-event": event,
            "x-wc-webhook-signature": signature.decode(),
            "x-wc-webhook-id": "7",
            "x-wc-webhook-delivery-id": uuid.uuid4().hex,
        }
        self.deliveries.put(Envelope(body=body, headers=headers))


def _refunds_told(order: Order) -> list[dict[str, Any]]:
    return [
        {
            "id": int(each.id),
            "date_created_gmt": _written(each.at),
            "line_items": [
                {
                    "id": int(each.id) + 500_000,
                    "quantity": -each.quantity,
                    "meta_data": [{"id": 3, "key": "_refunded_item_id", "value": each.line}],
                }
            ],
        }
        for each in order.refunds
    ]


def _written(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _error(status: int, code: str, message: str) -> Said:
    return Said(status=status, body={"code": code, "message": message, "data": {"status": status}})
