"""GraphQL as tests ask it: over HTTP, and over a WebSocket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import websockets
from websockets.asyncio.client import ClientConnection

PATIENCE_SECONDS = 20.0
SUBPROTOCOL = "graphql-transport-ws"


async def answered(
    client: httpx.AsyncClient, query: str, token: str | None = None, **variables: Any
) -> dict[str, Any]:
    """What a question is answered, problems and all."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    body = {"query": query, "variables": variables}
    answer = await client.post("/graphql", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def data_of(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    """What a question is answered that has no problems."""
    told = await answered(client, query, **variables)
    assert "errors" not in told, told["errors"][:2]
    data: dict[str, Any] = told["data"]
    return data


def problem_types(told: dict[str, Any]) -> list[str]:
    """The types of the problems of an answer, without what they all begin with."""
    return [
        each["extensions"]["type"].removeprefix("/problems/") for each in told.get("errors", [])
    ]


class Socket:
    """A WebSocket to /graphql."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def say(self, type_: str, **members: Any) -> None:
        """Send a message."""
        await self._connection.send(msgspec.json.encode({"type": type_, **members}).decode())

    async def hear(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            told: dict[str, Any] = msgspec.json.decode(await self._connection.recv())
        return told

    async def hear_of(self, kind: str) -> dict[str, Any]:
        """The next message of a subscription to `changes` that is of a type."""
        heard = []
        while kind not in heard[-1:]:
            told = await self.hear()
            assert told["type"] == "next", told
            change: dict[str, Any] = told["payload"]["data"]["changes"]
            heard.append(change["__typename"])
            assert heard.count("Heartbeat") < 3, heard
        return change

    async def close_code(self) -> int:
        """With which code the server closes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._connection.wait_closed()
        assert self._connection.close_code is not None
        return self._connection.close_code


@contextlib.asynccontextmanager
async def socket_to(
    client: httpx.AsyncClient, *, token: str | None = None, subprotocol: str = SUBPROTOCOL
) -> AsyncIterator[Socket]:
    """A WebSocket; with a token, one that has said who it is."""
    url = str(client.base_url).replace("http://", "ws://").rstrip("/") + "/graphql"
    protocols = [websockets.Subprotocol(subprotocol)]
    async with websockets.connect(url, subprotocols=protocols, proxy=None) as connection:
        socket = Socket(connection)
        if token is not None:
            await socket.say("connection_init", payload={"authorization": f"Bearer {token}"})
            assert (await socket.hear())["type"] == "connection_ack"
        yield socket
