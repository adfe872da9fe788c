"""``rackhouse connection`` from opening to closing, against a simulated marketplace."""

import asyncio
import os
import sys

from houses import context_of, shop_in
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings
from rackhouse.simulators import MarketplaceSimulator, serving


async def rackhouse(settings: Settings, *arguments: str, typed: str = "") -> str:
    """What a command prints; it must succeed."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("RACKHOUSE_")}
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from rackhouse.cli import main; main()",
        "connection",
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
    assert running.returncode == 0, out.decode()
    return out.decode()


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
