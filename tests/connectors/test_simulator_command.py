"""``rackhouse simulator``: each kind starts, says how to connect, and ends when it is told to."""

import asyncio
import contextlib
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from houses import context_of, shop_in
from rackhouse.cli.simulating_channels import KINDS
from rackhouse.connectors import check_connection, open_connection, poll_connection
from rackhouse.connectors.tending import tend
from rackhouse.connectors.working import working
from rackhouse.orders import order_page
from rackhouse.platform.house import House

WAIT_SECONDS = 60


class Running:
    """A simulator that somebody has started, and what it has said of itself."""

    def __init__(self, process: asyncio.subprocess.Process, told: str, line: Any) -> None:
        self.process, self.told, self.line = process, told, line
        self.control = told.split()[-1].rstrip(".")


@contextlib.asynccontextmanager
async def simulator(folder: Path, kind: str, *arguments: str) -> AsyncIterator[Running]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from rackhouse.cli import main; main()",
        "simulator",
        kind,
        "--port",
        "0",
        *arguments,
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            told = (await process.stdout.readline()).decode().strip()
            line = (await process.stdout.readline()).decode()
        given = line.removeprefix("Open a connection with ")
        yield Running(process, told, msgspec.json.decode(given))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_connection_is_opened_with_what_a_simulator_says_and_a_sale_of_it_is_booked(
    house: House, tmp_path: Path, kind: str
) -> None:
    context = context_of(house)
    shop = await shop_in(context, units=5)
    async with simulator(tmp_path, kind, "--item", f"{shop.sku}=5") as running:
        assert running.told.startswith("The simulator listens on ")
        name = f"told-{uuid.uuid4().hex[:10]}"
        settings = running.line["settings"]
        if kind == "sftp":
            settings["settled_seconds"] = 0
        connection = await open_connection(
            context=context,
            connection_id=name,
            channel=shop.channel,
            adapter=running.line["adapter"],
            name="As it said",
            settings=settings,
            secrets=running.line["secrets"],
            enabled=True,
        )
        await check_connection(context=context, connection_id=name)
        async with working(context, connection, patience_seconds=WAIT_SECONDS) as work:
            await tend(work, until=float("inf"))
        async with httpx.AsyncClient() as client:
            sold = {"lines": [{"sku": shop.sku, "quantity": 2}]}
            answer = await client.post(f"{running.control}/_simulator/sales", json=sold)
        assert answer.status_code == 201
        async with asyncio.timeout(WAIT_SECONDS):
            while not await poll_connection(context=context, connection_id=name):
                pass
        found = await order_page(
            context=context,
            before=None,
            channel=shop.channel,
            customer_id=None,
            external_id=None,
            status=None,
            limit=10,
        )
        assert [each.external_id for each in found] == [answer.json()["order"]]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_simulator_ends_in_order_when_it_is_told_to(tmp_path: Path, kind: str) -> None:
    async with simulator(tmp_path, kind) as running:
        running.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(WAIT_SECONDS):
            assert await running.process.wait() == 0


async def test_an_item_without_a_figure_is_refused_before_anything_is_served(
    tmp_path: Path,
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from rackhouse.cli import main; main()",
        "simulator",
        "sftp",
        "--item",
        "RYE",
        cwd=tmp_path,
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    assert process.returncode == 2
    assert b"--item 'RYE' is not SKU=FIGURE." in told
