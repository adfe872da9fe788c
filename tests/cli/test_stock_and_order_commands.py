"""``rackhouse stock`` and ``rackhouse order``."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from rackhouse_program import rackhouse

from bundles import bundle_of
from houses import Shop, context_of, migrated_database, shop_in
from rackhouse.inventory import open_location
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings

PORTO, LYON, MARSEILLE = (41.1579, -8.6291), (45.764, 4.8357), "43.2965,5.3698"


@pytest.fixture(scope="module")
def place(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The settings of a house of its own."""
    return {"database_url": migrated_database(server_url), "data": tmp_path_factory.mktemp("house")}


@pytest.fixture(scope="module")
def opened(place: dict[str, object]) -> tuple[Shop, str]:
    """A shop with pieces in Porto and in Lyon, and a bundle of two of them."""

    async def open_shop() -> tuple[Shop, str]:
        settings = Settings(data=Path(str(place["data"])), database_url=str(place["database_url"]))
        async with House(settings, MODULES) as house:
            await migrate(house)
            shop = await shop_in(context_of(house), units=9, locations=2)
            await shop.receive(shop.sku, 5, shop.locations[1])
            for location, (latitude, longitude) in zip(shop.locations, (PORTO, LYON), strict=True):
                await open_location(
                    context=shop.context,
                    location=location,
                    name=location,
                    kind="warehouse",
                    latitude=latitude,
                    longitude=longitude,
                )
            return shop, await bundle_of(shop, {shop.sku: 2})

    return asyncio.run(open_shop())


def told(place: dict[str, object], *words: str) -> Any:
    """What a command prints as JSON."""
    answer = rackhouse(*words, "--json", **place)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_stock_is_told_of_a_sku_and_of_a_bundle(
    place: dict[str, object], opened: tuple[Shop, str]
) -> None:
    shop, bundle = opened
    (found,) = told(place, "stock", shop.sku)["skus"]
    assert (found["available"], len(found["locations"])) == (14, 2)
    (found,) = told(place, "stock", bundle, "--channel", shop.channel)["skus"]
    assert found["available"] == 7
    answer = rackhouse("stock", bundle, **place)
    assert f"made of 2 × {shop.sku}" in answer.stdout
    refused = rackhouse("stock", "NOTHING", **place)
    assert refused.returncode == 1 and "NOTHING is neither a product nor a SKU" in refused.stderr


def test_an_order_says_from_where_its_pieces_come_and_why(
    place: dict[str, object], opened: tuple[Shop, str]
) -> None:
    shop, bundle = opened
    placed = told(
        place,
        *("order", "place", shop.channel, f"{bundle}=1"),
        *("--strategy", "nearest", "--to", MARSEILLE, "--no-split"),
    )
    assert [(each["location"], each["quantity"]) for each in placed["allocations"]] == [
        (shop.locations[1], 2)
    ]
    assert placed["sourcing"]["chosen"][0]["distance_km"] == 277.6
    assert told(place, "order", "show", placed["id"]) == placed
    answer = rackhouse("order", "show", placed["id"], **place)
    assert f"{shop.locations[1]}: nearest that has it, 277.6 km away" in answer.stdout
    (found,) = told(place, "stock", shop.sku)["skus"]
    assert found["available"] == 12


def test_an_order_that_makes_no_sense_is_refused(
    place: dict[str, object], opened: tuple[Shop, str]
) -> None:
    shop, _ = opened
    place_order = ("order", "place", shop.channel, f"{shop.sku}=1")
    for words, code, said in (
        ((*place_order, "--strategy", "nearest"), 2, "say where to"),
        ((*place_order, "--to", "somewhere"), 2, "'somewhere' is no place"),
        ((*place_order, "--to", "99,5"), 2, "'99,5' is no place"),
        (("order", "place", shop.channel, f"{shop.sku}=99"), 1, "There is not enough stock"),
        (("order", "show", "nothing"), 1, "There is no order nothing"),
    ):
        answer = rackhouse(*words, **place)
        assert answer.returncode == code and said in answer.stderr, words
