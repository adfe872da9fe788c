"""Targets of webhooks that would do harm, each a server on the loopback that counts what it was
able to send."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["MALICIOUS", "Hostile", "hostile", "silent", "slow"]

CHUNK = b"x" * 65_536
BOMB = gzip.compress(b"\x00" * 8_000_000, 9)
OK = b"HTTP/1.1 200 OK\r\n"


class Hostile:
    """A target, and what is known of it: how often it was connected to, and how many bytes of its
    answers the other side took."""

    def __init__(self, act: "Act") -> None:
        self.url = ""
        self.connections = 0
        self.sent = 0
        self._act = act
        self._serving: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Do harm to whoever connects."""
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            await self._act(self, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            self._serving.discard(task)
            writer.transport.abort()

    async def send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        """Send, and count it once the other side has room for it."""
        writer.write(data)
        await writer.drain()
        self.sent += len(data)

    def stop(self) -> None:
        """Let go of everybody."""
        for task in self._serving:
            task.cancel()


Act = Callable[[Hostile, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def hostile(act: Act) -> AsyncIterator[Hostile]:
    """A target that acts so, on a free port."""
    target = Hostile(act)
    server = await asyncio.start_server(target.serve, "127.0.0.1", 0)
    target.url = "http://{}:{}/hook".format(*server.sockets[0].getsockname())
    try:
        yield target
    finally:
        server.close()
        target.stop()


async def slow(target: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Drips its answer a byte at a time, and never comes to its end."""
    await _request(reader)
    for byte in OK + b"x-a: " + CHUNK:
        await target.send(writer, bytes([byte]))
        await asyncio.sleep(0.02)


async def silent(
    target: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Takes the connection and says nothing."""
    await asyncio.Event().wait()


async def endless(
    target: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """A body without an end."""
    await _request(reader)
    await target.send(writer, b"HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        await target.send(writer, b"10000\r\n" + CHUNK + b"\r\n")


async def trickling(
    target: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Says 200 and then its body, a byte at a time."""
    await _request(reader)
    await target.send(writer, OK + b"content-length: 1000000\r\n\r\n")
    for _ in range(1_000_000):
        await target.send(writer, b"x")
        await asyncio.sleep(0.02)


async def headers_without_end(
    target: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One header that goes on and on."""
    await _request(reader)
    await target.send(writer, OK + b"x-a: ")
    while True:
        await target.send(writer, CHUNK)


async def many_headers(
    target: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Headers, one after the other."""
    await _request(reader)
    await target.send(writer, OK)
    while True:
        await target.send(writer, b"x-a: b\r\n" * 1000)


async def bomb(target: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A little that would become much if it were unpacked."""
    await _request(reader)
    told = b"HTTP/1.1 500 No\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(BOMB)
    await target.send(writer, told + BOMB)
    await reader.read()


def redirecting(location: bytes) -> Act:
    """Sends elsewhere."""

    async def act(
        target: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await _request(reader)
        told = b"HTTP/1.1 307 Go\r\nlocation: %b\r\ncontent-length: 0\r\n\r\n" % location
        await target.send(writer, told)
        await reader.read()

    return act


def retrying_after(value: bytes) -> Act:
    """Says when to come back."""

    async def act(
        target: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await _request(reader)
        told = b"HTTP/1.1 503 No\r\nretry-after: %b\r\ncontent-length: 0\r\n\r\n" % value
        await target.send(writer, told)
        await reader.read()

    return act


async def hasty(
    target: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answers before it was asked, and reads nothing."""
    await target.send(writer, b"HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nno")
    await asyncio.Event().wait()


async def garbage(
    target: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """What is no HTTP, and no TLS either."""
    await target.send(writer, b"\x16\x03\x01\xff\xff" + bytes(range(256)) * 16)
    await reader.read()


async def _request(reader: asyncio.StreamReader) -> None:
    """Read the headers of a request; the body may wait."""
    await reader.readuntil(b"\r\n\r\n")


MALICIOUS: dict[str, Act] = {
    "an endless body": endless,
    "a body that trickles": trickling,
    "a header without an end": headers_without_end,
    "headers without an end": many_headers,
    "a bomb": bomb,
    "a redirect to this machine": redirecting(b"http://127.0.0.1:9/"),
    "a redirect to the metadata of a cloud": redirecting(b"http://169.254.169.254/latest"),
    "come back in a year": retrying_after(b"31536000"),
    "come back before now": retrying_after(b"-5"),
    "come back, whenever": retrying_after(b"12 Jan 2026 99999999999999999999:00:00 GMT"),
    "come back in a number without an end": retrying_after(b"9" * 4000),
    "an answer before the request": hasty,
    "garbage": garbage,
}
