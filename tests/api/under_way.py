"""A shop with everything of stock in depth under way, for bad input to meet."""

from typing import Any

import httpx
from test_bad_input import LATER, hold

from houses import Shop

__all__ = ["Begun", "figures"]


class Begun:
    """A shop with things that are under way: a shipment, a count sheet, a promise, a hold, somebody
    in line, and an allotment rule."""

    def __init__(self, shop: Shop, api: httpx.AsyncClient) -> None:
        self.shop = shop
        self.api = api
        self.till = f"/channels/{shop.channel}"
        self.rule = f"/api/v1{self.till}/allotments/rules/{shop.sku}/{shop.location}"

    async def begin(self) -> None:
        shop = self.shop
        line = {"sku": shop.sku, "quantity": 3}
        shipment = {"supplier": "s", "destination": shop.location, "lines": [line]}
        self.shipment = (await self.made("/inbound", **shipment))["id"]
        sheet = {"location": shop.location, "skus": list(shop.skus)}
        self.sheet = (await self.made("/counts", **sheet))["id"]
        promise = {"sku": shop.sku, "kind": "backorder", "promised_at": LATER, "cap": 3}
        await self.made("/promises", **promise)
        self.hold = (await self.made("/holds", **hold(shop).body))["id"]
        self.waits = {"sku": shop.sku, "channel": shop.channel, "customer_id": "c", "quantity": 50}
        await self.made("/waiting-list", **self.waits)

    async def made(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.api.post(f"/api/v1{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        made: dict[str, Any] = answer.json()
        return made


async def figures(shop: Shop) -> list[dict[str, tuple[int, int, int]]]:
    """All there is of all SKUs of a shop, where there is any."""
    return [
        {at: found for at, found in (await shop.levels(sku)).items() if any(found)}
        for sku in shop.skus
    ]
