"""Transfers: the whole catalog from a file and to one, and again without a difference."""

import asyncio
import itertools
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.figures import Figure
from benchmarks.laboratory import RACKHOUSE, Laboratory, environment, under_test
from benchmarks.load import UnexpectedAnswer
from rackhouse.catalog import (
    Product,
    ReadProduct,
    built_in_types,
    drafts,
    load_mapping,
    products_of,
    read_rows,
)
from rackhouse.identity import mint_token
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.postgres import create_database
from rackhouse.rehearsal.http_client import HttpClient

__all__ = ["measure_transfers"]

PRODUCTS = 100_000
FORMATS = ("jsonl", "csv", "parquet")
TRANSFER_SECONDS = 1_800
SEARCH_SECONDS = 600.0
POLL_SECONDS = 0.25
ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
SETS = {
    "x-wines.toml": DATA / "wines" / "XWines_Slim_1K_wines.csv.gz",
    "fashion.toml": DATA / "fashion" / "styles.csv.gz",
}


class _Report(msgspec.Struct, frozen=True):
    rows: int
    created: int
    changed: int
    unchanged: int
    removed: int
    rows_bad: int


async def measure_transfers(lab: Laboratory) -> list[Figure]:
    """`rackhouse import` of `PRODUCTS` products into an empty house while another process serves
    and indexes them, `rackhouse export` in each format, and what importing that again comes to.
    The figures are products a second. A single difference makes the run fail."""
    url = create_database(lab.server, "transfers")
    settings = msgspec.structs.replace(lab.settings, database_url=url)
    async with House(settings, MODULES) as house:
        await migrate(house)
        token = await mint_token(house=house, roles=["admin"], subject="benchmark")
    apart = msgspec.structs.replace(lab, settings=settings, admin_token=token)
    folder = lab.settings.data
    path = folder / "products.jsonl"
    await asyncio.to_thread(_write, path)
    found: list[Figure] = []
    async with under_test(apart, workers=1) as running:
        seconds, report = await _imported(apart, path)
        _expect(report, created=PRODUCTS)
        found.append(
            _figure("import_new", "imported into an empty house, searched beside", seconds)
        )
        waited = await _until_found(running.url, token)
        told = "imported until the last of them is found by search"
        found.append(_figure("import_found", told, seconds + waited))
    for form in FORMATS:
        exported = folder / f"catalog.{form}"
        seconds = await _ran(apart, "export", exported)
        found.append(_figure(f"export_{form}", f"exported to {form}", seconds))
        seconds, report = await _imported(apart, exported)
        _expect(report, created=0)
        told = f"imported again from {form}, without a difference"
        found.append(_figure(f"import_{form}", told, seconds))
    return found


def _write(path: Path) -> None:
    encode = msgspec.json.Encoder().encode
    with path.open("wb") as file:
        for product in itertools.islice(_multiplied(), PRODUCTS):
            file.write(encode(product) + b"\n")


def _multiplied() -> Iterator[Product]:
    """Real products, and the same again under other names, for ever."""
    types, real = built_in_types(), list[Product]()
    for mapping_file, path in SETS.items():
        if not path.exists():
            raise RuntimeError(f"The real data sets are not beside the project, at {DATA}.")
        mapping = load_mapping(ROOT / "examples" / mapping_file)
        read = products_of(drafts(read_rows(path, mapping), mapping), types)
        real += [each.product for each in read if isinstance(each, ReadProduct)]
    yield from real
    for number in itertools.count(2):
        for product in real:
            variants = tuple(
                msgspec.structs.replace(each, sku=f"{each.sku}-{number}")
                for each in product.variants
            )
            yield msgspec.structs.replace(product, id=f"{product.id}-{number}", variants=variants)


async def _imported(lab: Laboratory, path: Path) -> tuple[float, _Report]:
    report = path.with_suffix(".report.json")
    seconds = await _ran(lab, "import", path, "--report", report)
    return seconds, msgspec.json.decode(report.read_bytes(), type=_Report)


async def _ran(lab: Laboratory, *arguments: str | Path) -> float:
    """How long a command takes, its start included."""

    def run() -> None:
        subprocess.run(
            [*RACKHOUSE, *map(str, arguments)],
            env=environment(lab),
            stdout=subprocess.DEVNULL,
            timeout=TRANSFER_SECONDS,
            check=True,
        )

    started = time.perf_counter()
    await asyncio.to_thread(run)
    return time.perf_counter() - started


async def _until_found(url: str, token: str) -> float:
    client = HttpClient(url, connections=1, timeout_seconds=SEARCH_SECONDS)
    started = time.perf_counter()
    try:
        while time.perf_counter() - started < SEARCH_SECONDS:
            answer = await client.ask("GET", "/api/v1/search?limit=1", token=token)
            if answer.status == 200 and msgspec.json.decode(answer.body)["total"] == PRODUCTS:
                return time.perf_counter() - started
            await asyncio.sleep(POLL_SECONDS)
    finally:
        await client.close()
    raise UnexpectedAnswer(f"search does not find {PRODUCTS} products: {answer.body[:200]!r}")


def _expect(report: _Report, *, created: int) -> None:
    wanted = _Report(PRODUCTS, created, 0, PRODUCTS - created, 0, 0)
    if report != wanted:
        raise UnexpectedAnswer(f"{report} instead of {wanted}")


def _figure(name: str, what: str, seconds: float) -> Figure:
    told = f"{PRODUCTS:,} products {what}: {seconds:.1f} s"
    return Figure(name=f"transfer_{name}", what=told, per_second=PRODUCTS / seconds)
