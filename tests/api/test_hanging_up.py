"""A caller that hangs up before the request was read whole has asked for nothing."""

from typing import Any

import httpx
import msgspec
import pytest

from houses import Shop
from rackhouse.api.app import build_app
from rackhouse.platform.house import House

READ = {"type": "http.request", "body": b'{"lines": [{"sk', "more_body": True}
GONE = {"type": "http.disconnect"}


async def an_order(api: httpx.AsyncClient, shop: Shop) -> str:
    """A confirmed order of two pieces."""
    lines = [{"sku": shop.sku, "quantity": 2}]
    body = {"channel": shop.channel, "lines": lines, "complete": "confirm"}
    return str((await api.post("/api/v1/orders", json=body)).json()["id"])


@pytest.mark.parametrize("read", [[], [READ]])
async def test_a_shipment_of_which_the_lines_were_not_read_ships_nothing(
    house: House, api: httpx.AsyncClient, open_shop, admin_token: str, read: list[dict[str, Any]]
) -> None:
    shop = await open_shop(units=2)
    order = await an_order(api, shop)
    key = (b"idempotency-key", b"hung-up-" + order.encode())
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/api/v1/orders/{order}/ship",
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer " + admin_token.encode()), key],
        "client": ("127.0.0.1", 1),
    }
    messages = iter([*read, GONE])
    sent: list[object] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: object) -> None:
        sent.append(message)

    await build_app(house)(scope, receive, send)
    assert sent == []
    assert await shop.levels() == {shop.location: (2, 0, 2)}
    part = msgspec.json.encode({"lines": [{"sku": shop.sku, "quantity": 1}]})
    answer = await api.post(
        f"/api/v1/orders/{order}/ship", content=part, headers={"idempotency-key": key[1].decode()}
    )
    assert answer.status_code == 200, answer.text
    assert await shop.levels() == {shop.location: (1, 0, 1)}
