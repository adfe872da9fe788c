"""``rackhouse allotment`` and ``rackhouse safety``: set, list, give back, rules, refusals."""

import json
from typing import Any

import pytest
from rackhouse_program import rackhouse

from houses import Shop, context_of, migrated_database, shop_in
from rackhouse.modules import MODULES
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings


@pytest.fixture(scope="module")
def place(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The settings of a house of its own."""
    return {
        "database_url": migrated_database(server_url),
        "data": tmp_path_factory.mktemp("house"),
    }


@pytest.fixture(scope="module")
async def shop(place: dict[str, object]) -> Shop:
    """A shop in that house, with ten pieces."""
    settings = Settings(**place, rate_limit_per_second=0)  # type: ignore[arg-type]
    async with House(settings, MODULES) as house:
        await migrate(house)
        return await shop_in(context_of(house), units=10)


def asked(place: dict[str, object], *arguments: object) -> Any:
    """What a command answers as JSON."""
    answer = rackhouse(*map(str, arguments), "--json", **place)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def told(place: dict[str, object], *arguments: object, code: int = 0) -> str:
    """What a command says in words, or on standard error where it refuses."""
    answer = rackhouse(*map(str, arguments), **place)
    assert answer.returncode == code, answer.stderr
    assert "Traceback" not in answer.stderr
    return answer.stderr if code else answer.stdout


def test_pieces_are_set_apart_listed_and_given_back(place: dict[str, object], shop: Shop) -> None:
    where = (shop.channel, shop.sku, shop.location)
    (moved,) = asked(place, "allotment", "set", *where, 4)
    assert (moved["sku"], moved["quantity"], moved["units"]) == (shop.sku, 4, [])
    (listed,) = asked(place, "allotment", "list", "--channel", shop.channel)
    assert (listed["free"], listed["location"]) == (4, shop.location)
    assert "4 free" in told(place, "allotment", "list", "--sku", shop.sku)
    refused = told(place, "allotment", "give-back", *where, 1, code=1)
    assert shop.channel in refused and "channel_agrees" in refused
    agreed = told(place, "allotment", "give-back", *where, 3, "--channel-agrees")
    assert "3 of" in agreed and "given back" in agreed
    assert "free pieces" in told(place, "allotment", "set", *where, 40, code=1)
    assert "--lot" in told(place, "allotment", "set", *where, 1, "--unit", 3, code=2)


def test_rules_are_set_listed_and_removed(place: dict[str, object], shop: Shop) -> None:
    where = (shop.channel, shop.sku, shop.location)
    (rule,) = asked(place, "allotment", "rule", "set", *where, "--level", 6, "--minimum", 2)
    assert (rule["level"], rule["minimum"], rule["paused"]) == (6, 2, False)
    paused = told(
        place, "allotment", "rule", "set", *where, "--level", 6, "--minimum", 2, "--paused"
    )
    assert "up to 6 below 2  paused" in paused
    assert len(asked(place, "allotment", "rule", "list", "--sku", shop.sku)) == 1
    told(place, "allotment", "rule", "remove", *where)
    assert asked(place, "allotment", "rule", "list") == []
    assert "No rule" in told(place, "allotment", "rule", "remove", *where, code=1)
    senseless = ("--level", 2, "--minimum", 6)
    assert "minimum" in told(place, "allotment", "rule", "set", *where, *senseless, code=1)


def test_pieces_are_kept_back_and_listed(place: dict[str, object], shop: Shop) -> None:
    kept = asked(place, "safety", "set", shop.sku, 2, "--location", shop.location)
    assert [(each["quantity"], each["channel"]) for each in kept] == [(2, None)]
    kept = asked(place, "safety", "set", shop.sku, 3, "--channel", shop.channel)
    assert [each["channel"] for each in kept] == [None, shop.channel]
    assert "from everybody" in told(place, "safety", "list", "--sku", shop.sku)
    of_channel = told(place, "safety", "list", "--channel", shop.channel)
    assert f"from {shop.channel}" in of_channel and "everybody" not in of_channel
    assert "--location" in told(place, "safety", "set", shop.sku, 1, code=2)
    assert "nowhere" in told(place, "safety", "set", shop.sku, 1, "--location", "nowhere", code=1)
