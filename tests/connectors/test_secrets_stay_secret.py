"""A canary for each secret: searched for in everything that the house says, writes and keeps."""

import logging
from typing import Any

import httpx
import psycopg
import pytest
from connected import connected, simulated

from houses import context_of
from rackhouse.connectors import (
    ChannelNotReached,
    change_secrets,
    check_connection,
    poll_connection,
    troubles,
)
from rackhouse.identity import PERMISSIONS, register_client
from rackhouse.platform.house import House
from rackhouse.simulators import Faults, serving

CANARIES = {"token": "canary-7f3a-token", "signing_key": "canary-91bc-key"}


async def bearer(house: House, api: httpx.AsyncClient) -> dict[str, str]:
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
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


def everything_kept(house: House) -> str:
    """Every text in every table of the house's database."""
    found = []
    with psycopg.connect(house.database("connectors").url) as connection:
        tables = connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables "
            "where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(f"select t::text from {table} t").fetchall()
            found += [row for (row,) in rows]
            # What is kept as bytes is shown in hexadecimal.
            found += [
                bytes.fromhex(part).decode("latin-1") for (row,) in rows for part in _hex(row)
            ]
    return "\n".join(found)


def _hex(row: str) -> list[str]:
    parts = [part.strip('",()\\') for part in row.split("\\x")[1:]]
    clean = ["".join(c for c in part.split(",")[0] if c in "0123456789abcdef") for part in parts]
    return [each[: len(each) // 2 * 2] for each in clean]


async def test_no_secret_is_ever_told(
    house: House,
    api: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[Any] = []
    headers = await bearer(house, api)
    faults = Faults(failures=0.3, throttled=0.1, duplicates=0.2, seed=5)
    async with connected(house, api, "marketplace") as both:
        simulator = simulated("marketplace", faults)
        simulator._token, simulator._key = CANARIES["token"], CANARIES["signing_key"].encode()
        async with serving(simulator) as url:
            body = {
                "id": f"canary-{both.connection.id}",
                "channel": both.shop.channel,
                "adapter": "marketplace",
                "name": "Canary",
                "settings": {"url": url},
                "secrets": CANARIES,
            }
            given = {**headers, "idempotency-key": f"k-{body['id']}"}
            for _ in range(2):
                told.append((await api.post("/api/v1/connections", json=body, headers=given)).text)
            base = f"/api/v1/connections/{body['id']}"
            wrong = {**body, "settings": {"url": url, "token": CANARIES["token"]}}
            told.append((await api.post("/api/v1/connections", json=wrong, headers=headers)).text)
            rotated = {"secrets": {"token": CANARIES["token"]}}
            told.append((await api.put(f"{base}/secrets", json=rotated, headers=headers)).text)
            for path in ("/api/v1/connections", base, f"{base}/troubles", f"{base}/mappings"):
                told.append((await api.get(path, headers=headers)).text)
            for _ in range(6):
                for path in ("check", "polls", "pushes"):
                    told.append((await api.post(f"{base}/{path}", headers=headers)).text)
            # A channel that repeats what it was sent, in an answer and in a delivery.
            simulator.answer = lambda asked: said(asked.headers)  # type: ignore[method-assign]
            for operation in (check_connection, poll_connection):
                try:
                    await operation(context=both.context, connection_id=body["id"])
                except ChannelNotReached as refusal:
                    told.append(str(refusal))
            forged = {"x-signature": f"t=1,v1={CANARIES['signing_key']}"}
            told.append((await api.post(f"{base}/inbox", content=b"{}", headers=forged)).text)
            found = await troubles(
                context=both.context, connection_id=body["id"], after=("", ""), limit=100
            )
            told.append(repr(found))
            told.append((await api.get(f"{base}", headers=headers)).text)
            told.append((await api.delete(base, headers={**headers, "if-match": "*"})).text)
    captured = capfd.readouterr()
    everything = "\n".join([*told, caplog.text, captured.out, captured.err, everything_kept(house)])
    assert "Canary" in everything
    for canary in CANARIES.values():
        assert canary not in everything


def said(headers: Any) -> Any:
    from rackhouse.simulators.serving import Said

    return Said(status=400, body={"you_sent": dict(headers)})


async def test_a_secret_that_leaks_is_found(house: House, api: httpx.AsyncClient) -> None:
    async with connected(house, api, "marketplace") as both:
        await change_secrets(
            context=both.context,
            connection_id=both.connection.id,
            secrets={"token": "canary-that-leaks"},
        )
        with psycopg.connect(house.database("connectors").url) as connection:
            connection.execute(
                "update connectors.progress set trouble = %s where connection = %s",
                ["said canary-that-leaks", both.connection.id],
            )
        assert "canary-that-leaks" in everything_kept(house)
