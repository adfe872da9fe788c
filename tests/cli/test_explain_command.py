"""``rackhouse explain``."""

import asyncio
import json
from pathlib import Path

import pytest
from rackhouse_program import rackhouse

from houses import context_of, migrated_database, shop_in
from rackhouse.inventory import Line, confirm_hold, place_hold
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings


@pytest.fixture(scope="module")
def place(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The settings of a house of its own."""
    return {"database_url": migrated_database(server_url), "data": tmp_path_factory.mktemp("house")}


@pytest.fixture(scope="module")
def sku(place: dict[str, object]) -> str:
    """A SKU of which nine came in and two were sold."""

    async def sold() -> str:
        settings = Settings(data=Path(str(place["data"])), database_url=str(place["database_url"]))
        async with House(settings, MODULES) as house:
            await migrate(house)
            shop = await shop_in(context_of(house), units=9)
            lines = [Line(shop.sku, 2)]
            hold = await place_hold(
                context=shop.context, channel=shop.channel, lines=lines, ttl_seconds=60
            )
            await confirm_hold(context=shop.context, hold_id=hold.id)
        return shop.sku

    return asyncio.run(sold())


def test_a_figure_is_explained_in_words(place: dict[str, object], sku: str) -> None:
    answer = rackhouse("explain", sku, **place)
    assert answer.returncode == 0, answer.stderr
    told = [line.strip() for line in answer.stdout.splitlines()]
    assert told[2].startswith(f"{sku} at ")
    assert told[2].endswith(": 9 on hand, 0 held, 2 committed, 7 available.")
    assert told[3] == "Before that there was nothing."
    words = ("received 9 ×", "held 2 ×", "sold 2 ×")
    assert all(word in line for word, line in zip(words, told[4:], strict=False))
    assert told[-1] == "The events add up to the recorded figures."


def test_events_before_the_told_ones_are_summed_up(place: dict[str, object], sku: str) -> None:
    answer = rackhouse("explain", sku, "--events", "1", **place)
    assert "9 received in 1 receipt, 2 held in 1 hold; that left 9 on hand" in answer.stdout


def test_an_explanation_as_json_says_whether_it_adds_up(place: dict[str, object], sku: str) -> None:
    found = json.loads(rackhouse("explain", sku, "--json", **place).stdout)
    assert found["explained"] and found["stocks"][0]["figures"]["available"] == 7


def test_a_day_before_anything_happened_is_told_as_that(place: dict[str, object], sku: str) -> None:
    answer = rackhouse("explain", sku, "--as-of", "2020-01-01", **place)
    assert answer.returncode == 0
    assert "As of 2020-01-01 00:00:00 UTC:" in answer.stdout
    assert f"Nothing had happened to the stock of {sku} by then" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--as-of", "yesterday"), 2, "is no time"),
        (("--as-of", "2999-01-01"), 1, "has not come yet"),
        (("--location", "nowhere"), 1, "no location nowhere"),
        (("--events", "0"), 2, "--events"),
    ],
)
def test_what_can_not_be_told_is_refused_in_a_sentence(
    place: dict[str, object], sku: str, arguments: tuple[str, ...], status: int, words: str
) -> None:
    answer = rackhouse("explain", sku, *arguments, **place)
    assert (answer.returncode, answer.stdout) == (status, "")
    assert words in answer.stderr and "Traceback" not in answer.stderr


def test_an_unknown_sku_is_refused(place: dict[str, object]) -> None:
    answer = rackhouse("explain", "NOTHING", **place)
    assert answer.returncode == 1 and "NOTHING is neither a product nor a SKU" in answer.stderr
