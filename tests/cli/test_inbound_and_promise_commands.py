"""``rackhouse inbound``, ``rackhouse transfer`` and ``rackhouse promise``."""

import asyncio
import json
from pathlib import Path
from typing import Any

import click
import pytest
from rackhouse_program import rackhouse

from houses import Shop, context_of, migrated_database, shop_in
from rackhouse.cli.goods import GOODS
from rackhouse.inventory import Line
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings


@pytest.fixture(scope="module")
def place(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The settings of a house of its own."""
    return {"database_url": migrated_database(server_url), "data": tmp_path_factory.mktemp("house")}


@pytest.fixture(scope="module")
def shop(place: dict[str, object]) -> Shop:
    """A shop with two locations and pieces at the first."""

    async def opened() -> Shop:
        settings = Settings(data=Path(str(place["data"])), database_url=str(place["database_url"]))
        async with House(settings, MODULES) as house:
            await migrate(house)
            return await shop_in(context_of(house), units=9, locations=2)

    return asyncio.run(opened())


def told(place: dict[str, object], *words: str) -> Any:
    """What a command prints as JSON."""
    answer = rackhouse(*words, "--json", **place)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_goods_are_expected_and_come(place: dict[str, object], shop: Shop) -> None:
    expected = told(
        place,
        *("inbound", "expect", "Cooper & Sons", shop.location, f"{shop.sku}=5"),
        *("--expected-at", "2035-04-01", "--reference", "PO-7"),
    )
    assert (expected["status"], expected["lines"][0]["quantity"]) == ("expected", 5)
    assert [each["id"] for each in told(place, "inbound", "list")] == [expected["id"]]
    part = told(place, "inbound", "receive", expected["id"], f"{shop.sku}=2")
    assert part["status"] == "received_in_part"
    refused = rackhouse("inbound", "receive", expected["id"], "--complete", **place)
    assert refused.returncode == 0, "all that is to come has come"
    assert told(place, "inbound", "list") == []
    over = told(place, "inbound", "list", "--all", "--sku", shop.sku)
    assert [each["status"] for each in over] == ["received"]
    listed = rackhouse("inbound", "list", "--all", **place).stdout
    assert "Cooper & Sons to" in listed and "expected 2035-04-01" in listed
    assert "0 of 5 to come, 5 received" in listed


def test_a_transfer_is_sent_missed_and_cancelled(place: dict[str, object], shop: Shop) -> None:
    here, there = shop.locations
    sent = told(place, "transfer", "send", here, there, f"{shop.sku}=3", "--carrier", "Ada")
    assert (sent["status"], sent["carrier"]) == ("in_transit", "Ada")
    short = rackhouse("transfer", "receive", sent["id"], f"{shop.sku}=1", "--complete", **place)
    assert short.returncode == 1 and "Say why" in short.stderr
    done = told(
        place,
        *("transfer", "receive", sent["id"], f"{shop.sku}=1", "--condition", "damaged"),
        *("--complete", "--reason", "dropped"),
    )
    assert done["lines"][0]["missing"] == 2
    back = told(place, "transfer", "send", here, there, f"{shop.sku}=1")
    off = told(place, "transfer", "cancel", back["id"], "--reason", "wrong shop")
    assert off["status"] == "cancelled"
    listed = rackhouse("transfer", "list", "--all", "--to", there, **place).stdout
    assert "2 missing (dropped)" in listed


def test_a_promise_is_opened_moved_and_closed(place: dict[str, object], shop: Shop) -> None:
    opened = told(
        place,
        *("promise", "open", shop.sku, "--promised-at", "2035-04-01"),
        *("--channel-cap", f"{shop.channel}=6"),
    )
    assert opened["parts"][-1] == {"channel": shop.channel, "cap": 6, "held": 0, "sold": 0}
    moved = told(
        place,
        *("promise", "move", shop.sku, "--promised-at", "2035-05-01", "--reason", "late"),
    )
    assert moved["promised_at"].startswith("2035-05-01")
    listed = rackhouse("promise", "list", **place).stdout
    assert "pre-order  open, for 2035-05-01" in listed and "6 left" in listed
    assert told(place, "promise", "close", shop.sku)["closed_at"] is not None
    assert told(place, "promise", "list") == []
    assert [each["sku"] for each in told(place, "promise", "list", "--all")] == [shop.sku]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A-70=3", Line("A-70", 3)),
        ("A/B=3", Line("A/B", 3)),
        ("A-70=3/L.1", Line("A-70", 3, "L.1")),
        ("A-70/L1#1,2,5-7", Line("A-70", 5, "L1", (1, 2, 5, 6, 7))),
        ("A-70=2/L1#4,9", Line("A-70", 2, "L1", (4, 9))),
    ],
)
def test_pieces_are_read(text: str, line: Line) -> None:
    assert GOODS.convert(text, None, None) == line


@pytest.mark.parametrize("text", ["A-70", "A-70=0", "A-70=2/L1#4", "A-70=1#4", "A/L1#4-", "A/L1#,"])
def test_pieces_that_are_not_clear_are_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        GOODS.convert(text, None, None)
