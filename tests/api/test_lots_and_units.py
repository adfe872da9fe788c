"""Lots and numbered units over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from houses import Shop
from rackhouse.identity import mint_token
from rackhouse.platform.ids import new_id

OpenShop = Callable[..., Awaitable[Shop]]
LOTS = "/api/v1/lots"


async def register(api: httpx.AsyncClient, shop: Shop, **said: Any) -> httpx.Response:
    return await api.post(LOTS, json={"sku": shop.sku, "lot": "cask-7", **said})


async def receive(api: httpx.AsyncClient, shop: Shop, **line: Any) -> httpx.Response:
    body = {"location": shop.location, "lines": [{"sku": shop.sku, **line}]}
    return await api.post("/api/v1/inventory/receive", json=body)


async def hold(api: httpx.AsyncClient, shop: Shop, **line: Any) -> httpx.Response:
    lines = [{"sku": shop.sku, "quantity": 1, **line}]
    body = {"channel": shop.channel, "lines": lines, "ttl_seconds": 600, "customer_id": "ada"}
    return await api.post("/api/v1/holds", json=body)


def problem_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_a_lot_is_registered_read_changed_and_listed(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    said = {
        "made_on": "2026-03-01",
        "release_at": "2026-04-01T10:00:00Z",
        "expires_at": "2999-01-01T00:00:00Z",
        "numbered": 200,
        "flavor_profile": {"smoke": 80},
        "attributes": {"abv": {"kind": "number", "value": 57.1, "unit": "% vol"}},
    }
    made = await register(api, shop, **said)
    assert made.status_code == 201, made.text
    path = f"{LOTS}/{shop.sku}/cask-7"
    assert (made.headers["location"], made.headers["etag"]) == (path, '"1"')
    known = await api.get(path)
    assert known.json() == made.json()
    assert known.json().items() >= {**said, "status": "sellable", "version": 1}.items()
    body = {"flavor_profile": ["smoke", "honey"], "made_on": None}
    changed = await api.patch(path, json=body, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert changed.json().items() >= {**said, **body, "version": 2}.items()
    stale = await api.patch(path, json=body, headers={"if-match": '"1"'})
    assert problem_of(stale) == (412, "lot-version-stale")
    assert problem_of(await api.patch(path, json=body)) == (428, "if-match-missing")
    listed = await api.get(LOTS, params={"sku": shop.sku, "status": "sellable"})
    assert [each["lot"] for each in listed.json()["items"]] == ["cask-7"]


async def test_a_repeated_registration_and_recall_are_answered_alike(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    body = {"sku": shop.sku, "lot": "a"}
    for path, said in ((LOTS, body), (f"{LOTS}/{shop.sku}/a/recall", {"reason": "glass"})):
        key = {"Idempotency-Key": new_id()}
        first = await api.post(path, json=said, headers=key)
        again = await api.post(path, json=said, headers=key)
        assert first.status_code == again.status_code < 300
        assert first.json() == again.json()
    assert problem_of(await api.post(LOTS, json=body)) == (409, "lot-exists")


@pytest.mark.parametrize(
    ("said", "kind", "field"),
    [
        ({"lot": "a/b"}, "malformed-request", "lot"),
        ({"lot": ""}, "malformed-request", "lot"),
        ({"sku": "no such\x00"}, "malformed-request", "sku"),
        ({"numbered": 0}, "malformed-request", "numbered"),
        ({"numbered": 10_001}, "malformed-request", "numbered"),
        ({"numbered": 1.5}, "malformed-request", "numbered"),
        ({"release_at": "2026-01-01T00:00:00"}, "malformed-request", "release_at"),
        ({"release_at": "soon"}, "malformed-request", "release_at"),
        ({"made_on": "2026-02-30"}, "malformed-request", "made_on"),
        ({"colour": "amber"}, "malformed-request", "body"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "invalid-lot", "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "invalid-lot", "expires_at"),
        (
            {"release_at": "2030-01-01T00:00:00Z", "expires_at": "2029-01-01T00:00:00Z"},
            "invalid-lot",
            "expires_at",
        ),
        ({"flavor_profile": {"smoke": 101}}, "invalid-lot", "flavor_profile.smoke"),
        ({"flavor_profile": 5}, "invalid-lot", "flavor_profile"),
        (
            {"attributes": {"hue": {"kind": "colour", "value": 1}}},
            "invalid-lot",
            "attributes.hue.kind",
        ),
        ({"attributes": [1]}, "invalid-lot", "attributes"),
        ({"attributes": None}, "invalid-lot", "attributes"),
    ],
)
async def test_a_lot_that_makes_no_sense_is_refused_with_the_field_and_what_mends_it(
    api: httpx.AsyncClient, open_shop: OpenShop, said: dict[str, Any], kind: str, field: str
) -> None:
    answer = await register(api, await open_shop(), **said)
    assert problem_of(answer) == (422, kind)
    told = answer.json()
    assert [each["field"] for each in told.get("problems", [told])] == [field]


async def test_lots_that_nobody_knows_are_not_found(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    for lot in ("unknown", "%C2%A0", "a%20b"):
        path = f"{LOTS}/{shop.sku}/{lot}"
        for asked in ("", "/holds", "/units", "/units/1"):
            assert problem_of(await api.get(path + asked)) == (404, "lot-not-found")
        recall = await api.post(f"{path}/recall", json={"reason": "glass"})
        assert problem_of(recall) == (404, "lot-not-found")
    assert problem_of(await register(api, shop, sku="NOTHING")) == (422, "sku-unknown")


async def test_numbers_come_in_as_a_range_or_one_by_one_and_are_sold(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    await register(api, shop, numbered=200)
    ranged = await receive(api, shop, lot="cask-7", unit_range={"first": 1, "last": 198})
    assert ranged.json()["items"][0]["on_hand"] == 198
    listed = await receive(api, shop, lot="cask-7", units=[200, 199], quantity=2)
    assert listed.json()["items"][0]["on_hand"] == 200
    held = await hold(api, shop, lot="cask-7", units=[17])
    assert held.json()["allocations"][0]["units"] == [17]
    assert held.json()["allocations"][0]["lot"] == "cask-7"
    body = {"channel": shop.channel, "hold_id": held.json()["id"], "complete": "confirm"}
    order = (await api.post("/api/v1/orders", json=body)).json()
    bought = (await api.get(f"/api/v1/orders/{order['id']}")).json()
    assert bought["allocations"][0]["units"] == [17]
    unit = (await api.get(f"{LOTS}/{shop.sku}/cask-7/units/17")).json()
    facts = {"number": 17, "of": 200, "state": "committed", "location": shop.location}
    assert unit.items() >= facts.items()
    assert unit["hold"]["hold_id"] == held.json()["id"]
    told = [each["type"] for each in unit["history"]]
    assert told == ["StockReceived", "HoldPlaced", "HoldConfirmed"]
    assert "of lot cask-7 (number 17)" in unit["history"][1]["words"]
    assert problem_of(await hold(api, shop, lot="cask-7", units=[17])) == (409, "unit-not-free")
    assert problem_of(await hold(api, shop, lot="cask-7", units=[201])) == (409, "unit-not-free")


async def test_units_and_stock_by_lot_come_in_pages(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    await register(api, shop, numbered=5)
    await receive(api, shop, lot="cask-7", unit_range={"first": 1, "last": 5})
    await shop.receive(shop.sku, 3)
    await hold(api, shop, lot="cask-7", units=[2])
    path = f"{LOTS}/{shop.sku}/cask-7/units"
    first = (await api.get(path, params={"limit": 3, "state": "in_stock"})).json()
    again = {"cursor": first["next_cursor"], "state": "in_stock"}
    rest = (await api.get(path, params=again)).json()
    assert [each["number"] for each in first["items"] + rest["items"]] == [1, 3, 4, 5]
    path = f"/api/v1/inventory/{shop.sku}/lots"
    first = (await api.get(path, params={"limit": 1})).json()
    rest = (await api.get(path, params={"cursor": first["next_cursor"]})).json()
    told = [(each["lot"], each["on_hand"], each["available"]) for each in first["items"]]
    told += [(each["lot"], each["on_hand"], each["available"]) for each in rest["items"]]
    assert told == [(None, 3, 3), ("cask-7", 5, 4)]
    assert rest["items"][0]["free_numbers"] == [1, 3, 4, 5]
    assert problem_of(await api.get("/api/v1/inventory/NOTHING/lots")) == (404, "stock-not-found")


@pytest.mark.parametrize(
    ("line", "kind", "field"),
    [
        ({"lot": "cask-7", "quantity": 2}, "units-must-be-named", None),
        ({"lot": "cask-7", "units": [2, 3, 2]}, "malformed-request", "lines[0].units"),
        ({"lot": "cask-7", "units": [2], "quantity": 2}, "malformed-request", "lines[0].quantity"),
        ({"lot": "cask-7", "units": [0]}, "malformed-request", "lines[0].units[0]"),
        ({"lot": "cask-7", "units": [-1]}, "malformed-request", "lines[0].units[0]"),
        ({"lot": "cask-7", "units": [10**12]}, "malformed-request", "lines[0].units[0]"),
        ({"lot": "cask-7", "units": []}, "malformed-request", "lines[0].units"),
        ({"lot": "cask-7", "units": [6]}, "unit-not-free", None),
        ({"lot": "cask-7", "units": [1]}, "unit-not-free", None),
        ({"lot": "cask-7", "unit_range": {"first": 5, "last": 2}}, "malformed-request", None),
        ({"lot": "cask-7", "unit_range": {"first": 2}}, "malformed-request", None),
        (
            {"lot": "cask-7", "units": [2], "unit_range": {"first": 3, "last": 3}},
            "malformed-request",
            "lines[0].units",
        ),
        ({"units": [2]}, "malformed-request", "lines[0].lot"),
        ({}, "malformed-request", "lines[0].quantity"),
        ({"quantity": 0}, "malformed-request", "lines[0].quantity"),
        ({"lot": "vat", "quantity": 1}, "lot-not-found", None),
        ({"lot": "a b", "quantity": 1}, "malformed-request", "lines[0].lot"),
    ],
)
async def test_what_can_not_come_in_is_refused_in_words(
    api: httpx.AsyncClient,
    open_shop: OpenShop,
    line: dict[str, Any],
    kind: str,
    field: str | None,
) -> None:
    shop = await open_shop()
    await register(api, shop, numbered=5)
    await receive(api, shop, lot="cask-7", units=[1])
    answer = await receive(api, shop, **line)
    assert problem_of(answer)[1] == kind
    assert field is None or answer.json()["field"] == field


async def test_a_correction_names_lot_condition_and_numbers(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    await register(api, shop, numbered=5)
    await receive(api, shop, lot="cask-7", unit_range={"first": 1, "last": 3})
    usual = {"sku": shop.sku, "location": shop.location, "reason": "counted"}
    path = "/api/v1/inventory/adjust"
    gone = {**usual, "lot": "cask-7", "delta": -1, "units": [3]}
    assert (await api.post(path, json=gone)).json()["on_hand"] == 2
    found = {**usual, "lot": "cask-7", "counted": 1, "condition": "damaged", "units": [4]}
    assert (await api.post(path, json=found)).json()["on_hand"] == 3
    unclear = await api.post(path, json={**usual, "counted": 3})
    assert problem_of(unclear) == (409, "stock-is-parted")
    levels = {"reason": "counted", "locations": [{"location": shop.location, "on_hand": 3}]}
    unclear = await api.patch(f"/api/v1/inventory/{shop.sku}", json=levels)
    assert problem_of(unclear) == (409, "stock-is-parted")
    of_none = {**usual, "counted": 2, "condition": "sellable"}
    assert (await api.post(path, json=of_none)).json()["on_hand"] == 5


async def test_a_recall_stops_sales_and_names_who_has_some(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    await register(api, shop)
    await receive(api, shop, lot="cask-7", quantity=5)
    body = {"channel": shop.channel, "lines": [{"sku": shop.sku, "quantity": 1}]}
    order = (await api.post("/api/v1/orders", json={**body, "complete": "confirm"})).json()
    path = f"{LOTS}/{shop.sku}/cask-7"
    recalled = await api.post(f"{path}/recall", json={"reason": "glass in a bottle"})
    told = recalled.json()
    assert (told["status"], told["recall_reason"]) == ("recalled", "glass in a bottle")
    assert problem_of(await hold(api, shop)) == (409, "not-enough-stock")
    assert problem_of(await hold(api, shop, lot="cask-7")) == (409, "lot-not-sellable")
    ship = await api.post(f"/api/v1/orders/{order['id']}/ship")
    assert problem_of(ship) == (409, "lot-is-recalled")
    (named,) = (await api.get(f"{path}/holds")).json()["items"]
    assert (named["order_id"], named["committed"], named["shipped"]) == (order["id"], 1, False)
    again = await api.post(f"{path}/recall", json={"reason": "glass"})
    assert problem_of(again) == (409, "lot-is-recalled")
    lifted = await api.post(f"{path}/reinstate", json={"reason": "a mistake"})
    assert lifted.json()["status"] == "sellable"
    assert (await api.post(f"/api/v1/orders/{order['id']}/ship")).status_code == 200


async def test_a_channel_may_neither_register_nor_recall(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop()
    token = await mint_token(
        house=shop.house, roles=["channel"], subject="till", channel=shop.channel
    )
    headers = {"authorization": f"Bearer {token}"}
    body = {"sku": shop.sku, "lot": "a"}
    made = await anonymous.post(LOTS, json=body, headers=headers)
    assert problem_of(made) == (403, "permission-missing")
    await api.post(LOTS, json=body)
    path = f"{LOTS}/{shop.sku}/a"
    recall = await anonymous.post(f"{path}/recall", json={"reason": "x"}, headers=headers)
    assert recall.json()["permission"] == "inventory:recall"
    assert (await anonymous.get(path, headers=headers)).status_code == 200
    assert (await anonymous.get(f"{path}/holds", headers=headers)).status_code == 200
