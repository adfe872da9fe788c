"""A refusal is an answer: whoever asks again under the same key is told the same, although the
request would be granted by now; and the other way round."""

import uuid
from typing import Any

import httpx

from houses import Shop


class Asker:
    """Asks under keys."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        self._api = api

    async def __call__(self, target: str, key: str = "", **body: Any) -> httpx.Response:
        """The answer to a POST."""
        headers = {"idempotency-key": key or str(uuid.uuid4())}
        return await self._api.post(f"/api/v1/{target}", json=body, headers=headers)

    async def granted(self, target: str, **body: Any) -> dict[str, Any]:
        """What a POST that is granted answers."""
        answer = await self(target, **body)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told


def same(first: httpx.Response, again: httpx.Response) -> bool:
    """Whether a retry was told the same, and that it is a retry."""
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    return (first.status_code, first.content) == (again.status_code, again.content)


def bought(shop: Shop) -> dict[str, Any]:
    """What an order is about."""
    return {"channel": shop.channel, "lines": [{"sku": shop.sku, "quantity": 1}]}


async def test_a_delivery_refused_too_early_stays_refused(
    api: httpx.AsyncClient, open_shop
) -> None:
    ask, shop = Asker(api), await open_shop(units=1)
    order = await ask.granted("orders", **bought(shop), complete="confirm")
    refused = await ask(f"orders/{order['id']}/deliver", "too-early" + order["id"])
    assert refused.status_code == 409
    await ask.granted(f"orders/{order['id']}/ship")
    assert same(refused, await ask(f"orders/{order['id']}/deliver", "too-early" + order["id"]))


async def test_a_refusal_keeps_its_words_when_the_order_has_moved_on(
    api: httpx.AsyncClient, open_shop
) -> None:
    ask, shop = Asker(api), await open_shop(units=1)
    order = await ask.granted("orders", **bought(shop), complete="hand_over")
    refused = await ask(f"orders/{order['id']}/confirm", "moved-on" + order["id"])
    assert refused.json()["order_status"] == "delivered"
    await ask.granted(f"orders/{order['id']}/return")
    assert same(refused, await ask(f"orders/{order['id']}/confirm", "moved-on" + order["id"]))


async def test_an_order_of_a_hold_that_was_taken_stays_refused(
    api: httpx.AsyncClient, open_shop
) -> None:
    ask, shop = Asker(api), await open_shop(units=1)
    order = await ask.granted("orders", **bought(shop))
    body = {"channel": shop.channel, "hold_id": order["hold_id"]}
    refused = await ask("orders", "taken" + order["id"], **body)
    assert refused.json()["type"] == "/problems/hold-is-taken"
    await ask.granted(f"orders/{order['id']}/cancel")
    assert same(refused, await ask("orders", "taken" + order["id"], **body))


async def test_what_a_closed_channel_was_told_stays_and_what_it_was_told_before_too(
    api: httpx.AsyncClient, open_shop
) -> None:
    ask, shop = Asker(api), await open_shop(units=2)
    body = {**bought(shop), "ttl_seconds": 600}
    early, late = f"early-{shop.channel}", f"late-{shop.channel}"
    granted = await ask("holds", early, **body)
    await api.delete(f"/api/v1/channels/{shop.channel}", headers={"if-match": "*"})
    refused = await ask("holds", late, **body)
    assert (granted.status_code, refused.status_code) == (201, 404)
    assert same(granted, await ask("holds", early, **body))
    opened = {"id": shop.channel, "name": "Open", "kind": "web_shop", "locations": [shop.location]}
    await ask.granted("channels", **opened)
    assert same(refused, await ask("holds", late, **body))
    assert await shop.levels() == {shop.location: (2, 1, 0)}


async def test_a_channel_that_was_open_already_stays_so(api: httpx.AsyncClient, open_shop) -> None:
    ask, shop = Asker(api), await open_shop()
    opened = {"id": shop.channel, "name": "Open", "kind": "web_shop", "locations": [shop.location]}
    key = f"open-{shop.channel}"
    refused = await ask("channels", key, **opened)
    assert refused.status_code == 409
    await api.delete(f"/api/v1/channels/{shop.channel}", headers={"if-match": "*"})
    assert same(refused, await ask("channels", key, **opened))


async def test_a_request_that_may_be_sent_again_is_not_remembered(
    api: httpx.AsyncClient, open_shop
) -> None:
    ask, shop = Asker(api), await open_shop(units=2)
    body = {**bought(shop), "ttl_seconds": 600}
    key = f"other-{shop.channel}"
    granted = await ask("holds", key, **body)
    other = await ask("holds", key, **{**body, "ttl_seconds": 500})
    assert other.json()["type"] == "/problems/key-reused"
    assert same(granted, await ask("holds", key, **body))


async def test_an_order_refused_of_a_closed_channel_takes_no_stock_when_it_comes_again(
    api: httpx.AsyncClient, open_shop
) -> None:
    ask, shop = Asker(api), await open_shop(units=2)
    await api.delete(f"/api/v1/channels/{shop.channel}", headers={"if-match": "*"})
    refused = await ask("orders", f"closed-{shop.channel}", **bought(shop))
    assert refused.status_code == 404
    opened = {"id": shop.channel, "name": "Open", "kind": "web_shop", "locations": [shop.location]}
    await ask.granted("channels", **opened)
    assert same(refused, await ask("orders", f"closed-{shop.channel}", **bought(shop)))
    assert await shop.levels() == {shop.location: (2, 0, 0)}


async def test_an_order_refused_for_too_little_stays_refused_whatever_its_channel_does(
    api: httpx.AsyncClient, open_shop
) -> None:
    ask, shop = Asker(api), await open_shop()
    refused = await ask("orders", f"sold-out-{shop.channel}", **bought(shop))
    assert refused.json()["type"] == "/problems/not-enough-stock"
    await api.delete(f"/api/v1/channels/{shop.channel}", headers={"if-match": "*"})
    assert same(refused, await ask("orders", f"sold-out-{shop.channel}", **bought(shop)))
