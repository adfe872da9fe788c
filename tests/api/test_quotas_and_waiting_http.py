"""Quotas and waiting lists over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from houses import Shop
from rackhouse.platform.ids import new_id

OpenShop = Callable[..., Awaitable[Shop]]


async def test_a_quota_is_set_changed_and_ended(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=5)
    quota = f"quota-{new_id()}"
    body: dict[str, Any] = {"id": quota, "name": "Release", "cap": 3, "skus": [shop.sku]}
    answer = await api.post("/api/v1/quotas", json={**body, "expected_version": 0})
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    stale = await api.post("/api/v1/quotas", json={**body, "cap": 4, "expected_version": 0})
    assert stale.json()["type"] == "/problems/quota-version-stale"
    hold = {
        "channel": shop.channel,
        "lines": [{"sku": shop.sku, "quantity": 3}],
        "ttl_seconds": 60,
    }
    assert (await api.post("/api/v1/holds", json=hold)).status_code == 201
    refused = await api.post(
        "/api/v1/holds", json={**hold, "lines": [{"sku": shop.sku, "quantity": 1}]}
    )
    assert refused.json()["type"] == "/problems/quota-exceeded"
    below = await api.post("/api/v1/quotas", json={**body, "cap": 2})
    assert (below.status_code, below.json()["used"]) == (409, 3)
    assert (await api.get(f"/api/v1/quotas/{quota}")).json()["uses"] == [
        {"customer_id": None, "used": 3, "left": 0}
    ]
    assert (await api.delete(f"/api/v1/quotas/{quota}")).json()["ended"] is True
    assert (await api.delete(f"/api/v1/quotas/{quota}")).status_code == 404


async def test_a_repeated_quota_is_answered_alike(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=1)
    body = {"id": f"quota-{new_id()}", "name": "Release", "cap": 3, "skus": [shop.sku]}
    key = {"Idempotency-Key": new_id()}
    first = await api.post("/api/v1/quotas", json=body, headers=key)
    again = await api.post("/api/v1/quotas", json=body, headers=key)
    assert first.json() == again.json() == {**first.json(), "version": 1}


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"cap": -1}, 422),
        ({"cap": 10**12}, 422),
        ({"skus": []}, 422),
        ({"skus": ["NO-SUCH-SKU"]}, 422),
        ({"per": "household"}, 422),
        ({"id": "Not A Handle"}, 422),
    ],
)
async def test_a_quota_that_makes_no_sense_is_refused(
    api: httpx.AsyncClient, open_shop: OpenShop, wrong: dict[str, Any], status: int
) -> None:
    shop = await open_shop()
    body = {"id": f"quota-{new_id()}", "name": "Release", "cap": 3, "skus": [shop.sku], **wrong}
    answer = await api.post("/api/v1/quotas", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_customer_waits_is_offered_and_may_leave(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    body = {"sku": shop.sku, "channel": shop.channel, "customer_id": "ann"}
    key = {"Idempotency-Key": new_id()}
    joined = await api.post("/api/v1/waiting-list", json=body, headers=key)
    assert (joined.status_code, joined.json()["status"]) == (201, "waiting")
    again = await api.post("/api/v1/waiting-list", json=body, headers=key)
    assert again.json() == joined.json()
    twice = await api.post("/api/v1/waiting-list", json=body)
    assert twice.json()["type"] == "/problems/already-waiting"
    behind = await api.post("/api/v1/waiting-list", json={**body, "customer_id": "bob"})
    assert behind.json()["before"] == 1
    await shop.receive(shop.sku, 1)
    page = (await api.get("/api/v1/waiting-list", params={"sku": shop.sku, "limit": 1})).json()
    assert page["items"][0]["status"] == "offered"
    rest = await api.get(
        "/api/v1/waiting-list", params={"sku": shop.sku, "cursor": page["next_cursor"]}
    )
    assert [each["customer_id"] for each in rest.json()["items"]] == ["bob"]
    late = await api.delete(f"/api/v1/waiting-list/{joined.json()['id']}")
    assert late.json()["type"] == "/problems/not-waiting-any-more"
    left = await api.delete(f"/api/v1/waiting-list/{behind.json()['id']}")
    assert left.json()["status"] == "left"


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"quantity": 0}, 422), ({"sku": "NO-SUCH-SKU"}, 422), ({"offer_seconds": 10**7}, 422)],
)
async def test_who_can_not_wait_is_told_why(
    api: httpx.AsyncClient, open_shop: OpenShop, wrong: dict[str, Any], status: int
) -> None:
    shop = await open_shop()
    body = {"sku": shop.sku, "channel": shop.channel, "customer_id": "ann", **wrong}
    answer = await api.post("/api/v1/waiting-list", json=body)
    assert answer.status_code == status
    assert (await api.get(f"/api/v1/waiting-list/{new_id()}")).status_code == 404
