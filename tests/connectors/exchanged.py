"""A channel of ours and a marketplace that exchanges CSV files with it, over a real SFTP server."""

import contextlib
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncssh
from connected import TRIES_LIMIT, Connected

from houses import context_of, shop_in
from rackhouse.connectors import open_connection, poll_connection
from rackhouse.platform.house import House
from rackhouse.simulators import NONE, Faults, SftpMarketSimulator, serving_sftp

__all__ = ["HEADER", "PASSWORD", "exchanging", "poll", "row"]

HEADER = "order,line,sku,quantity,status,sold_at\r\n"
PASSWORD = "canary-sftp-3f9a"


@contextlib.asynccontextmanager
async def exchanging(
    house: House,
    folder: Path,
    faults: Faults = NONE,
    *,
    units: int = 20,
    key: asyncssh.SSHKey | None = None,
    **settings: Any,
) -> AsyncIterator[Connected]:
    """A shop with stock, and a marketplace that exchanges files with it, at rest. We sign in with a
    key where there is one."""
    context = context_of(house)
    shop = await shop_in(context, skus=2)
    simulator = SftpMarketSimulator(folder, password=PASSWORD, faults=faults)
    simulator.lets_in = None if key is None else key.convert_to_public()
    for sku in shop.skus:
        await shop.receive(sku, units)
        simulator.shop.add_item(sku)
    simulator.write_catalog()
    os.utime(folder / "catalog/items.csv", (1, 1))
    async with serving_sftp(simulator) as port:
        connection = await open_connection(
            context=context,
            connection_id=f"files-{uuid.uuid4().hex[:10]}",
            channel=shop.channel,
            adapter="sftp",
            name="Files",
            settings={
                "host": "127.0.0.1",
                "port": port,
                "user": "rackhouse",
                "host_key": simulator.public_key,
                **settings,
            },
            secrets={"password": PASSWORD} if key is None else {"private_key": _written(key)},
            enabled=True,
        )
        both = Connected(shop, simulator, connection)
        for _ in range(TRIES_LIMIT):
            await both.tend()
            await both.deliver()
            if all(simulator.shop.figure(sku) == units for sku in shop.skus):
                break
        yield both


async def poll(both: Connected) -> int:
    return await poll_connection(context=both.context, connection_id=both.connection.id)


def row(both: Connected, order: str, **facts: Any) -> str:
    told = {
        "line": "1",
        "sku": both.shop.sku,
        "quantity": 1,
        "status": "open",
        "sold_at": "2035-01-01T00:00:00Z",
        **facts,
    }
    return ",".join([order, *map(str, told.values())]) + "\r\n"


def _written(key: asyncssh.SSHKey) -> str:
    return key.export_private_key().decode()
