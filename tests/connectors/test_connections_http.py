"""Connections over HTTP: what is refused, what is shown, and what never is."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from houses import Shop, context_of, shop_in
from rackhouse.identity import PERMISSIONS, register_client
from rackhouse.platform.house import House

SETTINGS = {"url": "http://127.0.0.1:9/api"}
SECRETS = {"token": "a-token", "signing_key": "a-key"}


@pytest.fixture(scope="module")
async def headers(house: House, api: httpx.AsyncClient) -> AsyncIterator[dict[str, str]]:
    """The headers of an administrator."""
    client = await register_client(
        context=context_of(house, permissions=frozenset(PERMISSIONS)),
        name="admin",
        roles=("admin",),
    )
    answer = await api.post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(client.client_id, client.client_secret),
    )
    yield {"authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.fixture(scope="module")
async def shop(house: House) -> Shop:
    return await shop_in(context_of(house))


def a_connection(shop: Shop, **facts: Any) -> dict[str, Any]:
    return {
        "id": f"c-{uuid.uuid4().hex[:8]}",
        "channel": shop.channel,
        "adapter": "marketplace",
        "name": "Market",
        "settings": SETTINGS,
        "secrets": SECRETS,
        **facts,
    }


async def test_a_connection_shows_the_names_of_its_secrets(
    api: httpx.AsyncClient, headers: dict[str, str], shop: Shop
) -> None:
    body = a_connection(shop)
    made = await api.post("/api/v1/connections", json=body, headers=headers)
    assert made.status_code == 201
    assert made.json()["secrets"] == ["signing_key", "token"]
    assert made.json()["inbox"] == f"/api/v1/connections/{body['id']}/inbox"
    shown = await api.get(f"/api/v1/connections/{body['id']}", headers=headers)
    assert (shown.json()["learning"], shown.headers["etag"]) == (True, '"1"')


@pytest.mark.parametrize(
    ("facts", "type_", "named"),
    [
        ({"adapter": "fax"}, "adapter-unknown", "adapter"),
        ({"channel": "nobody"}, "channel-not-found", "channel"),
        ({"settings": {}}, "invalid-connection", "settings"),
        ({"settings": {"url": 7}}, "invalid-connection", "settings.url"),
        ({"settings": {"url": "ftp://x"}}, "invalid-connection", "settings.url"),
        ({"settings": {"url": "http://10.0.0.1"}}, "invalid-connection", "settings.url"),
        ({"settings": {"url": "http://u:p@127.0.0.1"}}, "invalid-connection", "settings.url"),
        ({"settings": {**SETTINGS, "colour": "red"}}, "invalid-connection", "settings"),
        ({"secrets": {}}, "invalid-connection", "secrets.token"),
        ({"secrets": {**SECRETS, "pin": "1"}}, "invalid-connection", "secrets.pin"),
    ],
)
async def test_what_can_not_be_meant_is_refused_by_name(
    api: httpx.AsyncClient,
    headers: dict[str, str],
    shop: Shop,
    facts: dict[str, Any],
    type_: str,
    named: str,
) -> None:
    body = a_connection(shop, **facts)
    refused = await api.post("/api/v1/connections", json=body, headers=headers)
    assert refused.json()["type"] == f"/problems/{type_}"
    assert named in refused.text


async def test_secrets_are_not_sent_to_another_address(
    api: httpx.AsyncClient, headers: dict[str, str], shop: Shop
) -> None:
    body = a_connection(shop)
    await api.post("/api/v1/connections", json=body, headers=headers)
    terms = {"name": "Market", "settings": {"url": "http://127.0.0.2/"}, "enabled": True}
    refused = await api.put(
        f"/api/v1/connections/{body['id']}", json=terms, headers={**headers, "if-match": "*"}
    )
    assert refused.json()["field"] == "settings.url"


async def test_a_connection_is_changed_at_its_version_and_closed(
    api: httpx.AsyncClient, headers: dict[str, str], shop: Shop
) -> None:
    body = a_connection(shop)
    await api.post("/api/v1/connections", json=body, headers=headers)
    path = f"/api/v1/connections/{body['id']}"
    settings = {**SETTINGS, "requests_per_second": 5.0}
    terms = {"name": "Other", "settings": settings, "enabled": False}
    changed = await api.put(path, json=terms, headers={**headers, "if-match": '"1"'})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    stale = await api.put(path, json=terms, headers={**headers, "if-match": '"1"'})
    assert stale.status_code == 412
    assert (await api.post(f"{path}/polls", headers=headers)).json()["type"] == (
        "/problems/connection-disabled"
    )
    assert (await api.delete(path, headers={**headers, "if-match": '"2"'})).status_code == 204
    assert (await api.get(path, headers=headers)).status_code == 404
    assert (await api.post(f"{path}/inbox", content=b"{}")).status_code == 404
    again = await api.post("/api/v1/connections", json=body, headers=headers)
    assert again.json()["version"] == 4


async def test_a_channel_that_is_not_there_is_told_as_such(
    api: httpx.AsyncClient, headers: dict[str, str], shop: Shop
) -> None:
    body = a_connection(shop)
    await api.post("/api/v1/connections", json=body, headers=headers)
    told = await api.post(f"/api/v1/connections/{body['id']}/check", headers=headers)
    assert (told.status_code, told.json()["type"]) == (409, "/problems/channel-not-reached")


async def test_what_adapters_ask_for_is_listed(
    api: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    found = (await api.get("/api/v1/adapters", headers=headers)).json()["items"]
    assert {"marketplace", "shopify", "square"} <= {each["name"] for each in found}
    assert all(secret["description"] for each in found for secret in each["secrets"])


async def test_mappings_name_skus_and_locations_that_there_are(
    api: httpx.AsyncClient, headers: dict[str, str], shop: Shop
) -> None:
    body = a_connection(shop)
    await api.post("/api/v1/connections", json=body, headers=headers)
    path = f"/api/v1/connections/{body['id']}/mappings"
    for kind, own in (("sku", "NOBODY-SELLS-IT"), ("location", "nowhere")):
        given = {"mappings": [{"kind": kind, "remote_id": "1", "own": own}]}
        refused = await api.put(path, json=given, headers=headers)
        assert refused.json()["field"] == "mappings[0].own"
    given = {
        "mappings": [
            {"kind": "sku", "remote_id": "gid://shop/1", "own": shop.sku},
            {"kind": "location", "remote_id": "main", "own": "*"},
        ]
    }
    assert (await api.put(path, json=given, headers=headers)).json() == {"mapped": 2}
    listed = await api.get(path, params={"limit": 1}, headers=headers)
    more = {"cursor": listed.json()["next_cursor"]}
    rest = await api.get(path, params=more, headers=headers)
    assert [each["own"] for each in (*listed.json()["items"], *rest.json()["items"])] == [
        "*",
        shop.sku,
    ]
