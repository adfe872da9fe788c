"""Figures that are none, wherever stock in depth is told one; and every refusal says what is wrong
or what to do."""

import re

import httpx
import pytest
from test_bad_input import PAST, WRONG_QUANTITIES, Asked, OpenShop, hold, posted, shop, told
from under_way import Begun, figures

from houses import Shop
from rackhouse.platform.errors import Refusal, refusal_types

__all__ = ["OpenShop", "shop"]

IN_DEPTH = ("rackhouse.inventory", "rackhouse.orders")


@pytest.fixture
async def begun(api: httpx.AsyncClient, shop: Shop) -> Begun:
    found = Begun(shop, api)
    await found.begin()
    return found


def with_figure(begun: Begun, figure: object) -> dict[str, tuple[str, Asked]]:
    """Every request that says a figure, by what it is, with the field that says it."""
    shop, sku, place = begun.shop, begun.shop.sku, {"location": begun.shop.location}
    line = {"sku": sku, "quantity": figure}
    sold = {"external_id": "7", "lines": [line]}
    rule = {"level": 5, "minimum": 2}
    return {
        "what came": (
            "quantity",
            posted(f"/inbound/{begun.shipment}/receive", lines=[line]),
        ),
        "a part of a hold": (
            "quantity",
            Asked("POST", "/api/v1/inventory/release", {"hold_id": begun.hold, "lines": [line]}),
        ),
        "a reported sale": (
            "quantity",
            posted(f"{begun.till}/sales", sales=[{**sold, "sold_at": PAST}]),
        ),
        "a reported return": (
            "quantity",
            posted(f"{begun.till}/returns", returns=[{**sold, "sale": "1", "returned_at": PAST}]),
        ),
        "a rule's level": ("level", Asked("PUT", begun.rule, {**rule, "level": figure})),
        "a rule's minimum": ("minimum", Asked("PUT", begun.rule, {**rule, "minimum": figure})),
        "a hold's length": (
            "ttl_seconds",
            posted("/holds", **{**hold(shop).body, "ttl_seconds": figure}),
        ),
        "an offer's length": (
            "offer_seconds",
            posted("/waiting-list", **{**begun.waits, "offer_seconds": figure}),
        ),
        "a lot's numbers": ("numbered", posted("/lots", sku=sku, lot="L", numbered=figure)),
        "a number": (
            "units[0]",
            hold(shop, sku=shop.skus[1], lot="BARREL", units=[figure]),
        ),
        "a page": ("limit", Asked("GET", f"/api/v1/lots?limit={figure}", {})),
        "a count's size": ("limit", posted("/counts", **place, limit=figure)),
    }


def with_level(begun: Begun, figure: object) -> dict[str, tuple[str, Asked]]:
    """The same for figures that may be nothing."""
    sku, place = begun.shop.sku, {"location": begun.shop.location}
    level = {"sku": sku, **place, "quantity": figure}
    return {
        "a count": (
            "counted",
            posted(f"/counts/{begun.sheet}/record", lines=[{"sku": sku, "counted": figure}]),
        ),
        "a buffer": (
            "quantity",
            posted("/inventory/safety", levels=[{**level, "channel": begun.shop.channel}]),
        ),
        "a quota": ("cap", posted("/quotas", id="q", name="q", skus=[sku], cap=figure)),
        "a promise": ("cap", Asked("PATCH", f"/api/v1/promises/{sku}", {"cap": figure})),
        "what is on hand": (
            "on_hand",
            Asked(
                "PATCH",
                f"/api/v1/inventory/{sku}",
                {"reason": "r", "locations": [{**place, "on_hand": figure}]},
            ),
        ),
        "a version": (
            "expected_version",
            posted(
                "/inventory/adjust", sku=sku, **place, delta=1, reason="r", expected_version=figure
            ),
        ),
    }


@pytest.mark.parametrize("figure", [*WRONG_QUANTITIES, "three"], ids=str)
async def test_a_figure_that_is_none_is_refused_wherever_it_is_said(
    api: httpx.AsyncClient, begun: Begun, figure: object
) -> None:
    before = await figures(begun.shop)
    asked = with_figure(begun, figure)
    if figure in (-1, "three"):
        asked |= with_level(begun, figure)
    for name, (field, request) in asked.items():
        status, problem = await told(api, request)
        assert status == 422, (name, problem)
        said = str(problem.get("field", "")) + str(problem.get("problems", "")) + problem["detail"]
        assert field in said, (name, problem)
        assert re.search("expected|may last|at most|number", said), (name, problem)
    assert await figures(begun.shop) == before


def refusals_in_depth() -> list[type[Refusal]]:
    return [each for each in refusal_types() if each.__module__.startswith(IN_DEPTH)]


@pytest.mark.parametrize("refusal", refusals_in_depth(), ids=lambda each: each.__name__)
def test_every_refusal_names_a_field_or_says_what_to_do(refusal: type[Refusal]) -> None:
    message = " ".join((refusal.__doc__ or "").split())
    names_field = re.match(r"[a-z_.{}]+: ", message)
    asks_for = message.startswith("Give") or "{summary}" in message or "{remedy}" in message
    assert names_field or asks_for or len(re.findall(r"\.(?: |$)", message)) > 1, message
