"""Which web pages may read the API in a browser, and how others are refused."""

from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
import websockets

from rackhouse.platform.environment import InvalidSetting, read_settings
from rackhouse.platform.house import House
from serving import served

SHOP, OTHER = "https://shop.example", "https://elsewhere.example"
ASKING = {"access-control-request-method": "POST", "access-control-request-headers": "if-match"}


@pytest.fixture(scope="module")
async def open_api(house: House, admin_token: str) -> AsyncIterator[httpx.AsyncClient]:
    """An API that pages of one shop may read."""
    settings = msgspec.structs.replace(
        house.settings, allowed_origins=f"{SHOP},https://second.example"
    )
    async with served(settings, authorization=f"Bearer {admin_token}") as client:
        yield client


async def test_an_allowed_page_may_read_answers_and_refusals(open_api: httpx.AsyncClient) -> None:
    for path, status in (("/api/v1/locations", 200), ("/api/v1/products/none", 404)):
        answer = await open_api.get(path, headers={"origin": SHOP})
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert answer.headers["vary"] == "origin"
        assert "retry-after" in answer.headers["access-control-expose-headers"]


async def test_another_page_gets_no_leave_to_read(open_api: httpx.AsyncClient) -> None:
    for origin in (OTHER, "null", f"{SHOP}.evil.example", "http://shop.example"):
        answer = await open_api.get("/api/v1/locations", headers={"origin": origin})
        assert "access-control-allow-origin" not in answer.headers


async def test_a_browser_that_asks_first_is_told_what_may_be_sent(
    open_api: httpx.AsyncClient,
) -> None:
    headers = {"origin": "https://second.example", **ASKING}
    answer = await open_api.options("/api/v1/holds", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://second.example"
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "idempotency-key", "last-event-id"} <= set(allowed)


async def test_a_browser_that_asks_first_for_another_page_is_refused(
    open_api: httpx.AsyncClient, api: httpx.AsyncClient
) -> None:
    for client, origin in ((open_api, OTHER), (api, SHOP)):
        answer = await client.options("/api/v1/holds", headers={"origin": origin, **ASKING})
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/origin-not-allowed"
        assert "access-control-allow-origin" not in answer.headers


async def test_a_stream_may_be_read_by_an_allowed_page_only(open_api: httpx.AsyncClient) -> None:
    for origin, told in ((SHOP, SHOP), (OTHER, None)):
        url = "/api/v1/stream?sku=none"
        async with open_api.stream("GET", url, headers={"origin": origin}) as answer:
            assert answer.status_code == 200
            assert answer.headers.get("access-control-allow-origin") == told


@pytest.mark.parametrize("path", ["/api/v1/socket", "/graphql"])
async def test_a_socket_is_opened_by_allowed_pages_and_the_services_own(
    open_api: httpx.AsyncClient, path: str
) -> None:
    own = str(open_api.base_url).rstrip("/")
    url = own.replace("http://", "ws://") + path
    for origin in (SHOP, own, None):
        async with websockets.connect(url, origin=origin, proxy=None):  # type: ignore[arg-type]
            pass
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(url, origin=OTHER, proxy=None)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403
    assert b"origin-not-allowed" in (refused.value.response.body or b"")


@pytest.mark.parametrize(
    "said", ["shop.example", "https://a.example/", "*", "https://a, https://b"]
)
def test_what_is_no_list_of_origins_is_no_setting(said: str) -> None:
    with pytest.raises(InvalidSetting):
        read_settings({"RACKHOUSE_ALLOWED_ORIGINS": said})
    assert read_settings({"RACKHOUSE_ALLOWED_ORIGINS": f"{SHOP},{OTHER}"}).origins == (SHOP, OTHER)


async def test_a_path_that_is_no_socket_opens_none(
    open_api: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    url = str(open_api.base_url).replace("http://", "ws://").rstrip("/") + "/api/v1/holds"
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(url, proxy=None)
    assert refused.value.response.status_code == 403
    assert not caplog.records
