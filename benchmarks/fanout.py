"""Fan-out: thousands of stream clients, and how long it takes from a change to each of them."""

import asyncio
import sys
import time
from array import array
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from benchmarks.figures import Figure, figure_of
from benchmarks.followers import Asked
from benchmarks.laboratory import HOT_SKU, LOCATION, Laboratory, UnderTest
from benchmarks.load import Sample, expect
from rackhouse.rehearsal.http_client import HttpConnection, request_bytes

__all__ = ["CLIENTS", "measure_hot", "measure_many"]

CLIENTS = 5_000
SKUS_OF_A_CLIENT = 20
MANY_A_SECOND = 200.0
HOT_A_SECOND = 1.0
READY_SECONDS = 180.0
ARRIVAL_SECONDS = 3.0
CHANGERS = 8
# Coprime to the number of SKUs.
STRIDE = 7_919
RESIDENT = "VmRSS:"


async def measure_many(lab: Laboratory, served: UnderTest, *, seconds: float) -> Figure:
    """Each client follows 20 of 10,000 SKUs, of which one changes 200 times a second."""
    skus = lab.many_skus()
    targets = [
        _target(skus[start : start + SKUS_OF_A_CLIENT])
        for start in range(0, len(skus), SKUS_OF_A_CLIENT)
    ]
    heard = CLIENTS * SKUS_OF_A_CLIENT // len(skus)
    changed = [
        skus[number * STRIDE % len(skus)] for number in range(round(seconds * MANY_A_SECOND))
    ]
    what = (
        f"{CLIENTS:,} stream clients of {SKUS_OF_A_CLIENT} of {len(skus):,} SKUs each, "
        f"{MANY_A_SECOND:g} changes a second"
    )
    return await _measured(lab, served, "fanout_many", what, targets, changed, MANY_A_SECOND, heard)


async def measure_hot(lab: Laboratory, served: UnderTest, *, seconds: float) -> Figure:
    """Every client follows one SKU, which changes once a second."""
    changed = [HOT_SKU] * max(3, round(seconds * HOT_A_SECOND))
    what = f"{CLIENTS:,} stream clients of one SKU that changes once a second"
    name, target = f"fanout_hot_{served.workers}", _target([HOT_SKU])
    return await _measured(lab, served, name, what, [target], changed, HOT_A_SECOND, CLIENTS)


async def _measured(
    lab: Laboratory,
    served: UnderTest,
    name: str,
    what: str,
    targets: Sequence[str],
    changed: Sequence[str],
    per_second: float,
    heard: int,
) -> Figure:
    before = _resident_kib(served.pid)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.followers",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**30,
    )
    assert process.stdin is not None and process.stdout is not None
    parts = urlsplit(served.url)
    assert parts.hostname is not None and parts.port is not None
    asked = Asked(parts.hostname, parts.port, lab.channel_token, list(targets), CLIENTS)
    try:
        process.stdin.write(msgspec.json.encode(asked) + b"\n")
        async with asyncio.timeout(READY_SECONDS):
            ready = await process.stdout.readline()
        assert ready == b"ready\n", "the clients could not follow; what they say is above"
        memory = (_resident_kib(served.pid) - before) / CLIENTS
        started = time.perf_counter()
        await _change(lab, served, changed, per_second)
        elapsed = time.perf_counter() - started
        await asyncio.sleep(ARRIVAL_SECONDS)
        process.stdin.close()
        latencies = array("d", await process.stdout.read())
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
    if len(latencies) < heard * len(changed):
        raise RuntimeError(f"{heard * len(changed) - len(latencies)} events never came")
    workers = f"{served.workers} worker{'s' if served.workers > 1 else ''}"
    spelled = f"{what}, from recording to the client, {workers}"
    if memory >= 1:  # not where the memory of clients that came before is used again
        spelled += f"; {memory:.0f} KiB a client"
    return figure_of(name, spelled, [Sample(len(latencies), elapsed, sorted(latencies))])


async def _change(
    lab: Laboratory, served: UnderTest, changed: Sequence[str], per_second: float
) -> None:
    """Correct the figure of each SKU at its time, whether or not the one before was answered."""
    parts = urlsplit(served.url)
    assert parts.hostname is not None and parts.port is not None
    free = asyncio.Semaphore(CHANGERS)
    started = time.perf_counter()

    async def change(number: int, sku: str) -> None:
        body = {"sku": sku, "location": LOCATION, "reason": "benchmark", "delta": 1}
        request = request_bytes(
            "POST",
            "/api/v1/inventory/adjust",
            host=parts.netloc,
            token=lab.admin_token,
            key=f"{lab.run}-fan-out-{number}-{started}",
            body=msgspec.json.encode(body),
        )
        async with free:  # and anew each time: one that rests for long is ended by the server
            connection = await HttpConnection.open(parts.hostname, parts.port)
            await expect(connection, request, 200)
            connection.close()

    async with asyncio.TaskGroup() as group:
        for number, sku in enumerate(changed):
            due = started + number / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(change(number, sku))


def _target(skus: Sequence[str]) -> str:
    return f"/api/v1/stream?snapshot=false&sku={','.join(skus)}"


def _resident_kib(pid: int) -> int:
    """The memory of a process and of all that it has started, where the system tells."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    own = next((line for line in status.splitlines() if line.startswith(RESIDENT)), f"{RESIDENT} 0")
    return int(own.split()[1]) + sum(_resident_kib(int(child)) for child in children)
