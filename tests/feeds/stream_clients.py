"""Clients of the streams, one a transport, which a test uses alike; and a server to follow."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec
import uvicorn
import websockets
from graphql_stream import Over, RefusedByProblem, Subscribed
from websockets.asyncio.client import ClientConnection

from rackhouse.api.app import build_app
from rackhouse.feeds import Hub
from rackhouse.platform.house import House

PATIENCE_SECONDS = 20.0
BUFFER_BYTES = 16_384

Message = dict[str, Any]


class Refused(Exception):
    """The server said no; ``problem`` is its problem document."""

    def __init__(self, status: int, problem: Message) -> None:
        super().__init__(status, problem)
        self.status = status
        self.problem = problem


class Ended(Exception):
    """The stream ended; ``code`` is how a WebSocket was closed, or the status of a gRPC call."""

    def __init__(self, code: int | str | None = None) -> None:
        super().__init__(code)
        self.code = code


class StreamClient(Protocol):
    """A client of one stream."""

    async def next(self) -> Message: ...

    async def close(self) -> None: ...


class SseClient:
    """Follows GET /api/v1/stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._text = b""
        self.headers: dict[str, str] = {}

    @staticmethod
    async def open(
        port: int, token: str | None, *, cursor: str | None = None, **query: str
    ) -> "SseClient":
        """Connect; a cursor goes as ``Last-Event-ID``."""
        headers = {"last-event-id": cursor} if cursor is not None else {}
        return await SseClient.get(port, token, urlencode(query), headers)

    @staticmethod
    async def get(
        port: int, token: str | None, query: str, headers: dict[str, str], method: str = "GET"
    ) -> "SseClient":
        """Send a request for a stream."""
        connected = await _connected(port)
        reader, writer = await asyncio.open_connection(sock=connected, limit=BUFFER_BYTES)
        client = SseClient(reader, writer)
        if token is not None:
            headers = {**headers, "authorization": f"Bearer {token}"}
        lines = [f"{method} /api/v1/stream?{query} HTTP/1.1", "host: test"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        status = int((await reader.readline()).split()[1])
        while line := (await reader.readline()).strip():
            name, _, value = line.decode().partition(": ")
            client.headers[name.lower()] = value
        if status != 200:
            body = await reader.readexactly(int(client.headers["content-length"]))
            await client.close()
            raise Refused(status, msgspec.json.decode(body))
        return client

    async def next(self) -> Message:
        """The data of the next event, which must agree with its name and id."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                while b"\n\n" not in self._text:
                    await self._read()
                text, _, self._text = self._text.partition(b"\n\n")
                fields = dict(line.split(": ", 1) for line in text.decode().split("\n"))
                if "data" in fields:
                    break
        message: Message = msgspec.json.decode(fields["data"])
        assert fields.get("id") == message.get("cursor")
        assert fields.get("event", message["type"]) == message["type"]
        return message

    async def close(self) -> None:
        """Break the connection."""
        self._writer.transport.abort()

    async def _read(self) -> None:
        try:
            size = int(await self._reader.readline() or b"0", 16)
            self._text += await self._reader.readexactly(size)
            await self._reader.readline()
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            raise Ended() from error
        if size == 0:
            raise Ended()


class SocketClient:
    """Follows the WebSocket at /api/v1/socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @staticmethod
    async def open(
        port: int, token: str | None, *, cursor: str | None = None, **query: str
    ) -> "SocketClient":
        """Connect with everything in the query."""
        asked = {"snapshot": "true", **query}
        if cursor is not None:
            asked["cursor"] = cursor
        return await SocketClient.connect(port, token, urlencode(asked))

    @staticmethod
    async def connect(port: int, token: str | None, query: str = "") -> "SocketClient":
        """Connect; without a token and a query, messages say the rest."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        try:
            connection = await websockets.connect(
                f"ws://127.0.0.1:{port}/api/v1/socket?{query}",
                additional_headers=headers,
                sock=await _connected(port),
                max_queue=1,
                compression=None,
                proxy=None,
            )
        except websockets.InvalidStatus as error:
            problem = msgspec.json.decode(error.response.body)
            raise Refused(error.response.status_code, problem) from error
        return SocketClient(connection)

    async def say(self, **message: Any) -> None:
        """Send a message."""
        await self._connection.send(msgspec.json.encode(message).decode())

    async def next(self) -> Message:
        """The next message."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                text = await self._connection.recv()
            except websockets.ConnectionClosed as error:
                raise Ended(error.rcvd.code if error.rcvd else None) from error
        message: Message = msgspec.json.decode(text)
        return message

    async def close(self) -> None:
        """Break the connection."""
        self._connection.transport.abort()


def free_port() -> int:
    """A port of the loopback that nothing uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _connected(port: int) -> socket.socket:
    """A connection that takes little ahead of being read."""
    connecting = socket.socket()
    connecting.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    connecting.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connecting, ("127.0.0.1", port))
    return connecting


class GraphqlClient:
    """Follows the subscription `changes` of /graphql."""

    def __init__(self, subscribed: Subscribed) -> None:
        self._subscribed = subscribed

    @staticmethod
    async def open(port: int, token: str, *, cursor: str | None = None, **query: str) -> "Any":
        """Connect and subscribe."""
        asked = query if cursor is None else {**query, "cursor": cursor}
        try:
            subscribed = await Subscribed.begin(port, token, await _connected(port), asked)
        except RefusedByProblem as refused:
            raise Refused(refused.status, refused.problem) from refused
        return GraphqlClient(subscribed)

    async def next(self) -> Message:
        """The next message."""
        try:
            return await self._subscribed.next()
        except Over as over:
            raise Ended() from over

    async def close(self) -> None:
        """Break the connection."""
        await self._subscribed.close()


class Server(uvicorn.Server):
    """The API in this process, on a port of its own, with small send buffers."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.listening = socket.socket()
        self.listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        self.listening.bind(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        self.grpc_port: int = house.settings.grpc_port or 0
        self.ready = asyncio.Event()
        self.left = asyncio.Event()
        super().__init__(
            uvicorn.Config(
                build_app(house),
                http="httptools",
                ws="websockets-sansio",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=5,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        hub, left = self.hub, self.hub.leave

        def leave(listener: Any) -> None:
            left(listener)
            self.left.set()

        hub.leave = leave  # type: ignore[method-assign]
        self.ready.set()

    @property
    def hub(self) -> Hub:
        """The hub that is followed."""
        return self.house.the(Hub)

    async def nobody_follows(self) -> None:
        """Wait until every client has left."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.hub.clients():
                self.left.clear()
                await self.left.wait()


@contextlib.asynccontextmanager
async def serving(house: House) -> AsyncIterator[Server]:
    """A server of a house that nobody has opened yet."""
    server = Server(house)
    running = asyncio.create_task(server._serve(sockets=[server.listening]))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await server.ready.wait()
    try:
        yield server
    finally:
        server.hub.end_all("shutting_down")
        server.should_exit = True
        await running
