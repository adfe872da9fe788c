"""``rackhouse prices``."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from rackhouse_program import rackhouse

from houses import Shop, context_of, fresh_database, shop_in
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings
from rackhouse.pricing import PriceListTerms, create_price_list


@pytest.fixture(scope="module")
def place(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The settings of a house of its own."""
    return {"database_url": fresh_database(server_url), "data": tmp_path_factory.mktemp("house")}


@pytest.fixture(scope="module")
def shop(place: dict[str, object]) -> Shop:
    """A shop with two SKUs and an empty price list ``web``."""

    async def opened() -> Shop:
        settings = Settings(data=Path(str(place["data"])), database_url=str(place["database_url"]))
        async with House(settings, MODULES) as house:
            await migrate(house)
            shop = await shop_in(context_of(house), skus=2)
            terms = PriceListTerms(title="Web", currency="EUR", channel=shop.channel)
            await create_price_list(context=shop.context, price_list="web", terms=terms)
            return shop

    return asyncio.run(opened())


def test_prices_are_imported_from_a_file_shown_and_explained(
    place: dict[str, Any], shop: Shop, tmp_path: Path
) -> None:
    one, two = shop.skus
    file = tmp_path / "prices.csv"
    file.write_text(f"sku,price_minor,min_quantity\n{one},1100,\n{one},900,10\n{two},700,1\n")
    written = rackhouse("prices", "import", "web", str(file), **place)
    assert written.returncode == 0, written.stderr
    assert "3 prices of 2 SKUs" in written.stdout
    options = ("--channel", shop.channel, "--quantity", "10")
    shown = rackhouse("prices", "show", one, two, *options, "--json", **place)
    assert [each["price_minor"] for each in json.loads(shown.stdout)] == [900, 700]
    explained = rackhouse("prices", "explain", one, *options, **place)
    assert "price-list:web@1: says 900 EUR from 10 pieces on" in explained.stdout


def test_a_file_with_a_mistake_is_refused_by_its_line(
    place: dict[str, Any], shop: Shop, tmp_path: Path
) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(f"sku,price_minor\n{shop.sku},100\n{shop.sku},cheap\n")
    refused = rackhouse("prices", "import", "web", str(file), **place)
    assert refused.returncode == 2
    assert "line 3" in refused.stderr
