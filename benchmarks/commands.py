"""Commands: holds placed over one connection that stays open, many on their way at once."""

import asyncio
import base64
import os
import time
from array import array
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlsplit

import grpc
import msgspec

from benchmarks.journeys import HOLD_SECONDS
from benchmarks.laboratory import CHANNEL, HOT_SKU, Laboratory, UnderTest
from benchmarks.load import Sample, UnexpectedAnswer
from rackhouse.feeds.rpc import rackhouse_pb2 as pb

__all__ = ["commands_over_grpc", "commands_over_socket", "frames", "handshake", "text_frame"]

IN_FLIGHT = 512
MADE = 201
GIVE_UP_SECONDS = 20.0
FINAL_TEXT = 0x81
OPCODE = 0x0F
TEXT = 1
MASKED = 0x80
# A mask of zeros changes nothing, so that the client need not mask: it is the server's speed that
# is measured.
MASK = bytes(4)
METHOD = "/rackhouse.v1.Rackhouse/Sync"


class _Result(msgspec.Struct, frozen=True):
    type: str
    id: str | None = None
    status: int | None = None


_read_result = msgspec.json.Decoder(_Result).decode


class _Holds:
    """Holds on one SKU, numbered on; when each was sent, and how long it took."""

    def __init__(self, lab: Laboratory, seconds: float) -> None:
        line = {"sku": HOT_SKU, "quantity": 1}
        hold = {"channel": CHANNEL, "lines": [line], "ttl_seconds": HOLD_SECONDS}
        self.body = msgspec.json.encode(hold)
        self.latencies = array("d")
        self.ends = time.perf_counter() + seconds
        self.started = time.perf_counter()
        self._mark = f"{lab.run}-{time.perf_counter_ns()}"
        self._sent: dict[str, float] = {}

    def next(self) -> tuple[str, str]:
        """The id and the key of the next one, which is being sent."""
        number = str(len(self._sent))
        self._sent[number] = time.perf_counter()
        return number, f"{self._mark}-{number}"

    def ended(self, number: str | None, status: int | None, told: object) -> bool:
        """Take an answer; says whether another one is to be sent."""
        if status != MADE or number is None:
            raise UnexpectedAnswer(f"{status} instead of {MADE}: {told!r}")
        now = time.perf_counter()
        self.latencies.append((now - self._sent[number]) * 1000)
        return now < self.ends

    @property
    def is_over(self) -> bool:
        """Whether every one was answered."""
        return len(self.latencies) == len(self._sent)

    def sample(self) -> Sample:
        """What was measured."""
        elapsed = time.perf_counter() - self.started
        return Sample(len(self.latencies), elapsed, sorted(self.latencies))


async def commands_over_socket(lab: Laboratory, served: UnderTest, seconds: float) -> Sample:
    """`post_hold` over one WebSocket, `IN_FLIGHT` of them unanswered at any time."""
    parts = urlsplit(served.url)
    holds = _Holds(lab, seconds)
    over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    request = handshake(parts.netloc, "/api/v1/socket", lab.channel_token)
    transport, _ = await asyncio.get_running_loop().create_connection(
        lambda: _SocketHolds(request, holds, over), parts.hostname, parts.port
    )
    try:
        async with asyncio.timeout(seconds + GIVE_UP_SECONDS):
            await over
        return holds.sample()
    finally:
        transport.abort()


class _SocketHolds(asyncio.Protocol):
    def __init__(self, request: bytes, holds: _Holds, over: "asyncio.Future[None]") -> None:
        self._request = request
        self._holds = holds
        self._over = over
        self._rest = b""
        self._is_open = False
        self._transport: asyncio.Transport | None = None
        self._tail = b',"body":' + holds.body + b"}"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        try:
            self._received(self._rest + data)
        except Exception as error:
            if not self._over.done():
                self._over.set_exception(error)

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        if not self._over.done():
            self._over.set_exception(RuntimeError(f"the connection ended: {error}"))

    def _received(self, data: bytes) -> None:
        if not self._is_open:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return
            if b" 101 " not in head[:20]:
                raise UnexpectedAnswer(head[:500].decode("latin-1"))
            self._is_open = True
            self._send(IN_FLIGHT)
        texts, self._rest = frames(data)
        more = 0
        for text in texts:
            result = _read_result(text)
            if result.type == "result":
                more += self._holds.ended(result.id, result.status, text)
        if more:
            self._send(more)
        elif self._holds.is_over and not self._over.done():
            self._over.set_result(None)

    def _send(self, count: int) -> None:
        assert self._transport is not None
        written = []
        for _ in range(count):
            number, key = self._holds.next()
            head = f'{{"type":"command","name":"post_hold","id":"{number}","key":"{key}"'
            written.append(text_frame(head.encode() + self._tail))
        self._transport.write(b"".join(written))


async def commands_over_grpc(lab: Laboratory, served: UnderTest, seconds: float) -> Sample:
    """`post_hold` over one gRPC stream, `IN_FLIGHT` of them unanswered at any time; as many as
    were answered together are sent together."""
    holds = _Holds(lab, seconds)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{served.grpc_port}") as channel:
        call = channel.stream_stream(
            METHOD,
            request_serializer=pb.SyncRequest.SerializeToString,
            response_deserializer=pb.SyncMessage.FromString,
        )(metadata=(("authorization", f"Bearer {lab.channel_token}"),))
        await call.write(_grpc_holds(holds, IN_FLIGHT))
        async with asyncio.timeout(seconds + GIVE_UP_SECONDS):
            while not holds.is_over:
                message: Any = await call.read()
                more = sum(
                    holds.ended(each.id, each.status, each) for each in message.results.results
                )
                if more:
                    await call.write(_grpc_holds(holds, more))
        sample = holds.sample()
        call.cancel()
    return sample


def _grpc_holds(holds: _Holds, count: int) -> Any:
    commands = []
    for _ in range(count):
        number, key = holds.next()
        commands.append(pb.Command(id=number, name="post_hold", key=key, body=holds.body))
    return pb.SyncRequest(commands=commands)


def handshake(host: str, target: str, token: str) -> bytes:
    """The request that opens a WebSocket (RFC 6455, section 4.1)."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {target} HTTP/1.1",
        f"host: {host}",
        "upgrade: websocket",
        "connection: Upgrade",
        f"sec-websocket-key: {key}",
        "sec-websocket-version: 13",
        f"authorization: Bearer {token}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def text_frame(text: bytes) -> bytes:
    """A text as a client's frame."""
    size = len(text)
    if size < 126:
        return bytes((FINAL_TEXT, MASKED | size)) + MASK + text
    return bytes((FINAL_TEXT, MASKED | 126)) + size.to_bytes(2, "big") + MASK + text


def frames(data: bytes) -> tuple[Sequence[bytes], bytes]:
    """The texts in what a server has sent, and the beginning of a frame that has yet to come."""
    texts = []
    at, end = 0, len(data)
    while end - at >= 2:
        size, start = data[at + 1], at + 2
        if size == 126:
            start += 2
            size = int.from_bytes(data[at + 2 : start], "big")
        elif size == 127:
            start += 8
            size = int.from_bytes(data[at + 2 : start], "big")
        if start + size > end:
            break
        if data[at] & OPCODE == TEXT:
            texts.append(data[start : start + size])
        at = start + size
    return texts, data[at:]
