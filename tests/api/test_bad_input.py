"""Bad input over HTTP: a problem document says what is wrong with it, and what to do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from bundles import bundle_of
from houses import Shop
from rackhouse.platform.ids import new_id

OpenShop = Callable[..., Awaitable[Shop]]

PAST = "2001-01-01T00:00:00Z"
LATER = "2035-01-01T00:00:00Z"
WRONG_QUANTITIES = (-1, 0, 10**12)


@dataclass(frozen=True)
class Asked:
    """A request."""

    method: str
    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


@pytest.fixture
async def shop(api: httpx.AsyncClient, open_shop: OpenShop) -> Shop:
    """A shop with five plain pieces of its first SKU, and a lot `BARREL` of three numbered ones of
    the second, of which number 2 is sold; at two locations."""
    shop = await open_shop(units=5, skus=2, locations=2)
    numbered = shop.skus[1]
    lot = {"sku": numbered, "lot": "BARREL", "numbered": 9}
    assert (await api.post("/api/v1/lots", json=lot)).status_code == 201
    line = {"sku": numbered, "lot": "BARREL", "unit_range": {"first": 1, "last": 3}}
    came = await api.post(
        "/api/v1/inventory/receive", json={"location": shop.location, "lines": [line]}
    )
    assert came.status_code == 200, came.text
    line = {"sku": numbered, "quantity": 1, "lot": "BARREL", "units": [2]}
    sold = {"channel": shop.channel, "lines": [line], "complete": "confirm"}
    assert (await api.post("/api/v1/orders", json=sold)).status_code == 201
    return shop


def hold(shop: Shop, **line: Any) -> Asked:
    """A hold of one line."""
    lines = [{"sku": shop.sku, "quantity": 1} | line]
    return Asked(
        "POST", "/api/v1/holds", {"channel": shop.channel, "ttl_seconds": 60, "lines": lines}
    )


def with_quantity(shop: Shop, quantity: object) -> dict[str, Asked]:
    """Every request that says how many, by the field that says it."""
    sku, location, channel = shop.sku, shop.location, shop.channel
    line = {"sku": sku, "quantity": quantity}
    asked: dict[str, Any] = {
        "hold": ("/holds", {"channel": channel, "ttl_seconds": 60, "lines": [line]}),
        "order": ("/orders", {"channel": channel, "lines": [line]}),
        "receipt": ("/inventory/receive", {"location": location, "lines": [line]}),
        "condition": (
            "/inventory/conditions",
            {**line, "location": location, "before": "sellable", "after": "damaged", "reason": "r"},
        ),
        "allotment": (
            f"/channels/{channel}/allotments",
            {"lines": [{**line, "location": location}]},
        ),
        "return of an allotment": (
            f"/channels/{channel}/allotments/return",
            {"lines": [{**line, "location": location}]},
        ),
        "transfer": (
            "/transfers",
            {"origin": location, "destination": shop.locations[1], "lines": [line]},
        ),
        "shipment": ("/inbound", {"supplier": "s", "destination": location, "lines": [line]}),
        "waiting": ("/waiting-list", {**line, "channel": channel, "customer_id": "c"}),
    }
    return {name: Asked("POST", f"/api/v1{path}", body) for name, (path, body) in asked.items()}


async def told(api: httpx.AsyncClient, asked: Asked) -> tuple[int, dict[str, Any]]:
    """The status of the answer and its problem document."""
    answer = await api.request(
        asked.method, asked.path, json=asked.body or None, headers=dict(asked.headers)
    )
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"] and problem["detail"]
    return answer.status_code, problem


@pytest.mark.parametrize("quantity", [*WRONG_QUANTITIES, 1.5, "three", None], ids=str)
async def test_a_quantity_that_is_none_is_refused_wherever_it_is_said(
    api: httpx.AsyncClient, shop: Shop, quantity: object
) -> None:
    for name, asked in with_quantity(shop, quantity).items():
        status, problem = await told(api, asked)
        assert (status, problem["type"]) == (422, "/problems/malformed-request"), name
        assert problem["field"].endswith("quantity"), (name, problem)
        assert any(each in problem["problem"] for each in ("expected `int", "give a quantity"))
    assert (await shop.levels())[shop.location] == (5, 0, 0)


def requests_of(shop: Shop, bundle: str) -> list[tuple[str, Asked, int, str, str, str]]:
    """What is asked, and with which status, type, field (or fact) and words it is refused."""
    sku, numbered, location, channel = shop.sku, shop.skus[1], shop.location, shop.channel
    lot = f"/api/v1/lots/{numbered}/BARREL"
    quota = {"id": f"q-{new_id()}", "name": "q", "cap": 3, "skus": [sku]}
    promise = {"sku": sku, "kind": "pre_order", "cap": 3}
    shipment = {"supplier": "s", "destination": location, "lines": [{"sku": sku, "quantity": 1}]}
    transfer = {"origin": location, "lines": [{"sku": sku, "quantity": 1}]}
    adjust = {"sku": sku, "location": location, "reason": "r"}
    unit = {"sku": numbered, "lot": "BARREL"}
    product = {"type": "bundle", "name": "C", "price_minor": 1, "currency": "EUR"}
    itself = {
        "id": f"c-{sku.lower()}",
        **product,
        "variants": [{"sku": f"C-{sku}", "components": [{"sku": f"C-{sku}", "quantity": 1}]}],
    }
    nested = {
        "id": f"n-{sku.lower()}",
        **product,
        "variants": [{"sku": f"N-{sku}", "components": [{"sku": bundle, "quantity": 1}]}],
    }
    report = {"items": [{"sku": sku, "available": 1}]}
    post = "POST"
    return [
        # more than there is
        ("hold of too many", hold(shop, quantity=6), 409, "not-enough-stock", "lines", "Nothing"),
        (
            "transfer of too many",
            Asked(post, "/api/v1/transfers", {
                **transfer, "destination": shop.locations[1],
                "lines": [{"sku": sku, "quantity": 6}],
            }),
            409, "not-enough-free", "free", "5 free pieces",
        ),
        (
            "allotment of too many",
            Asked(post, f"/api/v1/channels/{channel}/allotments",
                  {"lines": [{"sku": sku, "location": location, "quantity": 6}]}),
            409, "not-enough-free", "free", "5 free pieces",
        ),
        (
            "a correction below nothing",
            Asked(post, "/api/v1/inventory/adjust", {**adjust, "delta": -6}),
            409, "fewer-than-reserved", "sku", "can not become -1",
        ),
        (
            "a count below nothing",
            Asked(post, "/api/v1/inventory/adjust", {**adjust, "counted": -1}),
            422, "malformed-request", "field", "counted: expected `int` >= 0",
        ),
        (
            "a buffer below nothing",
            Asked(post, "/api/v1/inventory/safety",
                  {"levels": [{"sku": sku, "location": location, "quantity": -1}]}),
            422, "malformed-request", "field", "levels[0].quantity: expected `int` >= 0",
        ),
        (
            "a cap below nothing",
            Asked(post, "/api/v1/quotas", {**quota, "cap": -1}),
            422, "malformed-request", "field", "cap: expected `int` >= 0",
        ),
        (
            "a promise of less than nothing",
            Asked(post, "/api/v1/promises", {**promise, "promised_at": LATER, "cap": -1}),
            422, "malformed-request", "field", "cap: expected `int` >= 0",
        ),
        # lots
        ("hold of an unknown lot", hold(shop, lot="NOPE"), 404, "lot-not-found", "lot",
         "Register it first"),
        (
            "receipt of an unknown lot",
            Asked(post, "/api/v1/inventory/receive",
                  {"location": location, "lines": [{"sku": sku, "quantity": 1, "lot": "NOPE"}]}),
            404, "lot-not-found", "lot", "Register it first",
        ),
        (
            "a lot that has expired before it came",
            Asked(post, "/api/v1/lots", {"sku": sku, "lot": "OLD", "expires_at": PAST}),
            422, "invalid-lot", "problems", "expires_at: is in the past; give the time",
        ),
        (
            "a lot that expires before its release",
            Asked(post, "/api/v1/lots", {
                "sku": sku, "lot": "ODD", "release_at": "2035-05-01T00:00:00Z",
                "expires_at": LATER,
            }),
            422, "invalid-lot", "problems", "expires_at: is not after release_at",
        ),
        # numbers
        ("a number that is sold", hold(shop, **unit, units=[2]), 409, "unit-not-free", "number",
         "Ask for another number"),
        ("a number that has not come", hold(shop, **unit, units=[7]), 409, "unit-not-free",
         "number", "Ask for another number"),
        ("a number that there is not", hold(shop, **unit, units=[999]), 409, "unit-not-free",
         "number", "Ask for another number"),
        (
            "a number that is there already",
            Asked(post, "/api/v1/inventory/receive", {
                "location": location, "lines": [{**unit, "units": [1]}],
            }),
            409, "unit-not-free", "number", "is in_stock",
        ),
        # bundles
        ("a bundle of itself", Asked(post, "/api/v1/products", itself), 422, "invalid-product",
         "problems", "would contain itself"),
        ("a bundle of bundles", Asked(post, "/api/v1/products", nested), 422, "invalid-product",
         "problems", "components[0].sku"),
        (
            "stock of a bundle",
            Asked(post, "/api/v1/inventory/receive",
                  {"location": location, "lines": [{"sku": bundle, "quantity": 1}]}),
            422, "bundle-has-no-stock", "sku", "",
        ),
        # dates
        (
            "a promise for a time that is over",
            Asked(post, "/api/v1/promises", {**promise, "promised_at": PAST}),
            422, "promise-in-the-past", "promised_at", "promised_at: ",
        ),
        (
            "a shipment that should have come",
            Asked(post, "/api/v1/inbound", {**shipment, "expected_at": PAST}),
            422, "expected-in-the-past", "expected_at", "leave it out",
        ),
        (
            "a transfer that should have come",
            Asked(post, "/api/v1/transfers", {
                **transfer, "destination": shop.locations[1], "expected_at": PAST,
            }),
            422, "expected-in-the-past", "expected_at", "leave it out",
        ),
        (
            "a transfer to where it comes from",
            Asked(post, "/api/v1/transfers", {**transfer, "destination": location}),
            422, "same-location", "location", "destination: ",
        ),
        (
            "figures of long ago",
            Asked(post, f"/api/v1/channels/{channel}/reported-stock", {**report, "as_of": PAST}),
            422, "report-too-old", "as_of", "Report what the channel has now",
        ),
        (
            "figures of a time to come",
            Asked(post, f"/api/v1/channels/{channel}/reported-stock", {**report, "as_of": LATER}),
            422, "report-from-the-future", "as_of", "as_of: ",
        ),
        (
            "stock as of a time to come",
            Asked("GET", f"/api/v1/inventory/{sku}?as_of={LATER}", {}),
            422, "moment-in-future", "as_of", "Ask for a moment that has passed",
        ),
        (
            "stock as of no time",
            Asked("GET", f"/api/v1/inventory/{sku}?as_of=yesterday", {}),
            422, "malformed-request", "field", "as_of: not a time",
        ),
        # versions
        (
            "a lot at another version",
            Asked("PATCH", lot, {"made_on": "2020-01-01"}, {"If-Match": '"77"'}),
            412, "lot-version-stale", "current", "Read it again",
        ),
        (
            "a lot at no version",
            Asked("PATCH", lot, {"made_on": "2020-01-01"}),
            428, "if-match-missing", "detail", "Send the ETag",
        ),
        (
            "a quota at another version",
            Asked(post, "/api/v1/quotas", {**quota, "expected_version": 9}),
            409, "quota-version-stale", "current", "Read it again",
        ),
        (
            "stock at another version",
            Asked(post, "/api/v1/inventory/adjust", {**adjust, "delta": 1, "expected_version": 9}),
            409, "stock-version-stale", "current", "Read it again",
        ),
    ]  # fmt: skip


async def test_bad_input_gets_a_problem_that_says_what_and_how_to_mend_it(
    api: httpx.AsyncClient, shop: Shop
) -> None:
    bundle = await bundle_of(shop, {shop.sku: 2})
    wrong = []
    for name, asked, status, kind, fact, words in requests_of(shop, bundle):
        found, problem = await told(api, asked)
        expected = (status, f"/problems/{kind}")
        if (found, problem["type"]) != expected or fact not in problem:
            wrong.append((name, expected, fact, problem))
        elif words not in problem["detail"]:
            wrong.append((name, words, fact, problem))
    assert wrong == []
    assert (await shop.levels())[shop.location] == (5, 0, 0)


@pytest.mark.parametrize("status", ["unreleased", "expired", "recalled"])
async def test_what_may_not_be_sold_is_refused_with_why(
    api: httpx.AsyncClient, shop: Shop, status: str
) -> None:
    lot = {
        "sku": shop.sku,
        "lot": "SPRING",
        "release_at": LATER,
        "expires_at": "2036-01-01T00:00:00Z",
    }
    assert (await api.post("/api/v1/lots", json=lot)).status_code == 201
    line = {"sku": shop.sku, "lot": "SPRING", "quantity": 3}
    received = {"location": shop.location, "lines": [line]}
    assert (await api.post("/api/v1/inventory/receive", json=received)).status_code == 200
    if status == "expired":  # years go by
        async with shop.house.database("inventory").transaction() as tx:
            await tx.run(
                "update inventory.lot set release_at = null, expires_at = now() "
                "where sku = %(sku)s and lot = 'SPRING'",
                {"sku": shop.sku},
            )
    if status == "recalled":
        path = f"/api/v1/lots/{shop.sku}/SPRING/recall"
        assert (await api.post(path, json={"reason": "a crumbling cork"})).status_code == 200
    found, problem = await told(api, hold(shop, lot="SPRING"))
    assert (found, problem["type"], problem["lot"]) == (409, "/problems/lot-not-sellable", "SPRING")
    assert f"is {status}, so none of it can be sold. Ask for another lot." in problem["detail"]
