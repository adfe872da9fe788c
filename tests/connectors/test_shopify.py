"""What is Shopify's own: the price of queries, its two ways to compare, orders that are long."""

import base64
import hashlib
import hmac

import httpx
import pytest
from connected import SECRETS, assert_both_agree, connected, simulated

from rackhouse.connectors import check_connection
from rackhouse.platform.house import House


@pytest.mark.parametrize("version", ["2024-07", "2025-10", "2026-01", "2026-04"])
async def test_figures_are_compared_in_the_words_of_each_version(
    house: House, api: httpx.AsyncClient, version: str
) -> None:
    simulator = simulated("shopify", api_version=version)
    async with connected(
        house, api, "shopify", simulator, settings={"api_version": version}
    ) as both:
        simulator.shop.before_write = lambda: simulator.shop.sell((both.shop.sku, 1))
        await both.shop.receive(both.shop.sku, 4)
        await both.settle()
        assert simulator.shop.figure(both.shop.sku) == 23
        await assert_both_agree(both)


async def test_an_order_that_is_longer_than_a_page_is_read_whole(
    house: House, api: httpx.AsyncClient
) -> None:
    async with connected(house, api, "shopify", skus=12) as both:
        both.simulator.deliveries.address = None
        theirs = both.simulator.shop
        sale = theirs.sell(*((sku, 5) for sku in both.shop.skus))
        theirs.ship(sale.id)
        for sku in both.shop.skus[:5]:
            theirs.refund(sale.id, sku, 2)
        await both.settle()
        (order,) = await both.orders()
        assert len(order.lines) == 12
        # What was struck off before it was heard of is never booked.
        assert [line.quantity for line in order.lines].count(3) == 5
        assert all(line.shipped == line.quantity for line in order.lines)
        await assert_both_agree(both)


async def test_queries_wait_until_there_are_points_for_them(
    house: House, api: httpx.AsyncClient
) -> None:
    simulator = simulated("shopify", points_a_second=2_000.0)
    async with connected(house, api, "shopify", simulator) as both:
        for _ in range(4):
            await both.settle()
        await assert_both_agree(both)


async def test_a_check_tells_the_account_and_what_is_missing(
    house: House, api: httpx.AsyncClient
) -> None:
    async with connected(house, api, "shopify") as both:
        standing = await check_connection(context=both.context, connection_id=both.connection.id)
        assert (standing.account, standing.missing) == (
            "Simulated shop (simulated.myshopify.com)",
            (),
        )


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-shopify-hmac-sha256", "AAAA"),
        ("x-shopify-hmac-sha256", ""),
        ("x-shopify-shop-domain", "other.myshopify.com"),
        ("x-shopify-webhook-id", ""),
    ],
)
async def test_a_webhook_without_its_proof_is_not_taken(
    house: House, api: httpx.AsyncClient, header: str, value: str
) -> None:
    async with connected(house, api, "shopify") as both:
        body = b'{"id": 1}'
        key = SECRETS["shopify"]["client_secret"].encode()
        signature = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
        headers = {
            "x-shopify-topic": "orders/create",
            "x-shopify-hmac-sha256": signature,
            "x-shopify-shop-domain": "simulated.myshopify.com",
            "x-shopify-webhook-id": "7f1c",
        }
        inbox = f"/api/v1/connections/{both.connection.id}/inbox"
        refused = await api.post(inbox, content=body, headers={**headers, header: value})
        assert refused.status_code == 401
        assert refused.json()["type"] == "/problems/delivery-not-genuine"
        taken = await api.post(inbox, content=body, headers=headers)
        again = await api.post(inbox, content=body, headers=headers)
        assert (taken.json(), again.json()) == ({"repeated": False}, {"repeated": True})
