"""A client of the GraphQL subscription `changes`, which tells messages as every stream does."""

import asyncio
import re
import socket
from typing import Any

import msgspec
import websockets
from websockets.asyncio.client import ClientConnection

Message = dict[str, Any]

FIGURES = "sku locationId onHand held committed available"
CHANGES = (
    "subscription ($sku: [ID!], $product: [ID!], $location: [ID!], $channel: [ID!], "
    "$type: [String!], $cursor: String, $snapshot: Boolean! = true) "
    "{ changes(sku: $sku, product: $product, location: $location, channel: $channel, type: $type, "
    "cursor: $cursor, snapshot: $snapshot) { __typename type cursor "
    f"... on Snapshot {{ stock {{ stream sequence {FIGURES} }} }} "
    f"... on Change {{ stream sequence figures {{ {FIGURES} }} data channel recordedAt }} "
    "... on Closed { reason detail } } }"
)
PLAIN = frozenset({"cursor", "snapshot"})


class RefusedByProblem(Exception):
    """The subscription was refused."""

    def __init__(self, status: int, problem: Message) -> None:
        super().__init__(status, problem)
        self.status = status
        self.problem = problem


class Over(Exception):
    """The subscription is complete, or its connection broke."""


class Subscribed:
    """One subscription on a connection of its own."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._first: Message | None = None

    @staticmethod
    async def begin(port: int, token: str, connecting: socket.socket, asked: Any) -> "Subscribed":
        """Connect and subscribe; waits for the first answer, which may be a refusal."""
        connection = await websockets.connect(
            f"ws://127.0.0.1:{port}/graphql",
            subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
            sock=connecting,
            max_queue=1,
            compression=None,
            proxy=None,
        )
        made = Subscribed(connection)
        await made._say(type="connection_init", payload={"authorization": f"Bearer {token}"})
        variables = {
            name: said if name in PLAIN else said.split(",") for name, said in asked.items()
        }
        if "snapshot" in variables:
            variables["snapshot"] = variables["snapshot"] == "true"
        try:
            assert (await made._hear())["type"] == "connection_ack"
            payload = {"query": CHANGES, "variables": variables}
            await made._say(type="subscribe", id="1", payload=payload)
            made._first = await made._hear()
        except websockets.ConnectionClosed as error:
            assert error.rcvd is not None
            assert error.rcvd.code == 4403
            raise RefusedByProblem(401, {"type": f"/problems/{error.rcvd.reason}"}) from error
        if made._first["type"] == "error":
            problem = made._first["payload"][0]["extensions"]
            await made.close()
            raise RefusedByProblem(problem["status"], problem)
        return made

    async def next(self) -> Message:
        """The next message, as the other transports tell it."""
        told, self._first = self._first, None
        try:
            told = told or await self._hear()
        except websockets.ConnectionClosed as error:
            raise Over() from error
        if told["type"] == "complete":
            raise Over()
        return as_told(told["payload"]["data"]["changes"])

    async def close(self) -> None:
        """Break the connection."""
        self._connection.transport.abort()

    async def _say(self, **message: Any) -> None:
        await self._connection.send(msgspec.json.encode(message).decode())

    async def _hear(self) -> Message:
        async with asyncio.timeout(20):
            told: Message = msgspec.json.decode(await self._connection.recv())
        return told


def as_told(shown: Message) -> Message:
    """A message of the subscription with the names that streams use."""
    told = {_snake(name): value for name, value in shown.items() if name != "__typename"}
    told |= {_snake(name): value for name, value in (told.pop("figures", None) or {}).items()}
    if "stock" in told:
        rows = [{_snake(name): value for name, value in row.items()} for row in told["stock"]]
        told["stock"] = [{**row, "location": row["location_id"]} for row in rows]
    if "location_id" in told:
        told["location"] = told["location_id"]
    return told


def _snake(name: str) -> str:
    return re.sub(r"(?=[A-Z])", "_", name).lower()
