"""Bad input to what stock in depth adds: lots, numbers and bundles wherever one is named;
shipments, counts, rules, promises and places in line that are under way."""

from collections.abc import Callable

import httpx
import pytest
from test_bad_input import LATER, PAST, Asked, Case, OpenShop, Refused, posted, shop, told
from under_way import Begun, figures

from bundles import bundle_of
from houses import Shop
from rackhouse.platform.ids import new_id

__all__ = ["OpenShop", "shop"]

NOTHING = new_id()


@pytest.fixture
async def begun(api: httpx.AsyncClient, shop: Shop) -> Begun:
    found = Begun(shop, api)
    await found.begin()
    return found


def lots(begun: Begun, _: str) -> list[Case]:
    """Lots that there are not, and numbers that are taken, wherever one is named."""
    shop = begun.shop
    place, numbered = {"location": shop.location}, {"sku": shop.skus[1], "lot": "BARREL"}
    nope = {"sku": shop.sku, "quantity": 1, "lot": "NOPE"}
    sold = {**numbered, "quantity": 1, "units": [2]}
    no_lot = Refused(404, "lot-not-found", "lot", "Register it first")
    taken = Refused(409, "unit-not-free", "number", "Ask for another number")
    to = {"origin": shop.location, "destination": shop.locations[1]}
    damaged = {**place, "before": "sellable", "after": "damaged", "reason": "r"}
    channel = {"channel": shop.channel}
    adjust = {**place, "delta": -1, "reason": "r"}
    allotment = f"{begun.till}/allotments"
    return [
        ("order", posted("/orders", **channel, lines=[nope]), no_lot),
        ("transfer", posted("/transfers", **to, lines=[nope]), no_lot),
        ("allotment", posted(allotment, lines=[{**nope, **place}]), no_lot),
        (
            "return",
            posted(f"{allotment}/return", lines=[{**nope, **place}], channel_agrees=True),
            no_lot,
        ),
        ("condition", posted("/inventory/conditions", **nope, **damaged), no_lot),
        ("recall", posted(f"/lots/{shop.sku}/NOPE/recall", reason="r"), no_lot),
        ("units", Asked("GET", f"/api/v1/lots/{shop.sku}/NOPE", {}), no_lot),
        ("order of a number", posted("/orders", **channel, lines=[sold]), taken),
        ("transfer of a number", posted("/transfers", **to, lines=[sold]), taken),
        ("a number set apart", posted(allotment, lines=[{**sold, **place}]), taken),
        ("a damaged number", posted("/inventory/conditions", **sold, **damaged), taken),
        (
            "a number that is gone",
            posted("/inventory/adjust", **numbered, **adjust, units=[2]),
            taken,
        ),
    ]


def place_to(shop: Shop) -> dict[str, str]:
    return {"destination": shop.location}


def under_way(begun: Begun, _: str) -> list[Case]:
    """What is done twice, too late, at the wrong version, or to what there is not."""
    shop, sku = begun.shop, begun.shop.sku
    came = f"/inbound/{begun.shipment}/receive"
    promise, stale = f"/api/v1/promises/{sku}", {"If-Match": '"77"'}
    line = {"sku": sku, "quantity": 9}
    return [
        (
            "more than was expected",
            posted(came, lines=[line]),
            Refused(409, "more-than-expected", "expected", "Say why"),
        ),
        (
            "what was not sent",
            posted(came, lines=[{"sku": shop.skus[1], "quantity": 1}]),
            Refused(409, "not-in-inbound", "sku", "Receive what came unexpected as stock"),
        ),
        (
            "no shipment",
            posted(f"/inbound/{NOTHING}/receive"),
            Refused(404, "inbound-not-found", "inbound_id", "Announce it first"),
        ),
        (
            "a shipment at another version",
            Asked("PATCH", f"/api/v1/inbound/{begun.shipment}", {"carrier": "c"}, stale),
            Refused(412, "version-is-stale", "current", "Read it again"),
        ),
        (
            "a shipment of yesterday",
            Asked(
                "PATCH",
                f"/api/v1/inbound/{begun.shipment}",
                {"expected_at": PAST},
                {"If-Match": '"1"'},
            ),
            Refused(422, "expected-in-the-past", "expected_at", "leave it out"),
        ),
        (
            "a promise of yesterday",
            Asked("PATCH", promise, {"promised_at": PAST}, {"If-Match": '"1"'}),
            Refused(422, "promise-in-the-past", "promised_at", "Promise a time to come"),
        ),
        (
            "a promise at another version",
            Asked("PATCH", promise, {"cap": 4}, stale),
            Refused(412, "version-is-stale", "current", "Read it again"),
        ),
        (
            "a second promise",
            posted("/promises", sku=sku, kind="pre_order", promised_at=LATER, cap=1),
            Refused(409, "promise-already-open", "sku", ""),
        ),
    ]


def counts(begun: Begun, _: str) -> list[Case]:
    """Counts of what is not on the sheet, or can not have been counted."""
    shop, sku = begun.shop, begun.shop.sku
    record = f"/counts/{begun.sheet}/record"
    return [
        (
            "a line that is not on the sheet",
            posted(record, lines=[{"sku": "NOPE", "counted": 1}]),
            Refused(404, "count-line-not-found", "sku", "Open a count with it"),
        ),
        (
            "a count of long ago",
            posted(record, lines=[{"sku": sku, "counted": 1, "counted_at": PAST}]),
            Refused(422, "counted-at-out-of-bounds", "counted_at", "Give the time"),
        ),
        (
            "numbers without their names",
            posted(record, lines=[{"sku": shop.skus[1], "lot": "BARREL", "counted": 1}]),
            Refused(422, "units-to-count", "lot", "Name each number"),
        ),
        (
            "no sheet",
            posted(f"/counts/{NOTHING}/record", lines=[{"sku": sku, "counted": 1}]),
            Refused(404, "count-not-found", "count_id", "Open one"),
        ),
        (
            "half a count",
            posted(f"/counts/{begun.sheet}/post", reason="r"),
            Refused(409, "count-incomplete", "uncounted", "Count them"),
        ),
    ]


def limits(begun: Begun, _: str) -> list[Case]:
    """Rules, places in line, quotas, buffers and holds that there are not, or can not be."""
    shop, sku = begun.shop, begun.shop.sku
    line = {"sku": sku, "quantity": 9}
    rule = {"level": 2, "minimum": 3}
    return [
        (
            "a rule that makes no sense",
            Asked("PUT", begun.rule, rule),
            Refused(422, "invalid-allotment-rule", "field", "minimum: "),
        ),
        (
            "a rule at another version",
            Asked("PUT", begun.rule, {"level": 3, "minimum": 2, "expected_version": 7}),
            Refused(409, "allotment-rule-stale", "current", "Read it again"),
        ),
        (
            "a place in line twice",
            posted("/waiting-list", **begun.waits),
            Refused(409, "already-waiting", "customer_id", "Leave the line first"),
        ),
        (
            "no place in line",
            Asked("DELETE", f"/api/v1/waiting-list/{NOTHING}", {}),
            Refused(404, "waiting-not-found", "waiting_id", "Join the waiting list first"),
        ),
        (
            "no quota",
            Asked("DELETE", "/api/v1/quotas/nope", {}),
            Refused(404, "quota-not-found", "quota", "Set it first"),
        ),
        (
            "a buffer of no channel",
            posted(
                "/inventory/safety",
                levels=[{"sku": sku, "quantity": 1, "location": shop.location, "channel": "nope"}],
            ),
            Refused(404, "channel-not-found", "channel", "Open it first"),
        ),
        (
            "more than the hold has",
            posted("/inventory/release", hold_id=begun.hold, lines=[line]),
            Refused(409, "line-not-in-hold", "possible", "no more than that"),
        ),
        (
            "no hold",
            posted(f"/holds/{NOTHING}/confirm"),
            Refused(404, "hold-not-found", "hold_id", "Place one"),
        ),
        (
            "nothing to reinstate",
            posted(f"/lots/{shop.skus[1]}/BARREL/reinstate", reason="r"),
            Refused(409, "lot-not-recalled", "lot", "Recall it first"),
        ),
    ]


def bundles(begun: Begun, bundle: str) -> list[Case]:
    """Bundles have no stock of their own, wherever stock is asked for."""
    shop = begun.shop
    line, place = {"sku": bundle, "quantity": 1}, {"location": shop.location}
    none = Refused(422, "bundle-has-no-stock", "sku", "change those")
    to = {"origin": shop.location, "destination": shop.locations[1]}
    return [
        ("transfer", posted("/transfers", **to, lines=[line]), none),
        ("shipment", posted("/inbound", supplier="s", **place_to(shop), lines=[line]), none),
        ("allotment", posted(f"{begun.till}/allotments", lines=[{**line, **place}]), none),
        ("safety", posted("/inventory/safety", levels=[{**line, **place}]), none),
        ("count", posted("/counts", **place, skus=[bundle]), none),
        ("lot", posted("/lots", sku=bundle, lot="L"), none),
        (
            "promise",
            posted("/promises", sku=bundle, kind="pre_order", promised_at=LATER, cap=1),
            none,
        ),
        ("quota", posted("/quotas", id="q", name="q", skus=[bundle], cap=1), none),
    ]


@pytest.mark.parametrize(
    "kind", [lots, under_way, counts, limits, bundles], ids=lambda each: each.__name__
)
async def test_bad_input_in_depth_gets_a_problem_that_says_what_and_how_to_mend_it(
    api: httpx.AsyncClient, begun: Begun, kind: Callable[[Begun, str], list[Case]]
) -> None:
    bundle = await bundle_of(begun.shop, {begun.shop.sku: 2})
    before = await figures(begun.shop)
    wrong = []
    for name, asked, refused in kind(begun, bundle):
        status, problem = await told(api, asked)
        expected = (refused.status, f"/problems/{refused.type}")
        said = refused.fact in problem and refused.words in problem["detail"]
        if (status, problem["type"]) != expected or not said:
            wrong.append((name, refused, problem))
    assert wrong == []
    assert await figures(begun.shop) == before
