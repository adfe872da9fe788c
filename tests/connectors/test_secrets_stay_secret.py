"""A canary for each secret: searched for in everything that the house says, writes and keeps."""

import logging
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import psycopg
import pytest
from canaries import KINDS, Canary, marks_of
from connected import connected
from test_connection_commands import rackhouse_in_turn

from houses import context_of, shop_in
from rackhouse.connectors import (
    Adapters,
    Pace,
    Remote,
    SecretText,
    Setup,
    change_secrets,
    troubles,
)
from rackhouse.connectors.http.bodies import ConnectionBody, SecretsBody
from rackhouse.connectors.remote import Bucket, RealPatience
from rackhouse.identity import PERMISSIONS, register_client
from rackhouse.platform.house import House
from rackhouse.platform.outbound import Outbound
from rackhouse.platform.settings import Settings

SIGNATURES = (
    "x-proof",
    "x-shopify-hmac-sha256",
    "x-square-hmacsha256-signature",
    "x-wc-webhook-signature",
)


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


@pytest.mark.parametrize("kind", KINDS)
async def test_no_secret_is_ever_told(
    house: House,
    api: httpx.AsyncClient,
    settings: Settings,
    kind: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the asking side
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    # As in `cli.server`, where there is no log of requests.
    monkeypatch.setattr(logging.getLogger("uvicorn.access"), "disabled", True)
    caplog.set_level(logging.DEBUG)
    shop = await shop_in(context_of(house), units=3)
    name = f"canary-{uuid.uuid4().hex[:10]}"
    base = f"/api/v1/connections/{name}"
    inbox = f"{str(api.base_url).rstrip('/')}{base}/inbox"
    async with Canary.of(kind, tmp_path, inbox) as canary:
        if canary.simulator is not None:
            canary.simulator.shop.add_item(shop.sku)
        asking = Asking(api, await bearer(house, api), base, canary)
        await asking.open(name, shop.channel)
        await asking.use()
        canary.repeat_what_is_sent()
        await asking.use()
        await asking.deliver()
        told = [*asking.told, await on_the_command_line(settings, name, canary, tmp_path)]
        told += [repr(each) for each in carriers(house, name, canary)]
        found = await troubles(
            context=context_of(house), connection_id=name, after=("", ""), limit=100
        )
        told.append(repr(found))
        await asking.close()
        told += asking.told
    captured = capfd.readouterr()
    everything = "\n".join([*told, caplog.text, captured.out, captured.err, everything_kept(house)])
    assert name in everything
    marks = marks_of(canary.secrets)
    assert len(marks) >= len(canary.secrets)
    assert [around(mark, everything) for mark in marks if mark in everything] == []


def around(mark: str, text: str) -> str:
    """Where a secret was told."""
    at = text.index(mark)
    return text[max(0, at - 100) : at]


class Asking:
    """Requests about a connection, and all that was answered."""

    def __init__(
        self, api: httpx.AsyncClient, headers: dict[str, str], base: str, canary: Canary
    ) -> None:
        self._api, self._headers, self._base, self._canary = api, headers, base, canary
        self.told: list[str] = []

    async def ask(self, method: str, path: str, **given: Any) -> None:
        headers = {**self._headers, **given.pop("headers", {})}
        self.told.append((await self._api.request(method, path, headers=headers, **given)).text)

    async def open(self, name: str, channel: str) -> None:
        """Open it, twice under one key, and in ways that can not be meant."""
        canary = self._canary
        body = {
            "id": name,
            "channel": channel,
            "adapter": canary.adapter,
            "name": "Canary",
            "settings": canary.settings,
            "secrets": canary.secrets,
        }
        given = {"idempotency-key": f"k-{name}"}
        for _ in range(2):
            await self.ask("POST", "/api/v1/connections", json=body, headers=given)
        assert f'"id":"{name}"' in self.told[-1]
        wrong = [
            {**body, "settings": {**canary.settings, **canary.secrets}},
            {**body, "secrets": {**canary.secrets, "another": "x"}},
            {**body, "secrets": {key: [text] for key, text in canary.secrets.items()}},
            {**body, "secrets": {key: text * 200 for key, text in canary.secrets.items()}},
        ]
        for each in wrong:
            await self.ask("POST", "/api/v1/connections", json={**each, "id": f"{name}-x"})
        await self.ask("PUT", f"{self._base}/secrets", json={"secrets": canary.secrets})

    async def use(self) -> None:
        """Read what there is to be read, and let the channel be asked."""
        for path in ("", "/troubles", "/mappings", "/product-feed"):
            await self.ask("GET", f"{self._base}{path}")
        await self.ask("GET", "/api/v1/connections")
        for _ in range(3):
            for path in ("check", "polls", "pushes"):
                await self.ask("POST", f"{self._base}/{path}")
        if "address_key" in self._canary.secrets:
            address = f"{self._base}/product-feed/{self._canary.secrets['address_key']}"
            await self.ask("GET", address)
            await self.ask("GET", f"{address}x")
            await self.ask("POST", address)

    async def deliver(self) -> None:
        """Deliver with secrets where signatures should be."""
        for text in self._canary.secrets.values():
            told = quote(text, safe="/+")
            forged = dict.fromkeys(SIGNATURES, told)
            forged["x-signature"] = f"t=1,v1={told}"
            await self.ask("POST", f"{self._base}/inbox", content=b"{}", headers=forged)

    async def close(self) -> None:
        await self.ask("DELETE", self._base, headers={"if-match": "*"})


def carriers(house: House, name: str, canary: Canary) -> list[Any]:
    """Everything that holds secrets of a connection while it is worked for."""
    hidden = {key: SecretText(text) for key, text in canary.secrets.items()}
    adapter = house.the(Adapters).named(canary.adapter)
    given = msgspec.convert(canary.settings, adapter.settings)
    setup = Setup(connection=name, settings=given, secrets=hidden)
    body = ConnectionBody(
        id=name, channel="c", adapter=canary.adapter, name="Canary", secrets=canary.secrets
    )
    remote = Remote(
        setup, house.the(Outbound), Bucket(Pace(1, 1), RealPatience()), timeout_seconds=1
    )
    return [*hidden.values(), setup, body, SecretsBody(secrets=canary.secrets), remote, adapter]


async def on_the_command_line(settings: Settings, name: str, canary: Canary, folder: Path) -> str:
    """What ``rackhouse connection`` prints, also where it fails."""
    (folder / "secret").write_text(next(iter(canary.secrets.values())))
    first = next(iter(canary.secrets))
    commands = [
        ["secret", name, first, "--file", str(folder / "secret")],
        *([each, name] for each in ("show", "check", "troubles")),
        ["list", "--json"],
        ["secret", name, "another", "--file", str(folder / "secret")],
    ]
    told = await rackhouse_in_turn(settings, commands)
    assert told.count(name) > 2
    return told


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
