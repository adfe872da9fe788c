"""What every transport tells: what was asked for, to those who may hear it, and nothing else."""

from typing import Any

import pytest
from following import Follow, buy, until, until_live
from shops import Mirror, Shop
from stream_clients import Refused

from rackhouse.orders import cancel_order
from rackhouse.platform.context import Context


async def test_a_stream_without_a_snapshot_begins_with_what_comes(
    follow: Follow, token: str, shop: Shop
) -> None:
    client = await follow(token, sku=shop.skus[0], snapshot="false")
    assert {message["type"] for message in await until_live(client)} <= {"heartbeat", "live"}
    await shop.receive(shop.skus[0], location=shop.locations[0], pieces=5)
    while (message := await until(client, "StockReceived"))["sequence"] == 1:
        continue  # committed before and heard only now, as other transactions were still open
    assert message["data"] == {"quantity": 5, "reference": None}
    assert (message["sku"], message["location"]) == (shop.skus[0], shop.locations[0])
    assert (message["sequence"], message["on_hand"], message["available"]) == (2, 25, 25)
    assert "actor" not in message


async def test_filters_narrow_each_other_and_their_values_are_alternatives(
    follow: Follow, token: str, shop: Shop
) -> None:
    wanted = ",".join(shop.skus[:2])
    client = await follow(token, sku=wanted, location=shop.locations[0], type="StockReceived")
    rows = [row for message in await until_live(client) for row in message.get("stock", ())]
    assert sorted(row["stream"] for row in rows) == sorted(
        f"{sku}@{shop.locations[0]}" for sku in shop.skus[:2]
    )
    await shop.count(shop.skus[0], shop.locations[0], times=1)
    await shop.receive(shop.skus[2], location=shop.locations[0])
    await shop.receive(shop.skus[0], location=shop.locations[1])
    await shop.receive(shop.skus[1], location=shop.locations[0])
    message = await until(client, "StockReceived")
    assert message["stream"] == f"{shop.skus[1]}@{shop.locations[0]}"


async def test_a_location_is_followed_with_all_its_stock(
    follow: Follow, token: str, shop: Shop
) -> None:
    client = await follow(token, location=shop.locations[1])
    rows = [row for message in await until_live(client) for row in message.get("stock", ())]
    assert sorted(row["sku"] for row in rows) == sorted(shop.skus)
    await shop.receive(shop.skus[1], location=shop.locations[0])
    await shop.receive(shop.skus[1], location=shop.locations[1])
    assert (await until(client, "StockReceived"))["location"] == shop.locations[1]


async def test_a_sku_that_a_product_gets_is_followed_with_what_there_is_of_it(
    follow: Follow, token: str, shop: Shop
) -> None:
    client = await follow(token, product=shop.product)
    cursor = (await until_live(client))[-1]["cursor"]
    sku = await shop.add_sku()
    changed = await until(client, "ProductChanged")
    assert sku in changed["data"]["skus"]
    await shop.receive(sku, location=shop.locations[0], pieces=4)
    while (message := await client.next())["type"] != "StockReceived":
        assert message["type"] in ("snapshot", "heartbeat")
    assert (message["sku"], message["on_hand"]) == (sku, 4)
    await client.close()
    again = await follow(token, product=shop.product, cursor=cursor)
    mirror = Mirror()
    for message in await until_live(again):
        mirror.take(message)
    assert mirror.figures == await shop.figures()


async def test_a_channel_is_followed_with_its_orders_and_the_stock_it_sells_from(
    follow: Follow, token: str, shop: Shop, context: Context
) -> None:
    client = await follow(token, channel=shop.channels[0])
    rows = [row for message in await until_live(client) for row in message.get("stock", ())]
    assert {row["location"] for row in rows} == {shop.locations[0]}
    await buy(context, shop, 1)
    own = await buy(context, shop, 0)
    heard = [await client.next(), await client.next()]
    while heard[-1]["type"] != "OrderPlaced":
        heard.append(await client.next())
    assert heard[-1]["stream"] == own
    assert {each["channel"] for each in heard if "channel" in each} == {shop.channels[0]}


async def test_who_acts_for_a_channel_hears_that_channel_only(
    follow: Follow, make_token: Any, shop: Shop, context: Context
) -> None:
    bound = await make_token("channel", channel=shop.channels[0])
    with pytest.raises(Refused) as refused:
        await follow(bound, channel=shop.channels[1])
    assert (refused.value.status, refused.value.problem["type"]) == (403, "/problems/other-channel")
    client = await follow(bound)
    rows = [row for message in await until_live(client) for row in message.get("stock", ())]
    assert {row["location"] for row in rows} == {shop.locations[0]}
    await buy(context, shop, 1)
    await shop.receive(shop.skus[0], location=shop.locations[1])
    own = await buy(context, shop, 0)
    assert (await until(client, "OrderPlaced"))["stream"] == own


async def test_a_customer_hears_of_stock_and_of_their_own_orders_only(
    follow: Follow, make_token: Any, shop: Shop, context: Context
) -> None:
    bound = await make_token("auditor", customer_id="ada")
    client = await follow(bound, sku=shop.skus[0])
    await until_live(client)
    await buy(context, shop, 0, customer_id="grace")
    own = await buy(context, shop, 0, customer_id="ada")
    placed = await until(client, "OrderPlaced")
    assert (placed["stream"], placed["data"]["customer_id"]) == (own, "ada")


async def test_an_order_is_told_of_with_its_state(
    follow: Follow, token: str, shop: Shop, context: Context
) -> None:
    client = await follow(token, channel=shop.channels[0], type="OrderCancelled")
    assert {message["type"] for message in await until_live(client)} <= {"heartbeat", "live"}
    stream = await buy(context, shop, 0)
    order_id = stream.removeprefix("order:")
    await cancel_order(context=context, order_id=order_id, reason="changed mind")
    cancelled = await until(client, "OrderCancelled")
    assert (cancelled["stream"], cancelled["sequence"]) == (stream, 2)
    assert cancelled["data"]["status"] == "cancelled"


@pytest.mark.parametrize(
    ("asked", "status", "refusal"),
    [
        ({"type": "BottleDropped"}, 422, "event-type-unknown"),
        ({"sku": ""}, 422, "malformed-request"),
        ({"product": "no-such-product"}, 404, "product-not-found"),
        ({"channel": "no-such-channel"}, 404, "channel-not-found"),
    ],
)
async def test_a_filter_that_means_nothing_is_refused(
    follow: Follow, token: str, asked: dict[str, str], status: int, refusal: str
) -> None:
    with pytest.raises(Refused) as refused:
        await follow(token, **asked)
    assert (refused.value.status, refused.value.problem["type"]) == (status, f"/problems/{refusal}")


async def test_a_forged_token_is_refused(follow: Follow) -> None:
    with pytest.raises(Refused) as refused:
        await follow("forged")
    assert (refused.value.status, refused.value.problem["type"]) == (401, "/problems/invalid-token")


async def test_a_stream_needs_its_permission(follow: Follow, make_token: Any) -> None:
    customer = await make_token("customer", customer_id="ada")
    with pytest.raises(Refused) as refused:
        await follow(customer)
    assert refused.value.status == 403
    assert refused.value.problem["permission"] == "stream:read"
