"""Prices over HTTP, as the endpoints answer."""

from typing import Any

import msgspec
import pytest
from pricing_shop import fresh

from houses import Shop
from rackhouse.platform.http import Answer, Call
from rackhouse.platform.http.endpoint import IfMatchMissing, VersionIsStale
from rackhouse.pricing import InvalidPricing
from rackhouse.pricing.http import ENDPOINTS

LISTS = "/api/v1/price-lists"
PRICES = LISTS + "/{price_list}/prices"


async def call(shop: Shop, method: str, address: str, **said: Any) -> Any:
    """What an endpoint answers to JSON: the status, the headers and the body as JSON."""
    (endpoint,) = [each for each in ENDPOINTS if (each.method, each.path) == (method, address)]
    facts = {"path": said.get("path", {}), "if_match": said.get("if_match")}
    if endpoint.query is not None:
        facts["query"] = msgspec.convert(said.get("query", {}), endpoint.query, strict=False)
    if endpoint.body is not None:
        facts["body"] = msgspec.convert(said["body"], endpoint.body)
    outcome = await endpoint.handler(Call(context=shop.context, **facts))
    if not isinstance(outcome, Answer):
        assert endpoint.present is not None
        outcome = endpoint.present(outcome)
    return outcome.status, dict(outcome.headers), msgspec.to_builtins(outcome.body)


async def test_a_price_list_is_made_read_changed_and_removed(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    body = {"id": fresh("list"), "title": "Web", "currency": "EUR", "channel": shop.channel}
    status, headers, made = await call(shop, "POST", LISTS, body=body)
    assert (status, headers[b"etag"]) == (201, b'"1"')
    assert headers[b"location"] == f"{LISTS}/{made['id']}".encode()
    one, path = LISTS + "/{price_list}", {"price_list": made["id"]}
    assert (await call(shop, "GET", one, path=path))[2] == made
    body = {"title": "Shop", "currency": "EUR", "channel": shop.channel}
    with pytest.raises(IfMatchMissing):
        await call(shop, "PUT", one, path=path, body=body)
    with pytest.raises(VersionIsStale):
        await call(shop, "PUT", one, path=path, body=body, if_match='"9"')
    _, headers, changed = await call(shop, "PUT", one, path=path, body=body, if_match='"1"')
    assert (changed["title"], headers[b"etag"]) == ("Shop", b'"2"')
    assert (await call(shop, "DELETE", one, path=path, if_match="*"))[0] == 204


async def test_prices_are_set_listed_by_page_and_answered(open_shop: Any) -> None:
    shop: Shop = await open_shop(skus=3)
    body = {"title": "Web", "currency": "EUR", "channel": shop.channel, "country": "XZ"}
    _, _, made = await call(shop, "POST", LISTS, body=body)
    path = {"price_list": made["id"]}
    prices = [{"sku": sku, "price_minor": 1190} for sku in shop.skus]
    _, headers, written = await call(
        shop, "PUT", PRICES, path=path, body={"prices": prices}, if_match="*"
    )
    assert (headers[b"etag"], written["skus"], written["prices"]) == (b'"1"', 3, 3)
    listed, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        _, headers, page = await call(shop, "GET", PRICES, path=path, query=query)
        listed += [each["sku"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert listed == sorted(shop.skus)
    category = {"title": "VAT", "country": "XZ", "rate_ppm": 190_000, "region": "A"}
    _, _, rate = await call(shop, "POST", "/api/v1/tax-rates", body=category)
    query = {
        "sku": ",".join(reversed(shop.skus)),
        "channel": shop.channel,
        "country": "XZ",
        "region": "A",
        "quantity": "2",
    }
    _, _, found = await call(shop, "GET", "/api/v1/prices", query=query)
    assert [each["sku"] for each in found["items"]] == [*reversed(shop.skus)]
    first = found["items"][0]
    assert first["total_minor"] == 2380
    assert first["taxes"]["net_minor"] == 2000
    assert [part["id"] for part in first["taxes"]["parts"]] == [rate["id"]]
    await call(
        shop,
        "DELETE",
        "/api/v1/tax-rates/{tax_rate}",
        path={"tax_rate": rate["id"]},
        if_match=f'"{rate["version"]}"',
    )


async def test_too_many_skus_and_times_out_of_all_time_are_refused(open_shop: Any) -> None:
    shop: Shop = await open_shop()
    for query in (
        {"sku": ",".join(["A"] * 101)},
        {"sku": shop.sku, "as_of": "0001-01-01T00:00:00+14:00"},
    ):
        with pytest.raises(InvalidPricing):
            await call(shop, "GET", "/api/v1/prices", query=query)
