"""``rackhouse lot``."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from rackhouse_program import rackhouse

from houses import Shop, context_of, migrated_database, shop_in
from rackhouse.inventory import Line, receive_stock
from rackhouse.modules import MODULES
from rackhouse.orders import place_order
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.migrations import migrate
from rackhouse.platform.settings import Settings


@pytest.fixture(scope="module")
def place(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The settings of a house of its own."""
    return {"database_url": migrated_database(server_url), "data": tmp_path_factory.mktemp("house")}


def in_house(place: dict[str, object], do: Callable[[Context], Awaitable[Any]]) -> Any:
    """Do something in the house, as one who may do everything."""

    async def done() -> Any:
        settings = Settings(data=Path(str(place["data"])), database_url=str(place["database_url"]))
        async with House(settings, MODULES) as house:
            await migrate(house)
            return await do(context_of(house))

    return asyncio.run(done())


@pytest.fixture(scope="module")
def shop(place: dict[str, object]) -> Shop:
    """A shop with a SKU that has no lot yet."""
    return in_house(place, shop_in)


@pytest.fixture(scope="module")
def registered(place: dict[str, object], shop: Shop) -> dict[str, Any]:
    """A lot with all that can be said of it."""
    answer = rackhouse(
        *("lot", "register", shop.sku, "2026-1", "--numbered", "200", "--made-on", "2026-03-01"),
        *("--release-at", "2026-04-01", "--expires-at", "2999-01-01T00:00:00+02:00"),
        *("--flavor", "smoke=80", "--flavor", "dried fig=35"),
        *("--attribute", "cask=first-fill sherry", "--attribute", "abv:number=57.1"),
        *("--attribute", "peated:boolean=yes", "--attribute", "won:list=gold; silver"),
        *("--attribute", "filled_on:date=2009-03-17", "--json"),
        **place,
    )
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


@pytest.fixture(scope="module")
def sold(place: dict[str, object], shop: Shop, registered: dict[str, Any]) -> str:
    """The order of a customer who has bought number 17."""

    async def sell(context: Context) -> str:
        numbers = tuple(range(1, 21))
        await receive_stock(
            context=context,
            location=shop.location,
            lines=[Line(shop.sku, 20, "2026-1", numbers)],
            reference=None,
        )
        order = await place_order(
            context=context,
            channel=shop.channel,
            lines=[Line(shop.sku, 1, "2026-1", (17,))],
            hold_id=None,
            customer_id="ada",
            external_id=None,
            ttl_seconds=None,
            complete="confirm",
        )
        return order.id

    return str(in_house(place, sell))


def test_a_lot_is_registered_with_what_is_said(registered: dict[str, Any]) -> None:
    assert registered["status"] == "sellable" and registered["numbered"] == 200
    assert registered["release_at"] == "2026-04-01T00:00:00Z"
    assert registered["flavor_profile"] == {"smoke": 80, "dried fig": 35}
    assert {name: said["value"] for name, said in registered["attributes"].items()} == {
        "cask": "first-fill sherry",
        "abv": 57.1,
        "peated": True,
        "won": ["gold", "silver"],
        "filled_on": "2009-03-17",
    }


def test_a_lot_is_shown_with_where_its_pieces_are(
    place: dict[str, object], shop: Shop, sold: str
) -> None:
    answer = rackhouse("lot", "show", shop.sku, "2026-1", **place)
    assert "sellable    200 numbered  made 2026-03-01" in answer.stdout
    assert "20 on hand       0 held       1 sold      19 free" in answer.stdout
    found = json.loads(rackhouse("lot", "show", shop.sku, "2026-1", "--json", **place).stdout)
    assert found["stock"][0]["free_numbers"][15:17] == [16, 18]


def test_a_bottle_is_shown_with_its_history(
    place: dict[str, object], shop: Shop, sold: str
) -> None:
    answer = rackhouse("lot", "units", shop.sku, "2026-1", "--number", "17", **place)
    first, *history = answer.stdout.splitlines()
    assert first.split()[:4] == ["17", "of", "200", "committed"]
    assert [word for line in history for word in ("received", "held", "sold") if word in line] == [
        "received",
        "held",
        "sold",
    ]
    only = ("--state", "committed", "--json")
    found = json.loads(rackhouse("lot", "units", shop.sku, "2026-1", *only, **place).stdout)
    assert [(each["number"], each["hold"]["customer_id"]) for each in found] == [(17, "ada")]


def test_a_recall_names_the_order_and_can_be_lifted(
    place: dict[str, object], shop: Shop, sold: str
) -> None:
    reason = ("--reason", "a cork taint")
    answer = rackhouse("lot", "recall", shop.sku, "2026-1", *reason, **place)
    assert answer.returncode == 0, answer.stderr
    assert "recalled" in answer.stdout and "(a cork taint)" in answer.stdout
    assert f"order {sold}  through {shop.channel}  ada" in answer.stdout
    again = rackhouse("lot", "recall", shop.sku, "2026-1", *reason, **place)
    assert again.returncode == 1 and "is recalled" in again.stderr
    listed = json.loads(rackhouse("lot", "list", "--status", "recalled", "--json", **place).stdout)
    assert [each["lot"] for each in listed] == ["2026-1"]
    lifted = rackhouse("lot", "reinstate", shop.sku, "2026-1", "--reason", "no", **place)
    assert "sellable" in lifted.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("register", "{sku}", "a/b"), 1, "is not a lot's id"),
        (("register", "{sku}", "a", "--release-at", "soon"), 2, "is not a time"),
        (("register", "{sku}", "a", "--made-on", "2026-02-30"), 2, "is not a day"),
        (("register", "{sku}", "a", "--flavor", "a=9", "--flavor", "b"), 2, "or none"),
        (("register", "{sku}", "a", "--attribute", "cask"), 2, "is not an attribute"),
        (("register", "{sku}", "a", "--attribute", "a:number=x"), 1, "attributes.a.value"),
        (("units", "{sku}", "2026-1", "--number", "199"), 1, "never come in"),
        (("recall", "{sku}", "2026-1"), 2, "--reason"),
    ],
)
def test_what_can_not_be_done_is_said_in_a_sentence(
    place: dict[str, object],
    shop: Shop,
    registered: dict[str, Any],
    arguments: tuple[str, ...],
    status: int,
    words: str,
) -> None:
    answer = rackhouse("lot", *(each.format(sku=shop.sku) for each in arguments), **place)
    assert answer.returncode == status
    assert words in answer.stderr and "Traceback" not in answer.stderr
