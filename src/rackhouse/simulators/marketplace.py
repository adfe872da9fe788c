"""A marketplace that speaks our generic REST protocol (`docs/guides/connecting-channels.md`)."""

import datetime
import hashlib
import hmac
import uuid
from typing import Any

import msgspec

from rackhouse.simulators.deliveries import Envelope
from rackhouse.simulators.faults import NONE, Faults
from rackhouse.simulators.serving import Asked, Said, Simulator
from rackhouse.simulators.shop import Order, Shop

__all__ = ["MarketplaceSimulator"]

PAGE_LIMIT = 50


class MarketplaceSimulator(Simulator):
    """The marketplace. It sells from one place."""

    def __init__(
        self, *, token: str, signing_key: str, faults: Faults = NONE, page_limit: int = PAGE_LIMIT
    ) -> None:
        super().__init__(Shop(["main"]), faults)
        self._token = token
        self._key = signing_key.encode()
        self._page_limit = page_limit

    def answer(self, asked: Asked) -> Said:
        """As the protocol has it."""
        wanted = f"Bearer {self._token}"
        if not hmac.compare_digest(asked.headers.get("authorization", ""), wanted):
            return Said(status=401, body={"message": "unknown token"})
        answers = {
            "GET /account": self._account,
            "GET /items": self._items,
            "GET /places": self._places,
            "GET /orders": self._orders,
            "POST /stock/query": self._figures,
            "PUT /stock": self._write,
        }
        answer = answers.get(f"{asked.method} {asked.path}")
        if answer is None:
            return Said(status=404, body={"message": "no such path"})
        return Said(body=answer(asked))

    def _account(self, _: Asked) -> Any:
        return {"account": "Simulated market", "scopes": ["orders", "stock"]}

    def _items(self, asked: Asked) -> Any:
        rows = [
            {"id": item.stock_id, "sku": item.sku, "name": item.name}
            for item in self.shop.items.values()
        ]
        return self._page(asked, "items", rows)

    def _places(self, _: Asked) -> Any:
        return {"places": [{"id": place, "name": place} for place in self.shop.places]}

    def _orders(self, asked: Asked) -> Any:
        since = datetime.datetime.fromisoformat(asked.query["changed_since"])
        found = [each for each in self.shop.orders.values() if each.changed_at >= since]
        return self._page(asked, "orders", [_order(each) for each in found])

    def _figures(self, asked: Asked) -> Any:
        keys = [(each["item"], each["place"]) for each in asked.json()["asked"]]
        found = [key for key in keys if key in self.shop.stock]
        for key in found:
            self.shop.tell_figure(*key)
        return self._stock(found)

    def _write(self, asked: Asked) -> Any:
        return {"results": [self._set(row) for row in asked.json()["stock"]]}

    def throttled(self) -> Said:
        """Too many requests."""
        return Said(status=429, body={"message": "slow down"}, headers={"retry-after": "0"})

    def tell(self, topic: str, about: Any) -> None:
        """Sales as they stand, and figures."""
        if topic == "stock_changed":
            self._deliver("stock", self._stock([about]))
        elif topic != "refund_created":
            self._deliver("order", _order(about))

    def _deliver(self, topic: str, content: Any) -> None:
        body = msgspec.json.encode(content)
        now = str(int(self.shop.clock().timestamp()))
        signature = hmac.new(self._key, now.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/json",
            "x-topic": topic,
            "x-message-id": str(uuid.uuid4()),
            "x-signature": f"t={now},v1={signature}",
        }
        self.deliveries.put(Envelope(body=body, headers=headers))

    def _page(self, asked: Asked, name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        first = int(asked.query.get("after", "0"))
        limit = min(int(asked.query.get("limit", "50")), self._page_limit)
        last = first + limit
        return {name: rows[first:last], "next": str(last) if last < len(rows) else None}

    def _stock(self, keys: list[tuple[str, str]]) -> dict[str, Any]:
        rows = [
            {
                "item": item,
                "place": place,
                "quantity": self.shop.stock[item, place],
                "version": self.shop.versions[item, place],
            }
            for item, place in keys
        ]
        return {"stock": rows, "as_of": self.shop.now().isoformat()}

    def _set(self, row: dict[str, Any]) -> dict[str, Any]:
        key = (row["item"], row["place"])
        told = {"item": row["item"], "place": row["place"]}
        if key not in self.shop.stock:
            return {**told, "status": "refused", "problem": "there is no such item"}
        done = self.shop.set_figure(*key, row["quantity"], version=row.get("if_version"))
        return {**told, "status": "taken" if done else "stale"}


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "placed_at": order.placed_at.isoformat(),
        "status": "open" if order.cancelled_at is None else "cancelled",
        "place": order.place,
        "lines": [
            {
                "id": line.id,
                "item": line.item.stock_id,
                "sku": line.item.sku,
                "quantity": line.quantity,
                "shipped": line.shipped,
            }
            for line in order.lines
        ],
        "refunds": [
            {
                "id": each.id,
                "line": each.line,
                "quantity": each.quantity,
                "restocked": each.restocked,
                "returned": each.returned,
                "at": each.at.isoformat(),
            }
            for each in order.refunds
        ],
    }
