"""Streams: how long it takes from a commit to every client that follows one hot SKU."""

import asyncio
import datetime
import re
import time
from urllib.parse import urlsplit

import httptools
import msgspec

from benchmarks.figures import Figure, figure_of
from benchmarks.laboratory import HOT_SKU, LOCATION, Laboratory, UnderTest
from benchmarks.load import Sample, expect
from rackhouse.rehearsal.http_client import HttpConnection, request_bytes

__all__ = ["measure_stream"]

FOLLOWERS = 1_000
CHANGES_A_SECOND = 10.0
CONNECT_AT_ONCE = 50
CONNECT_SECONDS = 30.0
ARRIVAL_SECONDS = 10.0
TARGET = f"/api/v1/stream?sku={HOT_SKU}&snapshot=false"

_recorded_at = re.compile(rb'"recorded_at":"([^"]+)"')


class _Follower(asyncio.Protocol):
    """One stream client; it notes when each event came and reads it later."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._parser = httptools.HttpResponseParser(self)
        self._rest = b""
        self.following: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None
        self.came: list[tuple[float, bytes]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self.transport = transport  # type: ignore[assignment]
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        if self._parser.get_status_code() != 200:
            self._fail(f"the stream answered {self._parser.get_status_code()}: {body[:500]!r}")
            return
        if not self.following.done():
            self.following.set_result(None)
        *events, self._rest = (self._rest + body).split(b"\n\n")
        now = time.time()
        self.came += [(now, event) for event in events if b"recorded_at" in event]

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        self._fail(f"the stream ended before it began: {error}")

    def _fail(self, reason: str) -> None:
        if not self.following.done():
            self.following.set_exception(RuntimeError(reason))


async def measure_stream(lab: Laboratory, served: UnderTest, *, seconds: float) -> Figure:
    """Change one SKU ten times a second while a thousand clients follow it; each receipt is
    timed from the moment at which the database recorded the event, before its commit."""
    followers = await _followers(lab, served)
    try:
        changes = await _change(lab, served, seconds)
        await _all_came(followers, changes)
    finally:
        for follower in followers:
            if follower.transport is not None:
                follower.transport.abort()
    latencies = sorted(
        (came_at - _recorded(event)) * 1000 for each in followers for came_at, event in each.came
    )
    what = (
        f"from recording to {FOLLOWERS:,} stream clients of one SKU that changes "
        f"{CHANGES_A_SECOND:g} times a second, {served.workers} worker"
    )
    return figure_of("stream", what, [Sample(len(latencies), seconds, latencies)])


async def _followers(lab: Laboratory, served: UnderTest) -> list[_Follower]:
    parts = urlsplit(served.url)
    request = request_bytes(
        "GET", TARGET, host=parts.netloc, token=lab.channel_token, key=None, body=None
    )
    host, port = parts.hostname, parts.port
    assert host is not None and port is not None
    loop = asyncio.get_running_loop()
    found: list[_Follower] = []
    async with asyncio.timeout(CONNECT_SECONDS):
        while len(found) < FOLLOWERS:
            made = await asyncio.gather(
                *(
                    loop.create_connection(lambda: _Follower(request), host, port)
                    for _ in range(min(CONNECT_AT_ONCE, FOLLOWERS - len(found)))
                )
            )
            opened = [follower for _, follower in made]
            await asyncio.gather(*(follower.following for follower in opened))
            found += opened
    return found


async def _change(lab: Laboratory, served: UnderTest, seconds: float) -> int:
    parts = urlsplit(served.url)
    assert parts.hostname is not None and parts.port is not None
    connection = await HttpConnection.open(parts.hostname, parts.port)
    count = round(seconds * CHANGES_A_SECOND)
    started = time.perf_counter()
    for number in range(count):
        due = started + number / CHANGES_A_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        body = {"sku": HOT_SKU, "location": LOCATION, "reason": "benchmark", "delta": 1}
        request = request_bytes(
            "POST",
            "/api/v1/inventory/adjust",
            host=parts.netloc,
            token=lab.admin_token,
            key=f"{lab.run}-adjust-{number}-{started}",
            body=msgspec.json.encode(body),
        )
        await expect(connection, request, 200)
    connection.close()
    return count


async def _all_came(followers: list[_Follower], changes: int) -> None:
    """Wait until nobody misses anything: a stream that drops events has no latency."""
    give_up_at = time.monotonic() + ARRIVAL_SECONDS
    while any(len(each.came) < changes for each in followers):
        if time.monotonic() > give_up_at:
            missing = sum(changes - len(each.came) for each in followers)
            raise RuntimeError(f"{missing} events of {changes * len(followers)} never came")
        await asyncio.sleep(0.05)


def _recorded(event: bytes) -> float:
    found = _recorded_at.search(event)
    assert found is not None
    return datetime.datetime.fromisoformat(found[1].decode()).timestamp()
