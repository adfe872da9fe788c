"""A lean HTTP/1.1 client: so cheap that a measurement is of the server and not of the client.

Each connection carries one request at a time and stays open. An answer that did not come is told
apart from one that said no, because only its idempotency key makes asking again safe.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast
from urllib.parse import urlsplit

import httptools
import msgspec

__all__ = [
    "AnswerUnknown",
    "HttpAnswer",
    "HttpClient",
    "HttpConnection",
    "ServiceUnreachable",
    "request_bytes",
]

CONNECT_SECONDS = 10.0
HEAD_AND_BODY_LIMIT_BYTES = 16_777_216


class ServiceUnreachable(Exception):
    """Nothing answers at an address; no request was sent."""


class AnswerUnknown(Exception):
    """A request was sent and no answer came: it may have been carried out or not."""


class HttpAnswer(msgspec.Struct, frozen=True, gc=False):
    """One answer; ``seconds`` is from the sending of the request to the last of the answer."""

    status: int
    body: bytes
    headers: list[tuple[bytes, bytes]]
    seconds: float

    def header(self, name: bytes) -> bytes | None:
        """The value of a header, named in small letters."""
        return next((value for known, value in self.headers if known.lower() == name), None)


def request_bytes(
    method: str,
    target: str,
    *,
    host: str,
    token: str | None,
    key: str | None,
    body: bytes | None,
    media_type: str = "application/json",
    if_match: str | None = None,
) -> bytes:
    """A request as it goes over the wire."""
    head = f"{method} {target} HTTP/1.1\r\nhost: {host}\r\n"
    if token is not None:
        head += f"authorization: Bearer {token}\r\n"
    if key is not None:
        head += f"idempotency-key: {key}\r\n"
    if if_match is not None:
        head += f"if-match: {if_match}\r\n"
    if body is None:
        return (head + "\r\n").encode("latin-1")
    head += f"content-type: {media_type}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


class HttpConnection(asyncio.Protocol):
    """One connection with one request on its way at most."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[HttpAnswer] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._size = 0
        self._sent_at = 0.0

    @staticmethod
    async def open(host: str, port: int, *, tls: bool = False) -> "HttpConnection":
        """A new connection; refuses with `ServiceUnreachable`."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await loop.create_connection(
                    HttpConnection, host, port, ssl=True if tls else None
                )
        except (OSError, TimeoutError) as error:
            raise ServiceUnreachable(f"Nothing answers at {host}:{port}: {error}") from error
        return connection

    @property
    def usable(self) -> bool:
        """Whether a request can be sent now."""
        return self._transport is not None and self._waiting is None

    async def ask(self, request: bytes, *, timeout_seconds: float) -> HttpAnswer:
        """Send a request and wait for its answer; refuses with `AnswerUnknown`."""
        if self._transport is None:
            raise AnswerUnknown("the connection had ended")
        assert self._waiting is None, "one request at a time"
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        self._timer = loop.call_later(
            timeout_seconds, self._give_up, f"no answer came within {timeout_seconds} s"
        )
        self._sent_at = time.perf_counter()
        self._transport.write(request)
        try:
            return await self._waiting
        finally:
            self._timer.cancel()
            if self._waiting is not None:
                self._waiting = None
                self.close()

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own, not a subclass

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        self._transport = None
        self._give_up("the connection was cut before the answer")

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._size += len(data)
        if self._size > HEAD_AND_BODY_LIMIT_BYTES:
            self._give_up(f"the answer is larger than {HEAD_AND_BODY_LIMIT_BYTES} bytes")
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._give_up(f"the answer is not HTTP: {error}")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        self._headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        status = self._parser.get_status_code()
        if 100 <= status < 200:
            self._forget_answer()
            return
        waiting, self._waiting = self._waiting, None
        seconds = time.perf_counter() - self._sent_at
        answer = HttpAnswer(status, b"".join(self._body), self._headers, seconds)
        keeps = self._parser.should_keep_alive()
        self._forget_answer()
        if not keeps or waiting is None:
            self.close()
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def _forget_answer(self) -> None:
        self._headers, self._body, self._size = [], [], 0

    def _give_up(self, reason: str) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(AnswerUnknown(reason))
        self.close()


class HttpClient:
    """A bounded number of connections to one service, opened when they are first needed."""

    def __init__(self, url: str, *, connections: int, timeout_seconds: float) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None, f"{url} names no host"
        self._tls = parts.scheme == "https"
        self.host = parts.hostname
        self.port = parts.port or (443 if self._tls else 80)
        self._timeout_seconds = timeout_seconds
        self._idle: deque[HttpConnection] = deque()
        self._free = asyncio.Semaphore(connections)
        self._open: set[HttpConnection] = set()

    async def ask(
        self,
        method: str,
        target: str,
        *,
        token: str | None = None,
        key: str | None = None,
        body: bytes | None = None,
        media_type: str = "application/json",
        if_match: str | None = None,
        timeout_seconds: float | None = None,
    ) -> HttpAnswer:
        """Ask over a free connection; refuses with `ServiceUnreachable` and `AnswerUnknown`."""
        request = request_bytes(
            method,
            target,
            host=f"{self.host}:{self.port}",
            token=token,
            key=key,
            body=body,
            media_type=media_type,
            if_match=if_match,
        )
        async with self._connection() as connection:
            return await connection.ask(
                request, timeout_seconds=timeout_seconds or self._timeout_seconds
            )

    async def close(self) -> None:
        """End every connection."""
        for connection in self._open:
            connection.close()
        self._open.clear()
        self._idle.clear()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[HttpConnection]:
        async with self._free:
            connection = await self._usable()
            try:
                yield connection
            finally:
                if connection.usable:
                    self._idle.append(connection)
                else:
                    self._open.discard(connection)

    async def _usable(self) -> HttpConnection:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
            self._open.discard(connection)
        connection = await HttpConnection.open(self.host, self.port, tls=self._tls)
        self._open.add(connection)
        return connection
