"""``rackhouse connection`` from opening to closing, against a simulated marketplace."""

import asyncio
import os
import sys
from pathlib import Path

import asyncssh
import msgspec
import pytest

from houses import context_of, shop_in
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings
from rackhouse.simulators import MarketplaceSimulator, serving

MANY = """
import json, sys
from rackhouse.cli import main
for arguments in json.loads(sys.argv[1]):
    sys.argv[1:] = ["connection", *arguments]
    try:
        main()
    except SystemExit as ended:
        print(arguments[0], "ended with", ended.code, flush=True)
"""


async def rackhouse(settings: Settings, *arguments: str, typed: str = "") -> str:
    """What a command prints; it must succeed."""
    code = "from rackhouse.cli import main; main()"
    status, out = await _run(settings, code, "connection", *arguments, typed=typed)
    assert status == 0, out
    return out


async def rackhouse_in_turn(settings: Settings, commands: list[list[str]]) -> str:
    """What some commands print one after the other, also those that fail."""
    _, out = await _run(settings, MANY, msgspec.json.encode(commands).decode())
    return out


async def _run(
    settings: Settings, code: str, *arguments: str, typed: str = ""
) -> tuple[int | None, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("RACKHOUSE_")}
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        *arguments,
        env={
            **inherited,
            "RACKHOUSE_DATABASE_URL": str(settings.database_url),
            "RACKHOUSE_DATA": str(settings.data),
            "RACKHOUSE_OUTBOUND_NETWORKS": settings.outbound_networks,
            "RACKHOUSE_OUTBOUND_HTTP": "true",
        },
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await running.communicate(typed.encode())
    return running.returncode, out.decode()


async def test_a_connection_from_opening_to_closing(house: House, settings: Settings) -> None:
    shop = await shop_in(context_of(house), units=6)
    simulator = MarketplaceSimulator(token="let-me-in", signing_key="sign-it")
    simulator.shop.add_item("SPELT-OTHERWISE")
    item = simulator.shop.item_of("SPELT-OTHERWISE")
    name = f"cli-{shop.channel}"
    async with serving(simulator) as url:
        assert "shopify" in await rackhouse(settings, "adapters")
        given = ["--channel", shop.channel, "--adapter", "marketplace", "--setting", f"url={url}"]
        secrets = ["--secret", "token", "--secret", "signing_key"]
        typed = "let-me-in\nsign-it\n"
        opened = await rackhouse(settings, "open", name, *given, *secrets, typed=typed)
        assert f"/api/v1/connections/{name}/inbox" in opened
        assert "Simulated market" in await rackhouse(settings, "check", name)
        await rackhouse(settings, "map", name, "sku", item.stock_id, shop.sku)
        await rackhouse(settings, "map", name, "location", "main", "*")
        assert shop.sku in await rackhouse(settings, "mappings", name)
        assert "1 of 1" in await rackhouse(settings, "push", name)
        assert simulator.shop.figure("SPELT-OTHERWISE") == 6
        simulator.shop.sell(("SPELT-OTHERWISE", 2))
        assert "told of 1" in await rackhouse(settings, "poll", name)
        assert "let-me-in" not in await rackhouse(settings, "show", name)
        assert await rackhouse(settings, "troubles", name) == ""
        assert "is disabled" in await rackhouse(settings, "disable", name)
        assert name in await rackhouse(settings, "list")
        assert "is closed" in await rackhouse(settings, "close", name)


async def test_a_secret_of_several_lines_is_read_from_a_file(
    house: House, settings: Settings, tmp_path: Path
) -> None:
    shop = await shop_in(context_of(house))
    key = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / "key").write_bytes(key.export_private_key())
    name = f"key-{shop.channel}"
    given = {"host": "127.0.0.1", "user": "us", "host_key": _public(key)}
    told = [part for each in given.items() for part in ("--setting", "=".join(each))]
    secret = ["--secret-file", f"private_key={tmp_path / 'key'}"]
    where = ["--channel", shop.channel, "--adapter", "sftp"]
    assert "is open" in await rackhouse(settings, "open", name, *where, *told, *secret)
    again = await rackhouse(settings, "secret", name, "private_key", "--file", f"{tmp_path}/key")
    assert "private_key is used from now on" in again
    with pytest.raises(AssertionError, match="can not be read"):
        await rackhouse(settings, "secret", name, "private_key", "--file", f"{tmp_path}/none")
    with pytest.raises(AssertionError, match="is not NAME=FILE"):
        await rackhouse(settings, "open", "x", *where, "--secret-file", "private_key")


def _public(key: asyncssh.SSHKey) -> str:
    return " ".join(key.export_public_key().decode().split()[:2])
