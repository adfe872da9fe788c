"""Webhooks and outlets over HTTP, and from the command line."""

import json
import os
import uuid
from collections.abc import AsyncIterator

import click.testing
import httpx
import pytest

from houses import Shop
from rackhouse.cli.webhooks import webhook_command
from rackhouse.identity import mint_token
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings
from receivers import Receiver
from serving import served


@pytest.fixture(scope="module")
async def client(own_settings: Settings, sending_house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A client with an operator's token."""
    token = await mint_token(house=sending_house, roles=["operator"], subject="test")
    async with served(own_settings, authorization=f"Bearer {token}") as client:
        yield client


def asked(receiver: Receiver, **more: object) -> dict[str, object]:
    return {"url": receiver.url, "description": "Over HTTP", **more}


async def added(client: httpx.AsyncClient, receiver: Receiver, **more: object) -> dict[str, str]:
    answer = await client.post("/api/v1/webhooks", json=asked(receiver, **more))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_webhook_is_added_read_changed_and_removed(
    client: httpx.AsyncClient, receiver: Receiver, shop: Shop
) -> None:
    new = await added(client, receiver, filter={"sku": [shop.sku]}, conflate_after=5)
    path = f"/api/v1/webhooks/{new['id']}"
    found = await client.get(path)
    assert found.json()["filter"] == {"sku": [shop.sku]}
    assert found.json()["state"] == "running"
    assert "whsec_" not in found.text
    stale = await client.put(path, json=asked(receiver), headers={"if-match": '"99"'})
    assert stale.status_code == 412
    terms = asked(receiver, description="Renamed", enabled=False)
    changed = await client.put(path, json=terms, headers={"if-match": found.headers["etag"]})
    assert changed.json()["state"] == "paused"
    listed = await client.get("/api/v1/webhooks?limit=200")
    assert "Renamed" in [each["description"] for each in listed.json()["items"]]
    assert (await client.delete(path, headers={"if-match": "*"})).status_code == 204
    assert (await client.get(path)).status_code == 404


async def test_a_retry_with_the_same_key_gets_the_same_secret_and_no_second_webhook(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    headers = {"idempotency-key": uuid.uuid4().hex}
    first = await client.post("/api/v1/webhooks", json=asked(receiver), headers=headers)
    again = await client.post("/api/v1/webhooks", json=asked(receiver), headers=headers)
    assert first.json() == again.json()
    rotated = [
        await client.post(f"/api/v1/webhooks/{first.json()['id']}/secrets", headers=headers)
        for headers in [{"idempotency-key": uuid.uuid4().hex}] * 2
    ]
    assert rotated[0].json() == rotated[1].json() != first.json()


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"url": "https://10.0.0.1/"}, "webhook-target-forbidden"),
        ({"url": "ftp://shop.example/"}, "webhook-target-forbidden"),
        ({"filter": {"color": ["red"]}}, "malformed-request"),
        ({"filter": {"type": ["NoSuchEvent"]}}, "event-type-unknown"),
        ({"filter": {"product": ["no-such-product"]}}, "product-not-found"),
        ({"channel": "no-such-channel"}, "channel-not-found"),
        ({"description": " "}, "invalid-outlet"),
    ],
)
async def test_a_webhook_that_can_not_be_is_refused(
    client: httpx.AsyncClient, receiver: Receiver, more: dict[str, object], refusal: str
) -> None:
    answer = await client.post("/api/v1/webhooks", json=asked(receiver, **more))
    assert answer.json()["type"] == f"/problems/{refusal}"


async def test_a_secret_is_kept_encrypted_and_told_nowhere(
    client: httpx.AsyncClient, receiver: Receiver, sending_house: House
) -> None:
    headers = {"idempotency-key": uuid.uuid4().hex}
    answer = await client.post("/api/v1/webhooks", json=asked(receiver), headers=headers)
    secret = answer.json()["secret"]
    for path in ("", "/attempts"):
        found = await client.get(f"/api/v1/webhooks/{answer.json()['id']}{path}")
        assert secret not in found.text
    kept = await everything_kept(sending_house)
    assert secret not in kept
    assert secret.removeprefix("whsec_") not in kept


async def everything_kept(house: House) -> str:
    """Every row of the schemas that a secret passes through, as text."""
    connection = await house.database("webhooks").connect()
    async with connection:
        found = []
        for table in ("webhooks.endpoint", "webhooks.secret", "webhooks.event", "outlets.event"):
            rows = await connection.execute(f"select t::text from {table} as t")
            found += [str(row[0]) for row in await rows.fetchall()]
        rows = await connection.execute("select t::text from platform.idempotency_key as t")
        found += [str(row[0]) for row in await rows.fetchall()]
    return "\n".join(found)


async def test_an_outlet_is_paused_resumed_and_moved(
    client: httpx.AsyncClient, receiver: Receiver
) -> None:
    new = await added(client, receiver)
    path = f"/api/v1/outlets/{new['id']}"
    paused = await client.post(f"{path}/pause", json={"reason": "moving house"})
    assert (paused.json()["state"], paused.json()["reason"]) == ("paused", "moving house")
    assert (await client.post(f"{path}/resume")).json()["state"] == "running"
    assert (await client.post(f"{path}/move", json={"snapshot": True})).status_code == 200
    both = {"snapshot": True, "time": "2026-11-20T10:00:00Z"}
    assert (await client.post(f"{path}/move", json=both)).status_code == 422
    odd = await client.post(f"{path}/move", json={"cursor": "nonsense"})
    assert odd.json()["type"] == "/problems/cursor-unreadable"
    assert (await client.get(f"{path}/dead-letters")).json()["items"] == []
    assert (await client.post(f"{path}/dead-letters/replay")).json() == {"queued": 0}
    assert (await client.get(f"{path}/dead-letters/{uuid.uuid4()}")).status_code == 404
    listed = await client.get("/api/v1/outlets?kind=webhook&limit=200")
    assert new["id"] in [each["id"] for each in listed.json()["items"]]


async def test_a_lag_rule_is_set_read_and_removed(client: httpx.AsyncClient, shop: Shop) -> None:
    path = f"/api/v1/channels/{shop.channel}"
    rule = {"within_seconds": 2, "limit_seconds": 30, "measure": "buffer", "buffer": 3}
    assert (await client.put(f"{path}/lag-rule", json=rule)).json()["buffer"] == 3
    found = (await client.get(f"{path}/lag")).json()
    assert (found["own_rule"], found["rule"]["limit_seconds"]) == (True, 30)
    odd = await client.put(f"{path}/lag-rule", json={**rule, "limit_seconds": 1})
    assert odd.json()["detail"].startswith("limit_seconds:")
    assert (await client.delete(f"{path}/lag-rule")).status_code == 204
    assert (await client.delete(f"{path}/lag-rule")).status_code == 404


def test_the_command_line_lists_webhooks(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in [each for each in os.environ if each.startswith("RACKHOUSE_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("RACKHOUSE_DATABASE_URL", str(own_settings.database_url))
    monkeypatch.setenv("RACKHOUSE_DATA", str(own_settings.data))
    ran = click.testing.CliRunner().invoke(webhook_command, ["list", "--json"])
    assert ran.exit_code == 0, ran.output
    assert all("whsec_" not in json.dumps(each) for each in json.loads(ran.stdout))
