"""Deliveries: how many events a second a worker pushes to one fast webhook, in order, and how long
it takes from recording an event to the request that tells of it."""

import asyncio
import datetime
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httptools
import msgspec

from benchmarks.figures import Figure, figure_of
from benchmarks.laboratory import LOCATION, Laboratory
from benchmarks.load import Sample
from rackhouse.inventory import Line, receive_stock
from rackhouse.webhooks import Beginning, Terms, add_webhook, remove_webhook

__all__ = ["measure_deliveries"]

SINGLES = 4_000
BATCHED = 20_000
WARM = 20
ONE_BY_ONE = 200
LINES_OF_A_RECEIPT = 500
ARRIVAL_SECONDS = 60.0
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"

_decoder = msgspec.json.Decoder()


class _Receiver(asyncio.Protocol):
    """A connection of a target that takes everything at once and notes when each event came."""

    def __init__(self, target: "_Target") -> None:
        self._target = target
        self._parser = httptools.HttpRequestParser(self)
        self._body: list[bytes] = []
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        assert self._transport is not None
        self._transport.write(ANSWER)
        self._target.take(b"".join(self._body))
        self._body.clear()


class _Target:
    """A target on a free port of the loopback."""

    def __init__(self) -> None:
        self.url = ""
        self.came: list[tuple[float, bytes]] = []
        self.count = 0
        self._changed = asyncio.Event()

    def take(self, body: bytes) -> None:
        """Take a request."""
        self.came.append((time.time(), body))
        self.count += body.count(b'"specversion"')
        self._changed.set()

    def forget(self) -> None:
        """Forget what came."""
        self.came.clear()
        self.count = 0

    def events(self) -> list[tuple[float, dict[str, str]]]:
        """When each event came, and the event."""
        found = []
        for came_at, body in self.came:
            told = _decoder.decode(body)
            found += [(came_at, each) for each in (told if isinstance(told, list) else [told])]
        return found

    async def until(self, events: int) -> None:
        """Wait until so many events came."""
        async with asyncio.timeout(ARRIVAL_SECONDS):
            while self.count < events:
                self._changed.clear()
                await self._changed.wait()


async def measure_deliveries(lab: Laboratory) -> list[Figure]:
    """Drain a backlog by single requests and by batches; then change one SKU at a time."""
    async with _target() as target:
        singles = await _drained(lab, target, "single", SINGLES)
        batched = await _drained(lab, target, "batch", BATCHED)
        soon = await _one_by_one(lab, target)
    return [
        figure_of(
            "webhook_singles", f"{SINGLES:,} events to one webhook, one a request", [singles]
        ),
        figure_of("webhook_batches", f"{BATCHED:,} events to one webhook, in batches", [batched]),
        figure_of("webhook_latency", "from recording to the request of a webhook", [soon]),
    ]


async def _drained(lab: Laboratory, target: _Target, form: str, events: int) -> Sample:
    target.forget()
    webhook = await _webhook(lab, target, form)
    await _receive(lab, events)
    async with _worker(lab):
        await target.until(1)
        began = time.perf_counter()
        first = target.count
        await target.until(events)
        seconds = time.perf_counter() - began
    _must_be_in_order(target)
    await remove_webhook(context=lab.context(), webhook_id=webhook, expected_version=None)
    return Sample(events - first, seconds, [])


async def _one_by_one(lab: Laboratory, target: _Target) -> Sample:
    target.forget()
    webhook = await _webhook(lab, target, "single")
    async with _worker(lab):
        for number in range(WARM + ONE_BY_ONE):
            if number == WARM:
                started = time.perf_counter()
            await _receive(lab, 1)
            await target.until(number + 1)
        seconds = time.perf_counter() - started
    latencies = [
        (came_at - datetime.datetime.fromisoformat(event["time"]).timestamp()) * 1000
        for came_at, event in target.events()[WARM:]
    ]
    await remove_webhook(context=lab.context(), webhook_id=webhook, expected_version=None)
    return Sample(len(latencies), seconds, sorted(latencies))


async def _webhook(lab: Laboratory, target: _Target, form: str) -> str:
    terms = Terms(
        url=target.url,
        description="Benchmark",
        format=form,  # type: ignore[arg-type]
        filter={"location": [LOCATION]},
    )
    new = await add_webhook(context=lab.context(), terms=terms, channel=None, begins=Beginning())
    return new.id


async def _receive(lab: Laboratory, events: int) -> None:
    skus = lab.many_skus()
    for start in range(0, events, LINES_OF_A_RECEIPT):
        count = min(LINES_OF_A_RECEIPT, events - start)
        lines = [Line(skus[(start + number) % len(skus)], 1) for number in range(count)]
        await receive_stock(context=lab.context(), location=LOCATION, lines=lines, reference=None)


def _must_be_in_order(target: _Target) -> None:
    """Refuse figures of a service that loses events or their order."""
    newest: dict[str, int] = {}
    for _, event in target.events():
        stream, sequence = event["subject"], int(event["sequence"])
        if newest.setdefault(stream, sequence - 1) != sequence - 1:
            raise RuntimeError(f"{stream}: {sequence} came after {newest[stream]}")
        newest[stream] = sequence


@asynccontextmanager
async def _target() -> AsyncIterator[_Target]:
    target = _Target()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Receiver(target), "127.0.0.1", 0
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        target.url = f"http://127.0.0.1:{port}/hook"
        yield target


@asynccontextmanager
async def _worker(lab: Laboratory) -> AsyncIterator[None]:
    """`rackhouse work` that may send to the loopback; stopped afterwards."""
    inherited = {name: value for name, value in os.environ.items() if "RACKHOUSE_" not in name}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rackhouse.cli", "work"),
        env={
            **inherited,
            "RACKHOUSE_DATABASE_URL": str(lab.settings.database_url),
            "RACKHOUSE_DATA": str(lab.settings.data),
            "RACKHOUSE_PUBLIC_URL": lab.settings.issuer,
            "RACKHOUSE_OUTBOUND_NETWORKS": "127.0.0.0/8",
            "RACKHOUSE_OUTBOUND_HTTP": "true",
            "RACKHOUSE_LOG_LEVEL": lab.settings.log_level,
        },
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()
