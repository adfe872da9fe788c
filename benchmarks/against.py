"""Against another checkout: the same holds, in turn with a service that runs its code."""

import asyncio
import os
import shlex
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from benchmarks import journeys
from benchmarks.figures import Figure, figure_of
from benchmarks.laboratory import (
    CHANNEL,
    HOT_SKU,
    LOCATION,
    RACKHOUSE,
    STOCK_OF_A_SKU,
    TOKEN_TTL_SECONDS,
    VARIANTS_OF_A_PRODUCT,
    Laboratory,
    UnderTest,
    environment,
    free_port,
    under_test,
)
from benchmarks.load import Sample, closed_loop
from rackhouse.platform.postgres import create_database
from rackhouse.rehearsal.http_client import HttpClient

__all__ = ["measure_against"]

CLIENTS = 64
WARM_SECONDS = 0.5
TURNS_OF_A_ROUND = 2
LINES_OF_A_RECEIPT = 100
GIVE_UP_SECONDS = 60


async def measure_against(
    lab: Laboratory, checkout: Path, *, seconds: float, rounds: int
) -> list[Figure]:
    """Holds on one SKU and on many, in turn between this code and that of a checkout.

    Both services run all the while, each on a database of its own on the same server, filled
    alike; only one has something to do at a time. Whose turn is first changes from round to round.
    """
    figures: list[Figure] = []
    async with under_test(lab, workers=1) as ours, _served(lab, checkout) as (other, theirs):
        sides = {"beside": (lab, ours), "before": (other, theirs)}
        for name, what, skus in _kinds(lab):
            samples: dict[str, list[Sample]] = {side: [] for side in sides}
            for lab_of_side, service in sides.values():
                await _holds(lab_of_side, service, skus, WARM_SECONDS, at_least=len(skus))
            for turn in range(rounds * TURNS_OF_A_ROUND):
                for side in sorted(sides, reverse=turn % 2 == 0):
                    samples[side].append(await _holds(*sides[side], skus, seconds, at_least=1))
            for side, told in (("beside", "this code"), ("before", "the other checkout")):
                said = f"POST /api/v1/holds, {what}, {CLIENTS} clients, 1 worker, {told}"
                figures.append(figure_of(f"{name}_{side}", said, samples[side]))
    return figures


def _kinds(lab: Laboratory) -> list[tuple[str, str, list[str]]]:
    return [
        ("holds_hot", "one hot SKU", [HOT_SKU]),
        ("holds_many", "10,000 SKUs evenly", lab.many_skus()),
    ]


async def _holds(
    lab: Laboratory, service: UnderTest, skus: list[str], seconds: float, *, at_least: int
) -> Sample:
    go = journeys.hold(lab, service, skus)
    return await closed_loop(service.url, go, clients=CLIENTS, seconds=seconds, at_least=at_least)


@asynccontextmanager
async def _served(lab: Laboratory, checkout: Path) -> AsyncIterator[tuple[Laboratory, UnderTest]]:
    """The other checkout's service, filled through its API, with tokens that it made."""
    port, data = free_port(), lab.settings.data.with_name("other")
    data.mkdir()
    settings = msgspec.structs.replace(
        lab.settings,
        port=port,
        data=data,
        database_url=create_database(lab.server, "other"),
        public_url=f"http://127.0.0.1:{port}",
    )
    serve = shlex.join(["env", f"PYTHONPATH={checkout / 'src'}", *RACKHOUSE, "serve"])
    other = msgspec.structs.replace(lab, settings=settings, serve_command=serve)
    await _must_be_of(other, checkout)
    async with under_test(other, workers=1) as theirs:
        admin = await _token(other, checkout, "admin")
        await _fill(theirs, admin, [HOT_SKU, *lab.many_skus()])
        token = await _token(other, checkout, "channel", "--channel", CHANNEL)
        yield msgspec.structs.replace(other, channel_token=token, admin_token=admin), theirs


async def _must_be_of(lab: Laboratory, checkout: Path) -> None:
    """A checkout whose code is not the one that runs would be measured against itself."""
    told = await _said(
        lab, checkout, sys.executable, "-c", "import rackhouse as r;print(r.__file__)"
    )
    if not Path(told).is_relative_to(checkout / "src"):
        raise RuntimeError(f"{checkout} has no code of its own: {told} would run.")


async def _token(lab: Laboratory, checkout: Path, role: str, *options: str) -> str:
    asked = (*RACKHOUSE, "token", "--role", role, "--ttl-seconds", str(TOKEN_TTL_SECONDS))
    return await _said(lab, checkout, *asked, *options)


async def _said(lab: Laboratory, checkout: Path, *command: str) -> str:
    env = {**os.environ, **environment(lab), "PYTHONPATH": str(checkout / "src")}
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=PIPE)
    async with asyncio.timeout(GIVE_UP_SECONDS):
        output, _ = await process.communicate()
    return output.decode().strip()


async def _fill(service: UnderTest, token: str, skus: Sequence[str]) -> None:
    """The same goods and stock that a laboratory has."""
    posts: list[tuple[str, object]] = [
        ("/api/v1/locations", {"id": LOCATION, "name": "Bench hall", "kind": "warehouse"})
    ]
    terms = {"id": CHANNEL, "name": "Bench", "kind": "web_shop", "locations": [LOCATION]}
    posts.append(("/api/v1/channels", terms))
    for start in range(0, len(skus), VARIANTS_OF_A_PRODUCT):
        variants = [{"sku": sku, "name": sku} for sku in skus[start:][:VARIANTS_OF_A_PRODUCT]]
        goods = {"type": "goods", "name": f"Bench goods {start}", "variants": variants}
        posts.append(("/api/v1/products", goods))
    for start in range(0, len(skus), LINES_OF_A_RECEIPT):
        lines = [
            {"sku": sku, "quantity": STOCK_OF_A_SKU} for sku in skus[start:][:LINES_OF_A_RECEIPT]
        ]
        posts.append(("/api/v1/inventory/receive", {"location": LOCATION, "lines": lines}))
    client = HttpClient(service.url, connections=1, timeout_seconds=GIVE_UP_SECONDS)
    for number, (target, body) in enumerate(posts):
        written = msgspec.json.encode(body)
        answer = await client.ask("POST", target, token=token, key=f"fill-{number}", body=written)
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"POST {target} was answered {answer.status}: {answer.body[:500]!r}")
    await client.close()
