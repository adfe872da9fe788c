"""Staging: the product, stock, channels and credentials of a drop, all made through the API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import msgspec

from rackhouse.platform.ids import new_id
from rackhouse.rehearsal.http_client import HttpAnswer, HttpClient
from rackhouse.rehearsal.plan import DropPlan

__all__ = ["Stage", "StagingRefused", "staged"]

LOCATION = "drop-hall"
RUN_LENGTH = 10


class StagingRefused(Exception):
    """The service refused to let a drop be set up or looked at; the message says what it said."""


class StageChannel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel with its own token."""

    id: str
    client_id: str
    token: str


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """Where a drop takes place."""

    run: str
    sku: str
    channels: list[StageChannel]


class _Credentials(msgspec.Struct, frozen=True):
    client_id: str
    client_secret: str


class _Token(msgspec.Struct, frozen=True):
    access_token: str


@asynccontextmanager
async def staged(plan: DropPlan, http: HttpClient, *, token: str) -> AsyncIterator[Stage]:
    """A drop's stage. The goods and what happened to them stay; its channels are closed and its
    credentials disabled afterwards. Refuses with `StagingRefused`."""
    # The end of the id: what comes first in it is the time, alike in all runs of an hour.
    run = new_id().replace("-", "")[-RUN_LENGTH:]
    sku = f"{plan.prefix}-{run.upper()}"
    admin = _Admin(http, token, run)
    variants = [{"sku": sku, "name": "One piece"}]
    product = {"id": sku.lower(), "type": "goods", "name": plan.name, "variants": variants}
    await admin.post("/api/v1/products", product)
    location = {"id": LOCATION, "name": "Drop hall", "kind": "warehouse"}
    await admin.post("/api/v1/locations", location)
    received = [{"sku": sku, "quantity": plan.units}]
    await admin.post("/api/v1/inventory/receive", {"location": LOCATION, "lines": received})
    names = [f"{sku.lower()}-{number}" for number in range(1, plan.channels + 1)]
    channels: list[StageChannel] = []
    try:
        for name in names:
            channels.append(await _opened(admin, http, name))
        yield Stage(run=run, sku=sku, channels=channels)
    finally:
        await asyncio.gather(*(_closed(admin, channel) for channel in channels))


class _Admin:
    def __init__(self, http: HttpClient, token: str, run: str) -> None:
        self._http = http
        self._token = token
        self._run = run
        self._sent = 0

    async def post(self, target: str, body: object) -> HttpAnswer:
        self._sent += 1
        answer = await self._http.ask(
            "POST",
            target,
            token=self._token,
            key=f"{self._run}-stage-{self._sent}",
            body=msgspec.json.encode(body),
        )
        return _granted(f"POST {target}", answer)

    async def delete(self, target: str) -> None:
        answer = await self._http.ask("DELETE", target, token=self._token, if_match="*")
        _granted(f"DELETE {target}", answer)


async def _opened(admin: _Admin, http: HttpClient, name: str) -> StageChannel:
    terms = {"id": name, "name": name, "kind": "web_shop", "locations": [LOCATION]}
    await admin.post("/api/v1/channels", terms)
    given = await admin.post(f"/api/v1/channels/{name}/credentials", {"name": name})
    credentials = msgspec.json.decode(given.body, type=_Credentials)
    form = {
        "grant_type": "client_credentials",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }
    answer = await http.ask(
        "POST",
        "/oauth/token",
        body=urlencode(form).encode(),
        media_type="application/x-www-form-urlencoded",
    )
    granted = _granted("POST /oauth/token", answer)
    token = msgspec.json.decode(granted.body, type=_Token).access_token
    return StageChannel(id=name, client_id=credentials.client_id, token=token)


async def _closed(admin: _Admin, channel: StageChannel) -> None:
    await admin.delete(f"/api/v1/clients/{channel.client_id}")
    await admin.delete(f"/api/v1/channels/{channel.id}")


def _granted(what: str, answer: HttpAnswer) -> HttpAnswer:
    if not 200 <= answer.status < 300:
        raise StagingRefused(f"{what} was answered {answer.status}: {answer.body[:500]!r}")
    return answer
