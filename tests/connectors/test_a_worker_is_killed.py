"""A worker is killed in the middle of booking what a channel told; the next one goes on."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from connected import assert_both_agree, connected

from houses import migrated_database
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from serving import served

SALES = 60
TURNS = 3000


def worker(settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    """A worker process of its own."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("RACKHOUSE_")}
    environment = {
        **inherited,
        "RACKHOUSE_DATABASE_URL": str(settings.database_url),
        "RACKHOUSE_DATA": str(settings.data),
        "RACKHOUSE_OUTBOUND_NETWORKS": settings.outbound_networks,
        "RACKHOUSE_OUTBOUND_HTTP": "true",
        "RACKHOUSE_CONNECTOR_POLL_SECONDS": "1",
    }
    program = "from rackhouse.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", program, "work"],
        env=environment,
        stdout=log.open("ab"),
        stderr=subprocess.STDOUT,
    )


@pytest.mark.slow
async def test_each_sale_is_an_order_once_after_workers_were_killed(
    settings: Settings, server_url: str, tmp_path: Path
) -> None:
    own = msgspec.structs.replace(settings, database_url=migrated_database(server_url))
    async with House(own, MODULES) as house:
        await migrate(house)
        async with (
            served(own) as api,
            connected(house, api, "marketplace", units=3 * SALES, skus=2) as both,
        ):
            theirs = both.simulator.shop
            for number in range(SALES):
                theirs.sell((both.shop.skus[number % 2], 1 + number % 3))
            await both.deliver()
            for enough in (1, SALES // 3, SALES):
                running = worker(own, tmp_path / "worker.log")
                try:
                    for _ in range(TURNS):
                        if len(await both.orders()) >= enough:
                            break
                        assert running.poll() is None, (tmp_path / "worker.log").read_text()
                        await asyncio.sleep(0.02)
                finally:
                    running.kill()
                    running.wait()
                if enough == 1:
                    assert len(await both.orders()) < SALES  # it was killed in the middle
            assert len(await both.orders()) == SALES
            await both.settle()
            await assert_both_agree(both)
