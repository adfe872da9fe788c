"""``rackhouse prices``: what it prints, and the exit code that says whether it could be done."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pricing_shop import list_with

from houses import Shop
from rackhouse.cli.command_line import command_line
from rackhouse.platform.settings import Settings
from rackhouse.pricing import PriceList

Run = Callable[..., Result]


@pytest.fixture
async def shop(open_shop: Any) -> Shop:
    """A shop with two SKUs."""
    opened: Shop = await open_shop(skus=2)
    return opened


@pytest.fixture
async def price_list(shop: Shop) -> PriceList:
    """An empty price list of its channel."""
    return await list_with(shop)


@pytest.fixture
def run(settings: Settings, tmp_path: Path) -> Run:
    """Run a command on the house of the tests."""
    environment = {
        **{name: None for name in os.environ if name.startswith("RACKHOUSE_")},
        "RACKHOUSE_DATABASE_URL": settings.database_url,
        "RACKHOUSE_DATA": str(tmp_path / "data"),
        **{
            f"RACKHOUSE_DATABASE_URL__{name.upper()}": url
            for name, url in settings.database_urls.items()
        },
    }
    return lambda *arguments: CliRunner(env=environment).invoke(command_line, [*arguments])


def test_prices_are_imported_from_a_file_shown_and_explained(
    run: Run, shop: Shop, price_list: PriceList, tmp_path: Path
) -> None:
    one, two = shop.skus
    file = tmp_path / "prices.csv"
    file.write_text(f"sku,price_minor,min_quantity\n{one},1100,\n{one},900,10\n{two},700,1\n")
    written = run("prices", "import", price_list.id, str(file))
    assert written.output == f"{price_list.id}: 3 prices of 2 SKUs are set.\n"
    options = ("--channel", shop.channel, "--quantity", "10")
    shown = json.loads(run("prices", "show", one, two, *options, "--json").stdout)
    assert [each["price_minor"] for each in shown] == [900, 700]
    explained = run("prices", "explain", one, *options).stdout
    assert "900 EUR each, 9000 for 10" in explained
    assert f"price-list:{price_list.id}@1: says 900 EUR from 10 pieces on" in explained
    before = ("--as-of", "2021-01-01T00:00:00+0000")
    assert run("prices", "show", one, *options, *before).exit_code == 1
    assert f"{price_list.id} " in run("prices", "lists").stdout


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("sku,price_minor\nA,100\nA,cheap\n", "line 3"),
        ("sku,price\nA,100\n", "the columns are"),
        ("sku,price_minor\nA,100,7,8,9,10\n", "line 2"),
    ],
)
def test_a_file_with_a_mistake_is_refused_before_anything_is_written(
    run: Run, tmp_path: Path, lines: str, problem: str
) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(lines)
    refused = run("prices", "import", "some", str(file))
    assert refused.exit_code == 2
    assert problem in refused.stderr
