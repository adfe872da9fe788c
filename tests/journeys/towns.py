"""A town: a house served over HTTP, and the people who use nothing else but its API."""

import contextlib
import itertools
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec

from houses import context_of
from rackhouse.identity import mint_token
from rackhouse.inventory import Audit, audit_stock
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from serving import served

__all__ = ["Person", "Town", "founded", "fresh"]

Levels = dict[str, tuple[int, int, int]]


def fresh(word: str) -> str:
    """A word that no other journey uses."""
    return f"{word}-{uuid.uuid4().hex[:10]}"


class Person:
    """Somebody with a token: an operator, or a channel's own program."""

    def __init__(self, client: httpx.AsyncClient, token: str, channel: str | None = None) -> None:
        self.channel = channel
        self._client = client
        self._headers = {"authorization": f"Bearer {token}"}
        self._keys = (fresh(f"key-{number}") for number in itertools.count())

    async def post(self, path: str, *, status: int = 201, key: str = "", **body: Any) -> Any:
        """Post under an idempotency key and give the answer, which must have this status."""
        answer = await self.send(path, msgspec.json.encode(body), key=key or next(self._keys))
        assert answer.status_code == status, answer.text
        return answer.json()

    async def send(self, path: str, content: bytes, *, key: str = "") -> httpx.Response:
        """Post some bytes, whatever is answered."""
        headers = {**self._headers, "content-type": "application/json"}
        if key:
            headers["idempotency-key"] = key
        return await self._client.post(f"/api/v1/{path}", content=content, headers=headers)

    async def get(self, path: str, **query: str) -> Any:
        """What is there."""
        answer = await self._client.get(f"/api/v1/{path}", params=query, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def levels(self, sku: str) -> Levels:
        """On hand, held and committed of a SKU by location."""
        (found,) = (await self.get(f"inventory/{sku}"))["skus"]
        return {
            each["location"]: (each["on_hand"], each["held"], each["committed"])
            for each in found["locations"]
        }

    async def explained(self, sku: str) -> Levels:
        """The same figures, added up from the movements."""
        sums: dict[str, list[int]] = {}
        for movement in (await self.get(f"inventory/{sku}/movements", limit="200"))["items"]:
            figures = sums.setdefault(movement["location"], [0, 0, 0])
            for at, figure in enumerate(("on_hand", "held", "committed")):
                figures[at] += movement["change"][figure]
        return {place: (figures[0], figures[1], figures[2]) for place, figures in sums.items()}

    async def snapshot(self, **query: str) -> list[dict[str, Any]]:
        """The stock that a stream begins with."""
        rows: list[dict[str, Any]] = []
        stream = self._client.stream("GET", "/api/v1/stream", params=query, headers=self._headers)
        async with stream as answer:
            assert answer.status_code == 200
            async for line in answer.aiter_lines():
                message = msgspec.json.decode(line[len("data:") :]) if line[:5] == "data:" else {}
                rows += message.get("stock", ())
                if message.get("type") == "live":
                    break
        return rows


class Town:
    """A house with an operator, who opens everything through the API."""

    def __init__(self, house: House, client: httpx.AsyncClient, operator: Person) -> None:
        self.operator = operator
        self._house = house
        self._client = client

    async def product(self, product_type: str = "goods", **said: Any) -> str:
        """Put a product into the catalog."""
        draft = {"id": fresh("product"), "type": product_type, "name": "Rye", **said}
        made = await self.operator.post(
            "products", **{"price_minor": 4200, "currency": "EUR", **draft}
        )
        return str(made["id"])

    async def location(self, kind: str = "warehouse") -> str:
        """Open a location."""
        name = fresh(kind)
        await self.operator.post("locations", id=name, name=name, kind=kind)
        return name

    async def receive(self, location: str, **quantities: int) -> None:
        """Take pieces in, by SKU."""
        lines = [{"sku": sku, "quantity": count} for sku, count in quantities.items()]
        await self.operator.post("inventory/receive", status=200, location=location, lines=lines)

    async def channel(self, *locations: str, kind: str = "web_shop") -> Person:
        """Open a channel, and give its program what it needs to sign in."""
        name = fresh("channel")
        await self.operator.post("channels", id=name, name=name, kind=kind, locations=locations)
        given = await self.operator.post(f"channels/{name}/credentials", name=name)
        form = {"grant_type": "client_credentials"}
        signing_in = (given["client_id"], given["client_secret"])
        answer = await self._client.post("/oauth/token", data=form, auth=signing_in)
        assert answer.status_code == 200, answer.text
        return Person(self._client, answer.json()["access_token"], name)

    async def audit(self) -> Audit:
        """Whether every figure is explained."""
        return await audit_stock(context=context_of(self._house), progress=lambda _: None)


@contextlib.asynccontextmanager
async def founded(settings: Settings) -> AsyncIterator[Town]:
    """A town with these settings, whose databases are empty."""
    async with House(settings, MODULES) as house:
        await migrate(house)
        token = await mint_token(
            house=house, roles=["operator"], subject="operator", ttl_seconds=3600
        )
        async with served(settings) as client:
            yield Town(house, client, Person(client, token))
