"""GraphQL over HTTP: nested questions in few statements, permissions, problems, pages, limits."""

import datetime
import itertools
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from graphql import build_client_schema, get_introspection_query, print_schema
from graphql_questions import answered, data_of, problem_types

from houses import Shop
from rackhouse.api.app import build_app
from rackhouse.api.graphql import schema_text
from rackhouse.catalog import create_product
from rackhouse.identity import mint_token
from rackhouse.inventory import Line, LotFacts, PromiseTerms, open_promise, place_hold, register_lot
from rackhouse.inventory import receive_stock as receive
from rackhouse.modules import modules_named
from rackhouse.orders import place_order
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.house import House

OpenShop = Callable[..., Awaitable[Shop]]
fresh = itertools.count(1)

NESTED = """
query Wall($tag: String, $channel: ID, $first: Int!) {
  products(first: $first, tag: $tag) {
    nodes {
      id name
      variants(first: 2) {
        sku
        availability(channel: $channel) {
          available
          locations { onHand available location { id name kind } }
        }
        lots(first: 2) {
          nodes { lot status units(first: 3) { nodes { number state location { name } } } }
        }
      }
    }
  }
  orders(first: 20, channel: $channel) {
    nodes { id status lines { sku variant { product { name } } } hold { id allocations { sku } } }
  }
  holds(first: 20, channel: $channel) {
    nodes { id order { id } lines { variant { sku } } }
  }
}
"""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each statement was sent since, but for those that no question is asked by: the
    process looks for new events, for its signing keys and whether to search anew by itself."""
    sent: Counter[str] = Counter()
    execute = Transaction._execute

    async def counted(self: Transaction, statement: Any, parameters: Any) -> Any:
        if not re.search(r"\.(event|signing_key|wish)\b", statement):
            sent[" ".join(statement.split())[:100]] += 1
        return await execute(self, statement, parameters)

    monkeypatch.setattr(Transaction, "_execute", counted)
    return sent


async def wall_of(shop: Shop, count: int) -> str:
    """So many products with two SKUs each, stock and numbered lots; says their tag."""
    tag = f"wall-{shop.channel}-{next(fresh)}"
    for index in range(count):
        skus = [f"{tag}-{index}-{size}" for size in ("70", "100")]
        draft = {
            "id": f"{tag}-{index}",
            "type": "goods",
            "name": f"Bottle {index:03}",
            "tags": [tag],
            "variants": [{"sku": sku, "options": {"size": sku[-3:]}} for sku in skus],
        }
        await create_product(context=shop.context, draft=draft)
        for sku in skus:
            await register_lot(context=shop.context, sku=sku, lot="L1", facts=LotFacts(numbered=9))
        lines = [Line(sku, 2, "L1", (1, 2)) for sku in skus]
        await receive(context=shop.context, location=shop.location, lines=lines, reference=None)
        ordered = [Line(skus[0], 1)]
        await place_order(
            context=shop.context,
            channel=shop.channel,
            lines=ordered,
            hold_id=None,
            customer_id=None,
            external_id=None,
            ttl_seconds=600,
            complete="reserve",
        )
    return tag


async def test_a_nested_question_takes_no_more_statements_for_50_products_than_for_2(
    api: httpx.AsyncClient, open_shop: OpenShop, statements: Counter[str]
) -> None:
    taken = []
    for count in (2, 50):
        shop = await open_shop()
        tag = await wall_of(shop, count)
        statements.clear()
        data = await data_of(api, NESTED, tag=tag, channel=shop.channel, first=50)
        taken.append(dict(statements))
        nodes = data["products"]["nodes"]
        assert len(nodes) == count
        assert nodes[-1]["variants"][0]["availability"]["available"] == 1
        lot = nodes[-1]["variants"][0]["lots"]["nodes"][0]
        assert [unit["state"] for unit in lot["units"]["nodes"]] == ["HELD", "IN_STOCK"]
        assert lot["units"]["nodes"][0]["location"]["name"] == shop.location
        order = data["orders"]["nodes"][0]
        assert order["lines"][0]["variant"]["product"]["name"] == f"Bottle {count - 1:03}"
        assert len(order["hold"]["allocations"]) == 1
        assert data["holds"]["nodes"][0]["order"]["id"]
    # A kind of thing that is asked for at two places may come in one statement or in two.
    assert taken[0].keys() == taken[1].keys()
    assert max(taken[1].values()) <= 3
    assert sum(taken[1].values()) < 30


async def test_a_bundle_says_what_it_takes(
    api: httpx.AsyncClient, open_shop: OpenShop, context: Context
) -> None:
    shop = await open_shop(units=6, skus=1)
    bundle = f"{shop.sku}-box"
    draft = {
        "type": "goods",
        "name": "Box of three",
        "price_minor": 3000,
        "currency": "EUR",
        "variants": [{"sku": bundle, "components": [{"sku": shop.sku, "quantity": 3}]}],
    }
    await create_product(context=context, draft=draft)
    query = """query ($sku: ID!) { variant(sku: $sku) { isBundle priceMinor
      components { quantity variant { sku availability { onHand } } }
      availability { available } } }"""
    data = await data_of(api, query, sku=bundle)
    assert data["variant"] == {
        "isBundle": True,
        "priceMinor": 3000,
        "components": [
            {"quantity": 3, "variant": {"sku": shop.sku, "availability": {"onHand": 6}}}
        ],
        "availability": {"available": 2},
    }


async def test_what_is_promised_is_told(api: httpx.AsyncClient, open_shop: OpenShop) -> None:
    shop = await open_shop()
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=9)
    await open_promise(
        context=shop.context,
        sku=shop.sku,
        terms=PromiseTerms(kind="pre_order", cap=7, promised_at=at),
    )
    query = "query ($sku: ID!) { variant(sku: $sku) { availability { promised promisedAt } } }"
    data = await data_of(api, query, sku=shop.sku)
    assert data["variant"]["availability"]["promised"] == 7


async def order_in(shop: Shop, customer_id: str | None = None) -> str:
    order = await place_order(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, 1)],
        hold_id=None,
        customer_id=customer_id,
        external_id=None,
        ttl_seconds=600,
        complete="reserve",
    )
    return order.id


async def test_a_customer_sees_their_own_orders_only(
    api: httpx.AsyncClient, open_shop: OpenShop, house: House
) -> None:
    shop = await open_shop(units=5)
    mine, other = f"mine-{shop.channel}", f"other-{shop.channel}"
    own, foreign = await order_in(shop, mine), await order_in(shop, other)
    token = await mint_token(house=house, roles=["customer"], subject="c", customer_id=mine)
    query = """query ($own: ID!, $foreign: ID!, $other: ID!) { orders { nodes { id } }
      own: order(id: $own) { id } foreign: order(id: $foreign) { id }
      asked: orders(customerId: $other) { nodes { id } } }"""
    told = await answered(api, query, token, own=own, foreign=foreign, other=other)
    assert told["data"] == {
        "orders": {"nodes": [{"id": own}]},
        "own": {"id": own},
        "foreign": None,
        "asked": {"nodes": []},
    }
    assert problem_types(told) == ["order-not-found"]
    assert told["errors"][0]["path"] == ["foreign"]
    assert told["errors"][0]["extensions"]["status"] == 404


async def test_a_customer_is_refused_field_by_field_what_they_may_not_read(
    api: httpx.AsyncClient, open_shop: OpenShop, house: House
) -> None:
    shop = await open_shop(units=5)
    order = await order_in(shop, f"customer-{shop.channel}")
    token = await mint_token(
        house=house, roles=["customer"], subject="c", customer_id=f"customer-{shop.channel}"
    )
    query = """query ($order: ID!) { stock { nodes { sku } } holds { nodes { id } }
      order(id: $order) { id hold { id } lines { variant { sku availability { onHand } } } } }"""
    told = await answered(api, query, token, order=order)
    assert told["data"] == {
        "stock": None,
        "holds": None,
        "order": {
            "id": order,
            "hold": None,
            "lines": [{"variant": {"sku": shop.sku, "availability": None}}],
        },
    }
    assert set(problem_types(told)) == {"permission-missing"}
    needed = {each["extensions"]["permission"] for each in told["errors"]}
    assert needed == {"inventory:read", "holds:read"}


async def test_a_caller_bound_to_a_channel_reaches_that_one_only(
    api: httpx.AsyncClient, open_shop: OpenShop, house: House
) -> None:
    own, other = await open_shop(units=5), await open_shop(units=5)
    foreign = await order_in(other)
    hold = await place_hold(
        context=other.context, channel=other.channel, lines=[Line(other.sku, 1)], ttl_seconds=60
    )
    token = await mint_token(house=house, roles=["channel"], subject="till", channel=own.channel)
    query = """query ($other: ID!, $sku: ID!, $order: ID!, $hold: ID!) {
      order(id: $order) { id } hold(id: $hold) { id }
      orders { nodes { channel } } holds(channel: $other) { nodes { id } }
      variant(sku: $sku) { availability(channel: $other) { available } } }"""
    told = await answered(
        api, query, token, other=other.channel, sku=other.sku, order=foreign, hold=hold.id
    )
    assert told["data"] == {
        "order": None,
        "hold": None,
        "orders": {"nodes": []},
        "holds": {"nodes": []},
        "variant": {"availability": None},
    }
    assert sorted(problem_types(told)) == ["order-not-found", "other-channel", "other-channel"]


async def test_without_a_token_nothing_is_answered(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.post("/graphql", json={"query": "{ __typename }"})
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/token-missing")


async def test_a_list_goes_on_where_its_last_page_ended(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    orders = [await order_in(shop) for _ in range(5)]
    query = """query ($channel: ID!, $after: String) {
      orders(channel: $channel, first: 2, after: $after) {
        edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } }
      holds(channel: $channel, first: 2) { pageInfo { hasNextPage endCursor } nodes { id } } }"""
    found, after, pages = [], None, 0
    while True:
        page = (await data_of(api, query, channel=shop.channel, after=after))["orders"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        found += [edge["node"]["id"] for edge in page["edges"]]
        pages += 1
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        assert after == page["edges"][-1]["cursor"]
    assert (found, pages) == (orders[::-1], 3)


async def test_running_holds_are_paged_in_the_order_of_their_ends(
    api: httpx.AsyncClient, open_shop: OpenShop
) -> None:
    shop = await open_shop(units=9)
    holds = [
        await place_hold(
            context=shop.context,
            channel=shop.channel,
            lines=[Line(shop.sku, 1)],
            ttl_seconds=seconds,
        )
        for seconds in (300, 100, 200)
    ]
    wanted = [each.id for each in sorted(holds, key=lambda hold: hold.expires_at)]
    query = """query ($channel: ID!, $sku: ID!, $after: String) {
      holds(channel: $channel, sku: $sku, first: 1, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } }"""
    found, after = [], None
    for _ in wanted:
        page = (await data_of(api, query, channel=shop.channel, sku=shop.sku, after=after))["holds"]
        found += [each["id"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert found == wanted
    assert page["pageInfo"]["hasNextPage"] is False


async def test_the_schema_can_be_asked_for(api: httpx.AsyncClient) -> None:
    answer = await answered(api, get_introspection_query())
    asked = print_schema(build_client_schema(answer["data"]))
    assert "type Product {" in asked
    assert "type Product {" in schema_text()


async def test_a_process_without_the_modules_that_it_asks_does_not_serve_it(house: House) -> None:
    some = House(house.settings, modules_named(["identity", "channels", "inventory"]))
    transport = httpx.ASGITransport(build_app(some))
    async with httpx.AsyncClient(transport=transport, base_url="http://some.test") as client:
        answer = await client.post("/graphql", json={"query": "{ __typename }"})
        assert answer.status_code == 404
        assert "/graphql" not in (await client.get("/openapi.json")).json()["paths"]
