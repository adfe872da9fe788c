"""What is WooCommerce's own: variations, stock that is not counted, refunds without their lines,
webhooks that are not repeated, and figures that can not be compared."""

import base64
import datetime
import hashlib
import hmac
from typing import Any

import httpx
import msgspec
import pytest
from connected import SECRETS, assert_both_agree, connected, simulated

from rackhouse.connectors import ChannelNotReached, RemoteSale, check_connection, poll_connection
from rackhouse.connectors.rules import joined, known_of
from rackhouse.connectors.woocommerce.told import OrderTold, RefundTold, sale_of
from rackhouse.platform.house import House
from rackhouse.simulators.serving import Said

KEYS = SECRETS["woocommerce"]


def signed(body: bytes) -> str:
    key = KEYS["webhook_secret"].encode()
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


async def test_products_and_variations_are_learnt_and_set_by_pages(
    house: House, api: httpx.AsyncClient
) -> None:
    simulator = simulated("woocommerce", page_limit=2)
    async with connected(house, api, "woocommerce", simulator, skus=7) as both:
        sale = simulator.shop.sell(*((sku, 2) for sku in both.shop.skus))
        for sku in both.shop.skus[:3]:
            simulator.shop.refund(sale.id, sku, 1)
        await both.deliver()
        simulator.deliveries.address = None
        for sku in both.shop.skus:
            simulator.shop.sell((sku, 1))
        await both.settle()
        assert len(await both.orders()) == 8
        await assert_both_agree(both)


async def test_stock_that_is_not_counted_is_counted_from_then_on(
    house: House, api: httpx.AsyncClient
) -> None:
    async with connected(house, api, "woocommerce") as both:
        simulator: Any = both.simulator
        simulator.uncounted.update(both.shop.skus)
        await both.settle()
        assert simulator.uncounted == set()
        await assert_both_agree(both)


@pytest.mark.parametrize("write_as", ["difference", "figure"])
async def test_only_a_difference_leaves_alone_what_is_sold_in_between(
    house: House, api: httpx.AsyncClient, write_as: str
) -> None:
    async with connected(
        house, api, "woocommerce", units=5, skus=1, settings={"write_as": write_as}
    ) as both:
        theirs = both.simulator.shop
        theirs.before_write = lambda: theirs.sell((both.shop.sku, 5))
        await both.shop.receive(both.shop.sku, 3)
        both.simulator.deliveries.address = None
        await both.tend_figures_once()
        # Of 8 it has sold 5. Whoever writes the figure itself, offers them once more.
        assert theirs.figure(both.shop.sku) == (3 if write_as == "difference" else 8)
        await both.settle()
        await assert_both_agree(both)


async def test_an_order_that_was_deleted_is_off(house: House, api: httpx.AsyncClient) -> None:
    async with connected(house, api, "woocommerce") as both:
        simulator: Any = both.simulator
        sale = simulator.shop.sell((both.shop.sku, 2))
        await both.settle()
        simulator.delete(sale.id)
        await both.settle()
        (order,) = await both.orders()
        assert order.status == "cancelled"
        assert await both.available(both.shop.sku) == simulator.shop.figure(both.shop.sku) == 20


def test_orders_that_wait_for_payment_are_not_sales_yet() -> None:
    def order(status: str, **facts: Any) -> OrderTold:
        line = {"id": 5, "quantity": 2, "product_id": 9}
        told = {"id": 1, "status": status, "line_items": [line], **facts}
        return msgspec.convert(told, OrderTold)

    wanted = {
        "pending": (False, False, 0),
        "checkout-draft": (False, False, 0),
        "failed": (False, False, 0),
        "on-hold": (True, False, 0),
        "processing": (True, False, 0),
        "our-own-status": (True, False, 0),
        "completed": (True, False, 2),
        "cancelled": (True, True, 0),
        "trash": (True, True, 0),
    }
    for status, said in wanted.items():
        sale = sale_of(order(status), [])
        assert (sale.counts, sale.cancelled, sale.lines[0].shipped) == said


def told(restocked: int, *refunds: int, done: str | None = None) -> RemoteSale:
    """An order with one line of 5 pieces, after refunds of some of it."""
    line = {
        "id": 5,
        "quantity": 5,
        "product_id": 9,
        "meta_data": [{"key": "_restock_refunded_items", "value": str(restocked)}],
    }
    order = {"id": 1, "status": "processing", "line_items": [line], "date_completed_gmt": done}
    order["refunds"] = [{"id": 70 + index} for index, _ in enumerate(refunds)]
    details = [
        {
            "id": 70 + index,
            "date_created_gmt": f"2026-11-0{index + 1}T10:00:00",
            "line_items": [
                {
                    "id": 90,
                    "quantity": -quantity,
                    "meta_data": [{"key": "_refunded_item_id", "value": "5"}],
                }
            ],
        }
        for index, quantity in enumerate(refunds)
    ]
    return sale_of(msgspec.convert(order, OrderTold), msgspec.convert(details, list[RefundTold]))


@pytest.mark.parametrize("counts", [(0, 1), (1, 1), (1, 3), (0, 3), (3, 3)])
def test_pieces_that_went_back_on_the_shelf_are_the_same_whenever_they_are_told(
    counts: tuple[int, int],
) -> None:
    """First one piece is refunded, then two more; with some of them restocked each time."""
    first, then = counts
    earlier, later = told(first, 1), told(then, 1, 2)
    one = joined(known_of(earlier), known_of(later))
    other = joined(known_of(later), known_of(earlier))
    for known in (one, other):
        restocked = sum(each.quantity for each in known.refunds if each.restocked)
        assert restocked == then


def test_a_refund_after_the_order_was_completed_comes_back_from_the_buyer() -> None:
    done = "2026-11-01T12:00:00"
    assert [each.left for each in told(2, 1, 1, done=done).refunds] == [False, True]
    assert told(0, 1).refunds[0].at == datetime.datetime(2026, 11, 1, 10, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-wc-webhook-signature", "AAAA"),
        ("x-wc-webhook-signature", ""),
        ("x-wc-webhook-delivery-id", ""),
    ],
)
async def test_a_webhook_without_its_proof_is_not_taken(
    house: House, api: httpx.AsyncClient, header: str, value: str
) -> None:
    async with connected(house, api, "woocommerce") as both:
        body = b'{"id": 1}'
        headers = {
            "x-wc-webhook-topic": "product.updated",
            "x-wc-webhook-signature": signed(body),
            "x-wc-webhook-delivery-id": "7f1c",
        }
        inbox = f"/api/v1/connections/{both.connection.id}/inbox"
        refused = await api.post(inbox, content=body, headers={**headers, header: value})
        assert refused.status_code == 401
        changed = await api.post(inbox, content=body + b" ", headers=headers)
        assert changed.status_code == 401
        taken = await api.post(inbox, content=body, headers=headers)
        again = await api.post(inbox, content=body, headers=headers)
        assert (taken.json(), again.json()) == ({"repeated": False}, {"repeated": True})


async def test_what_is_sent_when_a_webhook_is_saved_is_taken_and_means_nothing(
    house: House, api: httpx.AsyncClient
) -> None:
    async with connected(house, api, "woocommerce") as both:
        simulator: Any = both.simulator
        simulator.ping()
        assert await both.deliver() == 1
        await both.tend()
        assert await both.troubles() == []
        inbox = f"/api/v1/connections/{both.connection.id}/inbox"
        longer = await api.post(inbox, content=b"webhook_id=7&order=1")
        assert longer.status_code == 401


async def test_a_key_that_is_told_back_is_not_repeated(
    house: House, api: httpx.AsyncClient
) -> None:
    async with connected(house, api, "woocommerce") as both:
        for status in (401, 403, 500):
            both.simulator.answer = (  # type: ignore[method-assign]
                lambda asked, status=status: Said(status=status, body=dict(asked.headers))
            )
            with pytest.raises(ChannelNotReached) as refused:
                await check_connection(context=both.context, connection_id=both.connection.id)
            pair = f"{KEYS['consumer_key']}:{KEYS['consumer_secret']}".encode()
            message = str(refused.value)
            assert "[secret]" in message
            for secret in (*KEYS.values(), base64.b64encode(pair).decode()):
                assert secret not in message


async def test_a_host_that_takes_headers_away_is_told(house: House, api: httpx.AsyncClient) -> None:
    async with connected(house, api, "woocommerce") as both:
        both.simulator.answer = lambda _: Said(body=[])  # type: ignore[method-assign]
        with pytest.raises(ChannelNotReached, match="X-WP-TotalPages"):
            await poll_connection(context=both.context, connection_id=both.connection.id)
