"""Availability and places over HTTP."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from houses import Shop
from rackhouse.platform.ids import new_id

OpenShop = Callable[..., Awaitable[Shop]]


async def test_a_page_of_ids_is_answered_at_once(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=3, skus=2, locations=2)
    query = {"ids": f"{shop.skus[1]},{shop.sku},NOTHING", "channel": shop.channel}
    answer = await api.get("/api/v1/inventory/availability", params=query)
    assert answer.status_code == 200
    told = answer.json()
    assert [(each["id"], each["skus"][0]["available"]) for each in told["items"]] == [
        (shop.skus[1], 0),
        (shop.sku, 3),
    ]
    assert told["unknown"] == ["NOTHING"]


async def test_one_product_can_be_seen_as_a_channel(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=3)
    other = await open_shop()
    path = f"/api/v1/inventory/{shop.sku}"
    assert (await api.get(path)).json()["skus"][0]["available"] == 3
    for channel, available in ((shop.channel, 3), (other.channel, 0)):
        answer = await api.get(path, params={"channel": channel})
        assert answer.json()["skus"][0]["available"] == available
    assert (await api.get(path, params={"channel": "nowhere"})).status_code == 404


@pytest.mark.parametrize("query", ["", "?ids=", "?ids=a,,b", "?ids=" + ",".join("a" * 101)])
async def test_a_question_without_ids_or_with_too_many_says_what_to_write(
    api: httpx.AsyncClient, query: str
) -> None:
    answer = await api.get("/api/v1/inventory/availability" + query)
    assert answer.status_code == 422
    told = answer.json()
    assert told["type"] == "/problems/malformed-request"
    assert "ids" in told["detail"]


async def test_a_location_keeps_its_coordinates(api: httpx.AsyncClient) -> None:
    location = f"cellar-{new_id()}"
    body = {"id": location, "name": "Cellar", "latitude": 51.8865, "longitude": 4}
    opened = await api.post("/api/v1/locations", json=body)
    assert opened.status_code == 201
    assert (opened.json()["latitude"], opened.json()["longitude"]) == (51.8865, 4.0)
    again = await api.post("/api/v1/locations", json={"id": location, "name": "Old cellar"})
    assert (again.json()["name"], again.json()["latitude"]) == ("Old cellar", 51.8865)


@pytest.mark.parametrize(
    ("said", "field"),
    [({"latitude": 91, "longitude": 0}, "latitude"), ({"latitude": 5}, "longitude")],
)
async def test_coordinates_that_can_not_be_are_refused_by_name(
    api: httpx.AsyncClient, said: dict[str, float], field: str
) -> None:
    body = {"id": f"cellar-{new_id()}", "name": "Cellar", **said}
    answer = await api.post("/api/v1/locations", json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
