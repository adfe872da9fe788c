"""What every request may count on: retries, limits, clear problems, and paths."""

import asyncio
import uuid

import httpx
import msgspec
import pytest

from houses import Shop
from rackhouse.identity import mint_token
from rackhouse.platform.house import House
from serving import served


def hold(shop: Shop, quantity: int = 1) -> dict[str, object]:
    lines = [{"sku": shop.sku, "quantity": quantity}]
    return {"channel": shop.channel, "lines": lines, "ttl_seconds": 600}


def key() -> dict[str, str]:
    return {"idempotency-key": str(uuid.uuid4())}


async def test_a_retry_is_answered_with_the_same_status_and_body(
    api: httpx.AsyncClient, open_shop
) -> None:
    shop = await open_shop(units=1)
    granted, refused = key(), key()
    first = await api.post("/api/v1/holds", json=hold(shop), headers=granted)
    no = await api.post("/api/v1/holds", json=hold(shop), headers=refused)
    assert (first.status_code, no.status_code) == (201, 409)
    await api.delete(f"/api/v1/holds/{first.json()['id']}")
    for answer, headers in ((first, granted), (no, refused)):
        again = await api.post("/api/v1/holds", json=hold(shop), headers=headers)
        assert (again.status_code, again.content) == (answer.status_code, answer.content)
        assert again.headers["content-type"] == answer.headers["content-type"]
        assert again.headers["idempotency-replayed"] == "true"


async def test_a_key_is_good_for_one_request_only(api: httpx.AsyncClient, open_shop) -> None:
    shop = await open_shop(units=5)
    headers = key()
    await api.post("/api/v1/holds", json=hold(shop), headers=headers)
    other = await api.post("/api/v1/holds", json=hold(shop, 2), headers=headers)
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/key-reused"


async def test_of_many_equal_requests_at_once_one_takes_stock(
    api: httpx.AsyncClient, open_shop
) -> None:
    shop = await open_shop(units=5)
    headers = key()
    answers = await asyncio.gather(
        *(api.post("/api/v1/holds", json=hold(shop), headers=headers) for _ in range(10))
    )
    statuses = {each.status_code for each in answers}
    assert statuses <= {201, 409}
    assert len({each.content for each in answers if each.status_code == 201}) == 1
    flying = [each.json()["type"] for each in answers if each.status_code == 409]
    assert set(flying) <= {"/problems/request-in-flight"}
    assert await shop.levels() == {shop.location: (5, 1, 0)}


async def test_a_shortage_says_what_was_asked_and_available(
    api: httpx.AsyncClient, open_shop
) -> None:
    shop = await open_shop(units=2)
    for path in ("/api/v1/holds", "/api/v1/orders"):
        body = hold(shop, 3)
        if path.endswith("orders"):
            del body["ttl_seconds"]
        answer = await api.post(path, json=body)
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"].endswith("/not-enough-stock")
        assert problem["lines"] == [{"sku": shop.sku, "asked": 3, "available": 2}]


async def test_inventory_has_the_promised_shape(api: httpx.AsyncClient, open_shop) -> None:
    shop = await open_shop(units=4)
    await api.post("/api/v1/holds", json=hold(shop, 3))
    for path in (shop.sku, f"product-{shop.channel.removeprefix('channel-')}"):
        found = (await api.get(f"/api/v1/inventory/{path}")).json()
        assert found == {
            "product_id": f"product-{shop.channel.removeprefix('channel-')}",
            "skus": [
                {
                    "sku": shop.sku,
                    "on_hand": 4,
                    "reserved": 3,
                    "available": 1,
                    "locations": [
                        {
                            "location": shop.location,
                            "on_hand": 4,
                            "held": 3,
                            "committed": 0,
                            "available": 1,
                            "version": 2,
                            "unavailable": 0,
                            "allotted": 0,
                            "safety": 0,
                            "incoming": 0,
                            "incoming_at": None,
                        }
                    ],
                    "promised": None,
                }
            ],
        }


async def test_a_count_may_name_the_version_that_it_saw(api: httpx.AsyncClient, open_shop) -> None:
    shop = await open_shop(units=4)
    count = {"sku": shop.sku, "location": shop.location, "counted": 3, "reason": "counted"}
    done = await api.post("/api/v1/inventory/adjust", json={**count, "expected_version": 1})
    assert (done.status_code, done.json()["on_hand"], done.json()["version"]) == (200, 3, 2)
    stale = await api.post("/api/v1/inventory/adjust", json={**count, "expected_version": 1})
    assert (stale.status_code, stale.json()["current"]) == (409, 2)
    levels = {"locations": [{"location": shop.location, "on_hand": 9}], "reason": "counted"}
    patched = await api.patch(f"/api/v1/inventory/{shop.sku}", json=levels)
    assert patched.json()["items"][0]["on_hand"] == 9


async def test_corrections_of_one_request_follow_each_other_or_none_happens(
    api: httpx.AsyncClient, open_shop
) -> None:
    shop = await open_shop(units=4)
    await api.post("/api/v1/holds", json=hold(shop, 2))

    async def count(*counts: int) -> httpx.Response:
        levels = [{"location": shop.location, "on_hand": each} for each in counts]
        body = {"locations": levels, "reason": "counted"}
        return await api.patch(f"/api/v1/inventory/{shop.sku}", json=body)

    assert [each["on_hand"] for each in (await count(9, 3)).json()["items"]] == [3, 3]
    assert (await count(5, 1)).status_code == 409
    assert await shop.levels() == {shop.location: (3, 2, 0)}


async def test_movements_page_back_to_the_first(api: httpx.AsyncClient, open_shop) -> None:
    shop = await open_shop(units=9, locations=2)
    for _ in range(4):
        await api.post("/api/v1/holds", json=hold(shop))
    seen: list[int] = []
    cursor: str | None = None
    while True:
        query = {"limit": 2} if cursor is None else {"limit": 2, "cursor": cursor}
        page = (await api.get(f"/api/v1/inventory/{shop.sku}/movements", params=query)).json()
        seen += [each["version"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b'{"channel": "web"}', "body"),
        (b'{"channel": "web", "lines": [], "ttl_seconds": 1}', "lines"),
        (b'{"channel": "web", "lines": [{"sku": "A", "quantity": 0}], "ttl_seconds": 1}', "lines"),
        (b'{"channel": "web", "lines": [{"sku": "A", "quantity": 1.5}], "ttl_seconds": 1}', "line"),
        (b'{"channel": "WEB", "lines": [{"sku": "A", "quantity": 1}], "ttl_seconds": 1}', "chann"),
        (b'{"channel": "w", "lines": [{"sku": "A", "quantity": 1}], "ttl_seconds": -1}', "ttl"),
        (b'{"channel": "w", "lines": [{"sku": "A", "quantity": 1}], "ttl_second": 1}', "body"),
        (b'{"channel": "w", "lines": [{"sku": "\xff", "quantity": 1}], "ttl_seconds": 1}', "body"),
    ],
)
async def test_rubbish_is_refused_by_field(api: httpx.AsyncClient, body: bytes, field: str) -> None:
    answer = await api.post("/api/v1/holds", content=body)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/malformed-request"
    assert answer.json()["field"].startswith(field)
    assert answer.json()["problem"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/orders?limit=0",
        "/api/v1/orders?cursor=rubbish",
        "/api/v1/orders?cursor=é",
        "/api/v1/orders?status=lost",
        "/api/v1/orders?unknown=1",
        "/api/v1/inventory?cursor=bnVsbA==",
    ],
)
async def test_a_query_that_can_not_be_read_is_refused(api: httpx.AsyncClient, path: str) -> None:
    answer = await api.get(path)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_paths_and_methods_that_do_not_exist_say_so(api: httpx.AsyncClient) -> None:
    for path in ("/api/v1/nowhere", "/api/v1/holds/", "/api/v2/holds", "/api/v1/holds//extend"):
        answer = await api.post(path, json={})
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
    answer = await api.put("/api/v1/holds", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_every_answer_carries_the_correlation_id(api: httpx.AsyncClient) -> None:
    named = await api.get("/api/v1/orders", headers={"x-correlation-id": "mine"})
    assert named.headers["x-correlation-id"] == "mine"
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    traced = await api.get(
        "/api/v1/orders", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    )
    assert traced.headers["x-correlation-id"] == trace
    assert (await api.get("/api/v1/orders")).headers["x-correlation-id"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("inventory?location=%00", "location"),
        ("holds?sku=a%00b", "sku"),
        ("inventory/%00/safety", "id"),
        ("channels/%00/allotments", "channel"),
    ],
)
async def test_a_character_that_no_name_has_is_refused_by_its_field(
    api: httpx.AsyncClient, path: str, field: str
) -> None:
    answer = await api.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_health_says_whether_it_runs_and_is_ready(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/health/live")).json()["status"] == "live"
    assert (await anonymous.get("/health/ready")).json()["status"] == "ready"


async def test_metrics_count_requests_and_refusals(api: httpx.AsyncClient) -> None:
    await api.get("/api/v1/orders/none")
    text = (await api.get("/metrics")).text
    assert 'rackhouse_request_seconds_count{endpoint="get_order",status="404"}' in text
    assert 'rackhouse_refusals_total{type="order-not-found"}' in text


async def test_who_sends_too_much_is_told_to_wait(house: House, admin_token: str) -> None:
    settings = msgspec.structs.replace(house.settings, rate_limit_per_second=1, rate_limit_burst=3)
    async with served(settings, authorization=f"Bearer {admin_token}") as client:
        answers = [await client.get("/api/v1/nothing") for _ in range(5)]
    assert [each.status_code for each in answers[:3]] == [200, 200, 200]
    assert answers[0].headers["ratelimit-policy"] == '"requests";q=3;w=3'
    assert answers[0].headers["ratelimit"].startswith('"requests";r=2')
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_a_body_that_is_too_large_is_not_read(house: House, admin_token: str) -> None:
    settings = msgspec.structs.replace(house.settings, max_body_bytes=2000)

    async def chunks():
        for _ in range(10):
            yield b" " * 500

    async with served(settings, authorization=f"Bearer {admin_token}") as client:
        told = await client.post("/api/v1/holds", content=b" " * 3000)
        found_out = await client.post("/api/v1/holds", content=chunks())
    assert (told.status_code, found_out.status_code) == (413, 413)
    assert told.json()["limit_bytes"] == 2000


async def test_a_customer_reads_no_other_customers_order_or_hold(
    api: httpx.AsyncClient, anonymous: httpx.AsyncClient, house: House, open_shop
) -> None:
    shop = await open_shop(units=4)
    lines = [{"sku": shop.sku, "quantity": 1}]
    body = {"channel": shop.channel, "lines": lines, "customer_id": "ada"}
    order = (await api.post("/api/v1/orders", json=body)).json()

    async def seen_by(customer_id: str, path: str) -> httpx.Response:
        token = await mint_token(
            house=house, roles=["customer"], subject=customer_id, customer_id=customer_id
        )
        return await anonymous.get(path, headers={"authorization": f"Bearer {token}"})

    assert (await seen_by("ada", f"/api/v1/orders/{order['id']}")).status_code == 200
    assert (await seen_by("bob", f"/api/v1/orders/{order['id']}")).status_code == 404
    assert (await seen_by("bob", "/api/v1/orders")).json()["items"] == []
    assert (await seen_by("bob", "/api/v1/orders?customer_id=ada")).json()["items"] == []
