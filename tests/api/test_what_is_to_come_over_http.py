"""Shipments, conditions and promises over HTTP: asked twice, asked wrongly, and told right."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from houses import Shop
from rackhouse.identity import mint_token
from rackhouse.platform.ids import new_id

OpenShop = Callable[..., Awaitable[Shop]]
SPRING = "2035-04-01T08:00:00Z"


async def twice(api: httpx.AsyncClient, path: str, body: dict[str, Any]) -> httpx.Response:
    """The answer to a request that is sent a second time under its key, as networks make one do."""
    headers = {"idempotency-key": new_id()}
    first = await api.post(f"/api/v1{path}", json=body, headers=headers)
    again = await api.post(f"/api/v1{path}", json=body, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    return first


async def expected(api: httpx.AsyncClient, shop: Shop, quantity: int = 5) -> dict[str, Any]:
    body = {
        "supplier": "Cooper",
        "destination": shop.location,
        "expected_at": SPRING,
        "lines": [{"sku": shop.sku, "quantity": quantity}],
    }
    answer = await twice(api, "/inbound", body)
    assert answer.status_code == 201
    return answer.json()


async def test_what_was_sent_twice_has_come_once(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=6, locations=2)
    inbound = await expected(api, shop)
    some = {"lines": [{"sku": shop.sku, "quantity": 2}]}
    part = await twice(api, f"/inbound/{inbound['id']}/receive", some)
    assert part.json()["lines"][0]["received"] == 2
    body = {"origin": shop.location, "destination": shop.locations[1], **some}
    sent = (await twice(api, "/transfers", body)).json()
    assert (sent["kind"], sent["status"]) == ("transfer", "in_transit")
    came = await twice(api, f"/inbound/{sent['id']}/receive", {})
    assert came.json()["status"] == "received"
    off = await twice(api, f"/inbound/{inbound['id']}/cancel", {"reason": "enough"})
    assert off.json()["status"] == "received", "of what came in part the rest was called off"
    assert await shop.levels() == {shop.location: (6, 0, 0), shop.locations[1]: (2, 0, 0)}


async def test_shipments_are_found_by_what_is_asked(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    ids = [(await expected(api, shop))["id"] for _ in range(3)]
    await api.post(f"/api/v1/inbound/{ids[0]}/receive", json={})
    query = {"sku": shop.sku, "status": "open", "limit": 1}
    page = (await api.get("/api/v1/inbound", params=query)).json()
    assert [each["id"] for each in page["items"]] == [ids[2]]
    page = (
        await api.get("/api/v1/inbound", params={**query, "cursor": page["next_cursor"]})
    ).json()
    assert ([each["id"] for each in page["items"]], page["next_cursor"]) == ([ids[1]], None)
    over = (await api.get("/api/v1/inbound", params={"sku": shop.sku, "status": "received"})).json()
    assert [each["id"] for each in over["items"]] == [ids[0]]
    assert (await api.get(f"/api/v1/inbound/{ids[0]}")).json()["status"] == "received"
    assert (await api.get("/api/v1/inbound/nothing")).status_code == 404


async def test_a_shipment_is_changed_at_the_version_that_was_read(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    inbound = await expected(api, await open_shop())
    path, later = f"/api/v1/inbound/{inbound['id']}", {"expected_at": "2035-05-01T08:00:00Z"}
    assert (await api.patch(path, json=later)).status_code == 428
    changed = await api.patch(path, json=later, headers={"if-match": '"1"'})
    assert (changed.json()["version"], changed.headers["etag"]) == (2, '"2"')
    stale = await api.patch(path, json=later, headers={"if-match": '"1"'})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "x", "units": [1]}]}, "lot"),
        ({"lines": [{"sku": "x"}]}, "quantity"),
        ({"lines": [{"sku": "x", "quantity": 1, "condition": "fine"}]}, "condition"),
    ],
)
async def test_a_receipt_that_is_not_clear_says_what_to_mend(
    api: httpx.AsyncClient, open_shop: OpenShop, body: dict[str, Any], field: str
) -> None:
    inbound = await expected(api, await open_shop())
    answer = await api.post(f"/api/v1/inbound/{inbound['id']}/receive", json=body)
    assert answer.status_code == 422
    assert field in answer.text


async def test_a_condition_is_changed_once_and_from_another_one(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    body = {
        "sku": shop.sku,
        "location": shop.location,
        "quantity": 2,
        "after": "damaged",
        "reason": "a leak",
    }
    changed = await twice(api, "/inventory/conditions", body)
    assert (changed.json()["on_hand"], changed.json()["available"]) == (5, 3)
    path = "/api/v1/inventory/conditions"
    same = await api.post(path, json={**body, "after": "sellable"})
    assert (same.status_code, same.json()["type"]) == (422, "/problems/malformed-request")
    many = await api.post(path, json={**body, "quantity": 4})
    assert (many.status_code, many.json()["free"]) == (409, 3)


async def test_a_promise_is_opened_sold_moved_and_closed(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    caps = {shop.channel: 3}
    body = {"sku": shop.sku, "kind": "pre_order", "promised_at": SPRING, "channel_caps": caps}
    opened = await twice(api, "/promises", body)
    assert (opened.status_code, opened.headers["etag"]) == (201, '"1"')
    assert opened.json()["channels"] == [
        {"channel": shop.channel, "cap": 3, "available": 3, "held": 0, "sold": 0}
    ]
    line = {"sku": shop.sku, "quantity": 2}
    order = {"channel": shop.channel, "preorder": "allow", "complete": "confirm", "lines": [line]}
    sold = await twice(api, "/orders", order)
    assert sold.status_code == 201
    early = await api.post(f"/api/v1/orders/{sold.json()['id']}/ship", json={})
    assert (early.status_code, early.json()["type"]) == (409, "/problems/not-arrived-yet")
    path = f"/api/v1/promises/{shop.sku}"
    told = (await api.get(path)).json()
    assert (told["available"], told["sold"], told["waiting_orders"]) == (1, 2, 1)
    low = await api.patch(path, json={"channel_caps": {shop.channel: 1}}, headers={"if-match": "*"})
    assert (low.status_code, low.json()["channel"]) == (409, shop.channel)
    past = {"promised_at": "2020-01-01T00:00:00Z", "reason": "a slip"}
    assert (await api.patch(path, json=past, headers={"if-match": "*"})).status_code == 422
    closed = await api.delete(path, headers={"if-match": '"1"'})
    assert (closed.json()["status"], closed.json()["cap"]) == ("closed", 2)
    listed = (await api.get("/api/v1/promises", params={"status": "closed", "limit": 200})).json()
    assert shop.sku in [each["sku"] for each in listed["items"]]


async def test_a_channel_sees_its_own_part_of_a_promise_alone(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop, other = await open_shop(), await open_shop()
    caps = {shop.channel: 3, other.channel: 4}
    body = {"sku": shop.sku, "kind": "backorder", "promised_at": SPRING, "channel_caps": caps}
    assert (await api.post("/api/v1/promises", json=body)).status_code == 201
    token = await mint_token(
        house=shop.house, roles=["channel"], subject="till", channel=shop.channel
    )
    headers = {"authorization": f"Bearer {token}"}
    told = (await api.get(f"/api/v1/promises/{shop.sku}", headers=headers)).json()
    assert [each["channel"] for each in told["channels"]] == [shop.channel]
    assert (await api.post("/api/v1/promises", json=body, headers=headers)).status_code == 403
    assert (await api.post("/api/v1/inbound", json={}, headers=headers)).status_code == 403
