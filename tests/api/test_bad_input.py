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
MUCH_LATER = "2036-01-01T00:00:00Z"
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


@dataclass(frozen=True)
class Refused:
    """How something is refused: status, type, a fact in the document, words in what it says."""

    status: int
    type: str
    fact: str
    words: str


Case = tuple[str, Asked, Refused]


def posted(path: str, **body: Any) -> Asked:
    """A request with a body."""
    return Asked("POST", f"/api/v1{path}", body)


def too_much(shop: Shop, _: str) -> list[Case]:
    """More than there is, less than nothing."""
    line = {"sku": shop.sku, "quantity": 6}
    place = {"location": shop.location}
    transfer = {"origin": shop.location, "destination": shop.locations[1], "lines": [line]}
    allotment = f"/channels/{shop.channel}/allotments"
    adjust = {"sku": shop.sku, **place, "reason": "r"}
    level = {"sku": shop.sku, **place, "quantity": -1}
    quota = {"id": "q", "name": "q", "skus": [shop.sku], "cap": -1}
    promise = {"sku": shop.sku, "kind": "pre_order", "promised_at": LATER, "cap": -1}
    free = Refused(409, "not-enough-free", "free", "5 free pieces")
    cap = Refused(422, "malformed-request", "field", "cap: expected `int` >= 0")
    return [
        ("hold", hold(shop, quantity=6), Refused(409, "not-enough-stock", "lines", "Nothing was")),
        ("transfer", posted("/transfers", **transfer), free),
        ("allotment", posted(allotment, lines=[{**line, **place}]), free),
        (
            "correction",
            posted("/inventory/adjust", **adjust, delta=-6),
            Refused(409, "fewer-than-reserved", "sku", "can not become -1"),
        ),
        (
            "count",
            posted("/inventory/adjust", **adjust, counted=-1),
            Refused(422, "malformed-request", "field", "counted: expected `int` >= 0"),
        ),
        (
            "safety",
            posted("/inventory/safety", levels=[level]),
            Refused(422, "malformed-request", "field", "levels[0].quantity: expected `int` >= 0"),
        ),
        ("quota", posted("/quotas", **quota), cap),
        ("promise", posted("/promises", **promise), cap),
    ]


def lots_and_numbers(shop: Shop, _: str) -> list[Case]:
    """Lots that there are not, or can not be, and numbers that are taken."""
    barrel = {"sku": shop.skus[1], "lot": "BARREL"}
    unknown = {"sku": shop.sku, "quantity": 1, "lot": "NOPE"}
    again = {"location": shop.location, "lines": [{**barrel, "units": [1]}]}
    odd = {"sku": shop.sku, "lot": "ODD", "release_at": MUCH_LATER, "expires_at": LATER}
    old = {"sku": shop.sku, "lot": "OLD", "expires_at": PAST}
    no_lot = Refused(404, "lot-not-found", "lot", "Register it first")
    taken = Refused(409, "unit-not-free", "number", "Ask for another number")
    receipt = posted("/inventory/receive", location=shop.location, lines=[unknown])
    return [
        ("hold of an unknown lot", hold(shop, lot="NOPE"), no_lot),
        ("receipt of an unknown lot", receipt, no_lot),
        (
            "a lot that has expired",
            posted("/lots", **old),
            Refused(422, "invalid-lot", "problems", "expires_at: is in the past; give the time"),
        ),
        (
            "a lot that expires before its release",
            posted("/lots", **odd),
            Refused(422, "invalid-lot", "problems", "expires_at: is not after release_at"),
        ),
        ("a number that is sold", hold(shop, **barrel, units=[2]), taken),
        ("a number that has not come", hold(shop, **barrel, units=[7]), taken),
        ("a number that there is not", hold(shop, **barrel, units=[999]), taken),
        ("a number that is there already", posted("/inventory/receive", **again), taken),
    ]


def bundles(shop: Shop, bundle: str) -> list[Case]:
    """Bundles that contain themselves or others, and stock of one."""

    def made_of(sku: str, component: str) -> Asked:
        variant = {"sku": sku, "components": [{"sku": component, "quantity": 1}]}
        facts = {"type": "bundle", "name": "B", "price_minor": 1, "currency": "EUR"}
        return posted("/products", id=sku.lower(), **facts, variants=[variant])

    itself = f"C-{shop.sku}"
    line = {"sku": bundle, "quantity": 1}
    return [
        (
            "of itself",
            made_of(itself, itself),
            Refused(422, "invalid-product", "problems", "would contain itself"),
        ),
        (
            "of bundles",
            made_of(f"N-{shop.sku}", bundle),
            Refused(422, "invalid-product", "problems", "components[0].sku"),
        ),
        (
            "stock",
            posted("/inventory/receive", location=shop.location, lines=[line]),
            Refused(422, "bundle-has-no-stock", "sku", ""),
        ),
    ]


def dates(shop: Shop, _: str) -> list[Case]:
    """Times that are over, or have not come."""
    lines = [{"sku": shop.sku, "quantity": 1}]
    promise = {"sku": shop.sku, "kind": "pre_order", "cap": 3, "promised_at": PAST}
    shipment = {"supplier": "s", "destination": shop.location, "lines": lines}
    transfer = {"origin": shop.location, "destination": shop.locations[1], "lines": lines}
    reports = f"/channels/{shop.channel}/reported-stock"
    items = [{"sku": shop.sku, "available": 1}]
    stock = f"/api/v1/inventory/{shop.sku}?as_of="
    late = Refused(422, "expected-in-the-past", "expected_at", "leave it out")
    return [
        (
            "promise",
            posted("/promises", **promise),
            Refused(422, "promise-in-the-past", "promised_at", "Promise a time to come"),
        ),
        ("shipment", posted("/inbound", **shipment, expected_at=PAST), late),
        ("transfer", posted("/transfers", **transfer, expected_at=PAST), late),
        (
            "figures of long ago",
            posted(reports, items=items, as_of=PAST),
            Refused(422, "report-too-old", "as_of", "Report what the channel has now"),
        ),
        (
            "figures of a time to come",
            posted(reports, items=items, as_of=LATER),
            Refused(422, "report-from-the-future", "as_of", "as_of: "),
        ),
        (
            "stock of a time to come",
            Asked("GET", stock + LATER, {}),
            Refused(422, "moment-in-future", "as_of", "Ask for a moment that has passed"),
        ),
        (
            "stock of no time",
            Asked("GET", stock + "yesterday", {}),
            Refused(422, "malformed-request", "field", "as_of: not a time"),
        ),
    ]


def versions(shop: Shop, _: str) -> list[Case]:
    """Changes of what somebody else has changed; and a transfer to where it is."""
    lot, older = f"/api/v1/lots/{shop.skus[1]}/BARREL", {"made_on": "2020-01-01"}
    quota = {"id": f"q-{new_id()}", "name": "q", "cap": 3, "skus": [shop.sku]}
    adjust = {"sku": shop.sku, "location": shop.location, "reason": "r", "delta": 1}
    lines = [{"sku": shop.sku, "quantity": 1}]
    return [
        (
            "lot",
            Asked("PATCH", lot, older, {"If-Match": '"77"'}),
            Refused(412, "lot-version-stale", "current", "Read it again"),
        ),
        (
            "lot at no version",
            Asked("PATCH", lot, older),
            Refused(428, "if-match-missing", "detail", "Send the ETag"),
        ),
        (
            "quota",
            posted("/quotas", **quota, expected_version=9),
            Refused(409, "quota-version-stale", "current", "Read it again"),
        ),
        (
            "stock",
            posted("/inventory/adjust", **adjust, expected_version=9),
            Refused(409, "stock-version-stale", "current", "Read it again"),
        ),
        (
            "transfer",
            posted("/transfers", origin=shop.location, destination=shop.location, lines=lines),
            Refused(422, "same-location", "location", "destination: "),
        ),
    ]


@pytest.mark.parametrize(
    "kind", [too_much, lots_and_numbers, bundles, dates, versions], ids=lambda each: each.__name__
)
async def test_bad_input_gets_a_problem_that_says_what_and_how_to_mend_it(
    api: httpx.AsyncClient, shop: Shop, kind: Callable[[Shop, str], list[Case]]
) -> None:
    bundle = await bundle_of(shop, {shop.sku: 2})
    wrong = []
    for name, asked, refused in kind(shop, bundle):
        status, problem = await told(api, asked)
        expected = (refused.status, f"/problems/{refused.type}")
        said = refused.fact in problem and refused.words in problem["detail"]
        if (status, problem["type"]) != expected or not said:
            wrong.append((name, refused, problem))
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
        "expires_at": MUCH_LATER,
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
