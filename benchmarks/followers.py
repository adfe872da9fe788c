"""``python -m benchmarks.followers``: a process of stream clients that do next to nothing.

It is told by its arguments whom to ask for what, says ``ready`` when all follow, and when its
input ends it writes how long each event took, in milliseconds, as doubles. What comes is only
noted with the time at which it came, and read at the end.
"""

import asyncio
import datetime
import re
import resource
import sys
import time
from array import array

import msgspec

from rackhouse.rehearsal.http_client import request_bytes

__all__ = ["Asked"]

CONNECT_AT_ONCE = 100
CONNECT_SECONDS = 120.0
FOLLOWING = b"event: live"

_recorded_at = re.compile(rb'"recorded_at":"([^"]+)"')


class Asked(msgspec.Struct, frozen=True):
    """What the process is to do: so many clients, each with the next target in turn."""

    host: str
    port: int
    token: str
    targets: list[str]
    clients: int


class _Follower(asyncio.Protocol):
    def __init__(self, request: bytes) -> None:
        self._request = request
        self._head = b""
        self._is_live = False
        self.following: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.came: list[tuple[float, bytes]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        if self._is_live:
            self.came.append((time.time(), data))
            return
        self._head += data
        if FOLLOWING in self._head:
            self._is_live = True
            self._head = b""
            self.following.set_result(None)
        elif self._head[9:12] not in (b"", b"200"):
            self._fail(self._head[:500].decode("latin-1"))

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        self._fail(f"the stream ended: {error}")

    def _fail(self, reason: str) -> None:
        if not self.following.done():
            self.following.set_exception(RuntimeError(reason))

    def latencies(self) -> list[float]:
        """How long each event took, in milliseconds; one that was parted came with its end."""
        found, rest = [], b""
        for came_at, data in self.came:
            *events, rest = (rest + data).split(b"\n\n")
            for event in events:
                if recorded := _recorded_at.search(event):
                    moment = datetime.datetime.fromisoformat(recorded[1].decode())
                    found.append((came_at - moment.timestamp()) * 1000)
        return found


async def _follow(asked: Asked) -> list[_Follower]:
    loop = asyncio.get_running_loop()
    followers: list[_Follower] = []
    requests = [
        request_bytes("GET", each, host="bench", token=asked.token, key=None, body=None)
        for each in asked.targets
    ]
    async with asyncio.timeout(CONNECT_SECONDS):
        while len(followers) < asked.clients:
            first = len(followers)
            opening = [
                loop.create_connection(
                    lambda number=number: _Follower(requests[number % len(requests)]),  # type: ignore[misc]
                    asked.host,
                    asked.port,
                )
                for number in range(first, min(first + CONNECT_AT_ONCE, asked.clients))
            ]
            opened = [follower for _, follower in await asyncio.gather(*opening)]
            await asyncio.gather(*(each.following for each in opened))
            followers += opened
    return followers


async def _main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asked = msgspec.json.decode(sys.stdin.buffer.readline(), type=Asked)
    followers = await _follow(asked)
    sys.stdout.buffer.write(b"ready\n")
    sys.stdout.buffer.flush()
    await asyncio.to_thread(sys.stdin.buffer.read)
    latencies = array("d", (each for follower in followers for each in follower.latencies()))
    sys.stdout.buffer.write(latencies.tobytes())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    import uvloop

    uvloop.run(_main())
