"""Search under load, over HTTP: how fast it answers, follows edits, and what memory it takes."""

import asyncio
import time
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.figures import Figure, figure_of
from benchmarks.laboratory import Laboratory, UnderTest, under_test
from benchmarks.load import Journey, Sample, closed_loop, expect, open_loop
from benchmarks.searching.beside import fill_beside, measure_beside
from benchmarks.searching.goods import multiplied, real_products
from benchmarks.searching.loading import load_products
from benchmarks.searching.questions import FACETS, questions, typed
from rackhouse.catalog import ListedProduct, Product, create_product, replace_product
from rackhouse.rehearsal.http_client import HttpConnection, request_bytes

__all__ = ["MANY", "VERY_MANY", "measure_search"]

MANY, VERY_MANY = 100_000, 1_000_000
PER_SECOND = 100
CONNECTIONS = 32
CLIENTS = 4
QUESTIONS = 500
EDITS = 60
WARM_SECONDS = 2.0
LENGTH = 5.0
BUILT_SECONDS = 1800
FOUND_SECONDS = 20
POLL_SECONDS = 0.002
SEED = 20_261_124


class _Found(msgspec.Struct, frozen=True):
    total: int


_read = msgspec.json.Decoder(_Found).decode


async def measure_search(lab: Laboratory, *, seconds: float, products: int) -> list[Figure]:
    """Questions and words being typed that arrive `PER_SECOND` times a second, edits until they
    are found, questions as fast as they are answered, and PostgreSQL with the same ones."""
    async with under_test(lab, workers=1) as running:
        await _asked(lab, running, "/api/v1/search?limit=1")
        before = resident_bytes(running.pid)
    real = real_products()
    await load_products(lab, multiplied(real, products))
    length = seconds * LENGTH
    async with under_test(lab, workers=1) as running:
        built = await _built(lab, running, products)
        grown = resident_bytes(running.pid) - before
        found = [
            await _arriving(lab, running, length, f"search_{products}", products),
            await _typing(lab, running, length, products),
            await _edited(lab, running, real[:EDITS], products),
            await _as_fast_as_it_goes(lab, running, length, products),
        ]
        after = resident_bytes(running.pid) - before
    await fill_beside(lab)
    asked = questions(QUESTIONS)
    for span in (WARM_SECONDS, length):
        sample = await measure_beside(lab, asked, clients=CLIENTS, seconds=span)
    what = f"PostgreSQL full text, the same questions of {products:,} products, {CLIENTS} clients"
    found.append(figure_of(f"full_text_{products}", what, [sample]))
    memory = f"{grown / 1e6:,.0f} MB more than without them, {after / 1e6:,.0f} MB afterwards"
    what = f"an index of {products:,} products built, in products; the process has {memory}"
    return [*found, figure_of(f"index_{products}", what, [Sample(products, built, [])])]


def resident_bytes(pid: int) -> int:
    """The memory that a process and all that it started have in use."""
    found, seen = 0, [pid]
    while seen:
        each = seen.pop()
        status = Path(f"/proc/{each}/status").read_text().splitlines()
        kilobytes = next(line.split()[1] for line in status if line.startswith("VmRSS"))
        found += int(kilobytes) * 1024
        for task in Path(f"/proc/{each}/task").iterdir():
            seen += [int(child) for child in (task / "children").read_text().split()]
    return found


async def _built(lab: Laboratory, service: UnderTest, products: int) -> float:
    """How long it takes until all products are found."""
    started = time.perf_counter()
    await _until_found(lab, service, "/api/v1/search?limit=1", products, BUILT_SECONDS)
    return time.perf_counter() - started


async def _arriving(
    lab: Laboratory, service: UnderTest, seconds: float, name: str, products: int
) -> Figure:
    targets = [each.target for each in questions(QUESTIONS)]
    sample = await _open(lab, service, targets, seconds)
    what = (
        f"searches arriving {PER_SECOND} times a second with 3 filters and {len(FACETS)} counts, "
        f"{products:,} products"
    )
    return figure_of(name, what, [sample])


async def _typing(lab: Laboratory, service: UnderTest, seconds: float, products: int) -> Figure:
    sample = await _open(lab, service, typed(QUESTIONS), seconds)
    what = f"suggestions asked for {PER_SECOND} times a second, {products:,} products"
    return figure_of(f"suggestions_{products}", what, [sample])


async def _as_fast_as_it_goes(
    lab: Laboratory, service: UnderTest, seconds: float, products: int
) -> Figure:
    go = _getting(lab, service, [each.target for each in questions(QUESTIONS)])
    sample = await closed_loop(service.url, go, clients=CLIENTS, seconds=seconds, at_least=1)
    what = f"the same searches of {products:,} products over HTTP, {CLIENTS} clients"
    return figure_of(f"search_peak_{products}", what, [sample])


async def _edited(
    lab: Laboratory, service: UnderTest, edited: list[ListedProduct], products: int
) -> Figure:
    """From the commit of an edit until a search finds it."""
    latencies = []
    drafts = [_draft(lab, each) for each in edited]
    for each in drafts:
        await create_product(context=lab.context(), draft=each)
    started = time.perf_counter()
    for number, draft in enumerate(drafts):
        word = "".join(chr(ord("a") + int(digit, 16)) for digit in f"{lab.run}{number:03x}")
        await replace_product(
            context=lab.context(),
            product_id=draft["id"],
            only_type=None,
            draft={**draft, "name": f"{draft['name']} {word}"},
            expected_version=None,
        )
        committed = time.perf_counter()
        await _until_found(lab, service, f"/api/v1/search?q={word}&limit=1", 1, FOUND_SECONDS)
        latencies.append((time.perf_counter() - committed) * 1000)
    sample = Sample(len(latencies), time.perf_counter() - started, sorted(latencies))
    what = f"from the commit of an edit until it is found, {products:,} products"
    return figure_of(f"edits_{products}", what, [sample])


def _draft(lab: Laboratory, product: ListedProduct) -> dict[str, Any]:
    """Another product like one, with a past of its own in the log."""
    said = msgspec.to_builtins(product)
    draft = {field: said[field] for field in Product.__struct_fields__}
    variants = [{**each, "sku": f"{each['sku']}-{lab.run}"} for each in draft["variants"]]
    return {**draft, "id": f"{product.id}-{lab.run}", "variants": variants}


async def _open(lab: Laboratory, service: UnderTest, targets: list[str], seconds: float) -> Sample:
    go = _getting(lab, service, targets)
    for span in (WARM_SECONDS, seconds):
        sample = await open_loop(
            service.url,
            go,
            connections=CONNECTIONS,
            seconds=span,
            per_second=PER_SECOND,
            seed=SEED,
        )
    return sample


def _getting(lab: Laboratory, service: UnderTest, targets: list[str]) -> Journey:
    requests = [_request(lab, service, each) for each in targets]

    async def go(connection: HttpConnection, number: int) -> None:
        await expect(connection, requests[number % len(requests)], 200)

    return go


async def _until_found(
    lab: Laboratory, service: UnderTest, target: str, many: int, seconds: float
) -> None:
    async with asyncio.timeout(seconds):
        while True:
            if await _asked(lab, service, target) >= many:
                return
            await asyncio.sleep(POLL_SECONDS)


async def _asked(lab: Laboratory, service: UnderTest, target: str) -> int:
    """How much is found; none while the index is being built."""
    host, _, port = service.url.removeprefix("http://").partition(":")
    connection = await HttpConnection.open(host, int(port))
    try:
        answer = await connection.ask(_request(lab, service, target), timeout_seconds=60)
    finally:
        connection.close()
    return _read(answer.body).total if answer.status == 200 else 0


def _request(lab: Laboratory, service: UnderTest, target: str) -> bytes:
    return request_bytes(
        "GET",
        target,
        host=service.url.removeprefix("http://"),
        token=lab.admin_token,
        key=None,
        body=None,
        media_type="application/json",
    )
