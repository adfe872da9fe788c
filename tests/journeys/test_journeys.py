"""Journeys from one end of the house to the other, over HTTP and nothing else."""

from typing import Any

from towns import Town, fresh


async def test_what_a_channel_holds_becomes_an_order_and_comes_back_in_part(town: Town) -> None:
    small, large = fresh("S"), fresh("L")
    await town.product(variants=[{"sku": small, "options": {"size": "small"}}, {"sku": large}])
    cellar, shop = await town.location(), await town.location("shop")
    await town.receive(cellar, **{small: 3, large: 1})
    await town.receive(shop, **{small: 2})
    web, other = await town.channel(cellar, shop), await town.channel(shop)

    wanted = [{"sku": small, "quantity": 4}, {"sku": large, "quantity": 1}]
    hold = await web.post("holds", channel=web.channel, lines=wanted, ttl_seconds=600)
    assert await web.levels(small) == {cellar: (3, 3, 0), shop: (2, 1, 0)}
    late = await other.post(
        "holds", status=409, channel=other.channel, lines=[wanted[0]], ttl_seconds=60
    )
    assert late["type"] == "/problems/not-enough-stock"

    order = await web.post("orders", channel=web.channel, hold_id=hold["id"], customer_id="ada")
    assert (order["status"], order["hold_id"]) == ("pending", hold["id"])
    assert order["total_minor"] == 5 * 4200
    path = f"orders/{order['id']}"
    assert (await web.post(f"{path}/confirm", status=200))["status"] == "confirmed"
    assert await web.levels(small) == {cellar: (3, 0, 3), shop: (2, 0, 1)}

    part = [{"sku": small, "quantity": 2}]
    shipped = await web.post(f"{path}/ship", status=200, lines=part)
    assert (shipped["status"], shipped["lines"][0]["shipped"]) == ("confirmed", 2)
    assert (await web.post(f"{path}/ship", status=200))["status"] == "shipped"
    assert (await web.post(f"{path}/deliver", status=200))["status"] == "delivered"
    assert await web.levels(small) == {cellar: (0, 0, 0), shop: (1, 0, 0)}

    back = await web.post(f"{path}/return", status=200, lines=part, reason="too small")
    assert (back["status"], back["lines"][0]["returned"]) == ("delivered", 2)
    levels = await web.levels(small)
    assert sum(on_hand for on_hand, _, _ in levels.values()) == 3
    assert await web.explained(small) == levels
    assert await web.explained(large) == await web.levels(large) == {cellar: (0, 0, 0)}
    assert (await town.operator.get(path))["version"] == 6
    assert (await town.audit()).discrepancies == []


async def test_a_sale_that_a_till_reports_twice_is_one_sale(town: Town) -> None:
    sku, number = fresh("T"), fresh("receipt")
    await town.product(variants=[{"sku": sku}])
    shop = await town.location("shop")
    await town.receive(shop, **{sku: 2})
    till = await town.channel(shop, kind="pos")
    sale: dict[str, Any] = {
        "channel": till.channel,
        "external_id": number,
        "complete": "hand_over",
        "lines": [{"sku": sku, "quantity": 1}],
    }
    first = await till.post("orders", **sale)
    again = await till.post("orders", **sale)
    assert (first["status"], again) == ("delivered", first)
    assert await till.levels(sku) == await till.explained(sku) == {shop: (1, 0, 0)}
    listed = await till.get("orders", external_id=number)
    assert [each["id"] for each in listed["items"]] == [first["id"]]
    other_lines: dict[str, Any] = {**sale, "lines": [{"sku": sku, "quantity": 2}]}
    refused = await till.post("orders", status=409, **other_lines)
    assert refused["type"] == "/problems/external-id-reused"
    assert (await town.audit()).discrepancies == []


async def test_a_request_sent_twice_under_one_key_is_carried_out_once(town: Town) -> None:
    sku, key = fresh("K"), fresh("key")
    await town.product(variants=[{"sku": sku}])
    place = await town.location()
    await town.receive(place, **{sku: 5})
    web = await town.channel(place)
    asked: dict[str, Any] = {"channel": web.channel, "lines": [{"sku": sku, "quantity": 2}]}
    order = await web.post("orders", key=key, complete="confirm", **asked)
    assert await web.post("orders", key=key, complete="confirm", **asked) == order
    part: dict[str, Any] = {"lines": [{"sku": sku, "quantity": 1}]}
    path = f"orders/{order['id']}/ship"
    shipped = await web.post(path, status=200, key=f"{key}-ship", **part)
    assert await web.post(path, status=200, key=f"{key}-ship", **part) == shipped
    assert await web.levels(sku) == await web.explained(sku) == {place: (4, 0, 1)}
    reused = await web.post("orders", status=422, key=key, complete="reserve", **asked)
    assert reused["type"] == "/problems/key-reused"


async def test_a_bundle_holds_what_it_is_made_of(town: Town) -> None:
    bottle, glass, gift = fresh("B"), fresh("G"), fresh("SET")
    await town.product(variants=[{"sku": bottle}])
    await town.product(variants=[{"sku": glass}])
    made_of: list[Any] = [{"sku": bottle, "quantity": 1}, {"sku": glass, "quantity": 2}]
    await town.product("bundle", variants=[{"sku": gift, "components": made_of}])
    place = await town.location()
    await town.receive(place, **{bottle: 5, glass: 5})
    web = await town.channel(place)
    (found,) = (await web.get(f"inventory/{gift}"))["skus"]
    assert found["available"] == 2

    order = await web.post("orders", channel=web.channel, lines=[{"sku": gift, "quantity": 2}])
    assert await web.levels(bottle) == {place: (5, 2, 0)}
    assert await web.levels(glass) == {place: (5, 4, 0)}
    none_left = await web.post(
        "orders", status=409, channel=web.channel, lines=[{"sku": gift, "quantity": 1}]
    )
    assert none_left["type"] == "/problems/not-enough-stock"
    cancelled = await web.post(f"orders/{order['id']}/cancel", status=200, reason="thought better")
    assert cancelled["status"] == "cancelled"
    for sku in (bottle, glass):
        assert await web.levels(sku) == await web.explained(sku) == {place: (5, 0, 0)}
    assert (await town.audit()).discrepancies == []


async def test_a_stream_begins_with_what_the_inventory_says(town: Town) -> None:
    one, two = fresh("X"), fresh("Y")
    product = await town.product(variants=[{"sku": one, "name": "one"}, {"sku": two}])
    places = [await town.location(), await town.location("shop")]
    for place in places:
        await town.receive(place, **{one: 4, two: 2})
    web = await town.channel(*places)
    lines = [{"sku": one, "quantity": 5}, {"sku": two, "quantity": 1}]
    await web.post("orders", channel=web.channel, lines=lines, complete="confirm")
    await web.post("holds", channel=web.channel, lines=[lines[1]], ttl_seconds=600)
    told = {
        (row["sku"], row["location"], row["sequence"]): (
            row["on_hand"],
            row["held"],
            row["committed"],
        )
        for row in await web.snapshot(product=product)
    }
    said = {
        (sku["sku"], at["location"], at["version"]): (at["on_hand"], at["held"], at["committed"])
        for sku in (await web.get(f"inventory/{product}"))["skus"]
        for at in sku["locations"]
    }
    assert told == said
    assert len(told) == 4
    assert (await town.audit()).discrepancies == []
