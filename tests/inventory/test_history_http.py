"""The past over HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from houses import Shop
from pasts import Past, random_past, write_past
from rackhouse.identity import mint_token
from rackhouse.inventory.events import StockReceived
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings
from serving import served

OpenShop = Callable[..., Awaitable[Shop]]


@pytest.fixture(scope="module")
async def api(settings: Settings, house: House) -> AsyncIterator[httpx.AsyncClient]:
    """An auditor's client of the API."""
    token = await mint_token(house=house, roles=["auditor"], subject="test")
    async with served(settings, authorization=f"Bearer {token}") as client:
        yield client


async def test_the_past_has_the_shape_of_the_present(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop, past = await open_shop(), Past()
    past.let(StockReceived(4, None))
    past.wait(60)
    past.let(StockReceived(5, None))
    await write_past(shop, past)
    now = (await api.get(f"/api/v1/inventory/{shop.sku}")).json()
    then = (
        await api.get(f"/api/v1/inventory/{shop.sku}", params={"as_of": "2026-03-01T09:00:30Z"})
    ).json()
    assert now.items() <= {**then, "skus": now["skus"]}.items()
    assert [each["on_hand"] for each in now["skus"]] == [9]
    assert [each["on_hand"] for each in then["skus"]] == [4]
    assert then["skus"][0]["locations"][0].keys() == now["skus"][0]["locations"][0].keys()
    assert then["as_of"] == "2026-03-01T09:00:30Z"
    zoned = {"as_of": "2026-03-01T11:00:30+02:00"}
    assert (await api.get(f"/api/v1/inventory/{shop.sku}", params=zoned)).json() == then


@pytest.mark.parametrize("path", ["", "/explain"])
@pytest.mark.parametrize(
    "text", ["yesterday", "2026-03-01", "2026-03-01T09:00:00", "2026-03-01T09:00:00 02:00", ""]
)
async def test_a_time_that_is_none_is_refused_by_name(
    api: httpx.AsyncClient, open_shop: OpenShop, text: str, path: str
) -> None:
    shop = await open_shop(units=1)
    answer = await api.get(f"/api/v1/inventory/{shop.sku}{path}", params={"as_of": text})
    assert answer.status_code == 422
    assert answer.json()["field"] == "as_of" and "2026-11-20T12:00:00Z" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["", "/explain"])
async def test_a_moment_that_has_not_come_and_an_unknown_id_are_problems(
    api: httpx.AsyncClient, open_shop: OpenShop, path: str
) -> None:
    shop = await open_shop(units=1)
    ahead = {"as_of": "2999-01-01T00:00:00Z"}
    answer = await api.get(f"/api/v1/inventory/{shop.sku}{path}", params=ahead)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/moment-in-future")
    past = {"as_of": "2026-03-01T00:00:00Z"}
    for unknown, status in (("NOTHING", 404), ("%00", 422)):
        answer = await api.get(f"/api/v1/inventory/{unknown}{path}", params=past)
        assert answer.status_code == status


async def test_what_happened_to_an_unreadable_name_is_no_question(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/inventory/%00/movements")
    assert (answer.status_code, answer.json()["field"]) == (422, "id")


async def test_an_explanation_goes_on_where_its_cursor_says(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    await write_past(shop, random_past(4, 12))
    path, versions, cursor = f"/api/v1/inventory/{shop.sku}/explain", [], None
    while True:
        query = {"limit": 5, "cursor": cursor} if cursor else {"limit": 5}
        answer = (await api.get(path, params=query)).json()
        (stock,) = answer["stocks"]
        assert answer["explained"]
        versions += [each["version"] for each in stock["events"]]
        cursor = stock["next_cursor"]
        if cursor is None:
            break
    assert versions == list(range(12, 0, -1))
    other = await open_shop(units=1)
    forged = await api.get(
        f"/api/v1/inventory/{other.sku}/explain",
        params={"cursor": (await first_cursor(api, shop))},
    )
    assert (forged.status_code, forged.json()["field"]) == (422, "cursor")


async def first_cursor(api: httpx.AsyncClient, shop: Shop) -> str:
    """The cursor of a short explanation."""
    answer = await api.get(f"/api/v1/inventory/{shop.sku}/explain", params={"limit": 1})
    return str(answer.json()["stocks"][0]["next_cursor"])
