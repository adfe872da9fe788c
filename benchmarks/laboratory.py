"""The laboratory: a PostgreSQL of its own, goods and stock, and the service under test."""

import asyncio
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

from benchmarks.load import UnexpectedAnswer
from rackhouse.catalog import create_product
from rackhouse.channels import Terms, open_channel
from rackhouse.identity import PERMISSIONS, mint_token
from rackhouse.inventory import Line, open_location, receive_stock
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.postgres import PostgresServer, create_database, start_postgres
from rackhouse.platform.settings import Settings
from rackhouse.rehearsal.http_client import AnswerUnknown, HttpClient, ServiceUnreachable

__all__ = [
    "CHANNEL",
    "HOT_SKU",
    "LOCATION",
    "RACKHOUSE",
    "Laboratory",
    "UnderTest",
    "environment",
    "free_port",
    "laboratory",
    "under_test",
]

CHANNEL = "bench"
LOCATION = "bench-hall"
HOT_SKU = "BENCH-HOT"
MANY = 10_000
VARIANTS_OF_A_PRODUCT = 1_000
STOCK_OF_A_SKU = 1_000_000_000
LINES_OF_A_RECEIPT = 500
TOKEN_TTL_SECONDS = 86_400
READY_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.05
LOG_SHOWN = 4_000
ENTERABLE = 0o711
RACKHOUSE = (sys.executable, "-m", "rackhouse.cli")


class Laboratory(msgspec.Struct, frozen=True, kw_only=True):
    """What all phases share. ``run`` makes idempotency keys differ from run to run."""

    server: PostgresServer
    settings: Settings
    house: House
    run: str
    pgbench_url: str
    channel_token: str
    admin_token: str
    serve_command: str | None

    def many_skus(self) -> list[str]:
        """The SKUs among which the even load is spread."""
        return [f"BENCH-{number:05d}" for number in range(MANY)]

    def context(self) -> Context:
        """The context of work on the benchmark's own account."""
        return Context.of_service(self.house, "benchmark", frozenset(PERMISSIONS))


class UnderTest(msgspec.Struct, frozen=True, kw_only=True):
    """The service under test."""

    url: str
    grpc_port: int
    workers: int
    pid: int


@asynccontextmanager
async def laboratory(*, serve_command: str | None) -> AsyncIterator[Laboratory]:
    """A fresh PostgreSQL with stock of one hot SKU and of many others; gone afterwards."""
    with _folder() as folder:
        server = await asyncio.to_thread(start_postgres, data_directory=folder / "postgres")
        try:
            port = free_port()
            settings = Settings(
                port=port,
                grpc_port=port + 1,
                data=folder / "data",
                database_url=create_database(server, "bench"),
                public_url=f"http://127.0.0.1:{port}",
                rate_limit_per_second=0,
                token_ttl_seconds=TOKEN_TTL_SECONDS,
                demo=False,
                log_level="warning",
                outbound_networks="127.0.0.0/8",
                outbound_http=True,
            )
            async with House(settings, MODULES) as house:
                await migrate(house)
                made = Laboratory(
                    server=server,
                    settings=settings,
                    house=house,
                    run=uuid.uuid4().hex[:12],
                    pgbench_url=create_database(server, "pgbench"),
                    channel_token=await mint_token(
                        house=house, roles=["channel"], subject="benchmark", channel=CHANNEL
                    ),
                    admin_token=await mint_token(house=house, roles=["admin"], subject="benchmark"),
                    serve_command=serve_command,
                )
                await _fill(made)
                yield made
        finally:
            await asyncio.to_thread(server.stop)


@asynccontextmanager
async def under_test(lab: Laboratory, *, workers: int) -> AsyncIterator[UnderTest]:
    """`rackhouse serve` with so many workers, ready; stopped afterwards."""
    log = lab.settings.data / f"serve-{workers}.log"
    process = _start(lab, workers, log)
    try:
        url = lab.settings.issuer
        await _ready(url, process, log)
        yield UnderTest(
            url=url,
            grpc_port=lab.settings.grpc_port or 0,
            workers=workers,
            pid=process.pid,
        )
    except UnexpectedAnswer as error:
        error.add_note(f"The service's log ends with:\n{_end_of(log)}")
        raise
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _fill(lab: Laboratory) -> None:
    await open_location(
        context=lab.context(), location=LOCATION, name="Bench hall", kind="warehouse"
    )
    terms = Terms(name="Bench", kind="web_shop", locations=(LOCATION,), enabled=True)
    await open_channel(context=lab.context(), channel_id=CHANNEL, terms=terms)
    skus = [HOT_SKU, *lab.many_skus()]
    for start in range(0, len(skus), VARIANTS_OF_A_PRODUCT):
        variants = [{"sku": sku, "name": sku} for sku in skus[start:][:VARIANTS_OF_A_PRODUCT]]
        draft = {"type": "goods", "name": f"Bench goods {start}", "variants": variants}
        await create_product(context=lab.context(), draft=draft)
    for start in range(0, len(skus), LINES_OF_A_RECEIPT):
        lines = [Line(sku, STOCK_OF_A_SKU) for sku in skus[start:][:LINES_OF_A_RECEIPT]]
        await receive_stock(context=lab.context(), location=LOCATION, lines=lines, reference=None)


def _start(lab: Laboratory, workers: int, log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as output:
        return subprocess.Popen(
            _command(lab), env=environment(lab, workers=workers), stdout=output, stderr=output
        )


def _command(lab: Laboratory) -> list[str]:
    if lab.serve_command is not None:
        return shlex.split(lab.serve_command)
    return [*RACKHOUSE, "serve"]


def environment(lab: Laboratory, *, workers: int = 1) -> dict[str, str]:
    """The settings with which a program works on the laboratory's database."""
    inherited = {name: value for name, value in os.environ.items() if "RACKHOUSE_" not in name}
    settings = lab.settings
    return {
        **inherited,
        "RACKHOUSE_DATABASE_URL": str(settings.database_url),
        "RACKHOUSE_DATA": str(settings.data),
        "RACKHOUSE_HOST": settings.host,
        "RACKHOUSE_PORT": str(settings.port),
        "RACKHOUSE_PUBLIC_URL": settings.issuer,
        "RACKHOUSE_API_WORKERS": str(workers),
        "RACKHOUSE_RATE_LIMIT_PER_SECOND": "0",
        "RACKHOUSE_DEMO": "false",
        "RACKHOUSE_LOG_LEVEL": settings.log_level,
    }


async def _ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    client = HttpClient(url, connections=1, timeout_seconds=READY_SECONDS)
    give_up_at = time.monotonic() + READY_SECONDS
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            if (await client.ask("GET", "/health/ready")).status == 200:
                await client.close()
                return
        except (ServiceUnreachable, AnswerUnknown):
            await asyncio.sleep(POLL_SECONDS)
    raise RuntimeError(f"The service did not become ready:\n{_end_of(log)}")


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="rackhouse-bench-") as name:
        # As root the server runs under another account, which must be able to enter; it would
        # otherwise keep its cluster elsewhere, where nobody takes it away afterwards.
        Path(name).chmod(ENTERABLE)
        yield Path(name)


def _end_of(log: Path) -> str:
    return log.read_text()[-LOG_SHOWN:]


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
