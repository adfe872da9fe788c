"""Collections against a real database and a real index."""

import asyncio
import datetime
from collections.abc import AsyncIterator

import httpx
import pytest
from curating import a_bottle, a_mark, events_of, found, moved, now_of, until

from houses import context_of
from rackhouse.catalog import define_product_type, remove_product_type
from rackhouse.curation import (
    CollectionNotFound,
    CollectionRule,
    CollectionTerms,
    InvalidCollection,
    change_collection,
    collection_of,
    collection_products,
    collections_of_product,
    create_collection,
    preview_collection,
)
from rackhouse.curation.opening import open_and_close
from rackhouse.identity import mint_token
from rackhouse.search import Search
from serving import served

HOUR = datetime.timedelta(hours=1)
COLLECTIONS = "/api/v1/collections"


@pytest.fixture(scope="module")
async def api(house) -> AsyncIterator[httpx.AsyncClient]:
    """The API, asked by an administrator."""
    token = await mint_token(house=house, roles=["admin"], subject="admin", ttl_seconds=7200)
    async with served(house.settings, authorization=f"Bearer {token}") as client:
        yield client


@pytest.fixture(scope="module")
async def shelf(house) -> tuple[str, list[str]]:
    """A mark, and the ids of four bottles that have it, the dearest in front; all are found."""
    context, mark = context_of(house), a_mark()
    ids = [
        await a_bottle(context, mark, name, price_minor=price, brand=brand)
        for name, price, brand in (
            ("old", 9000, "Ardbeg"),
            ("rare", 7000, "Talisker"),
            ("young", 3000, "Ardbeg"),
            ("raw", 1000, "Talisker"),
        )
    ]
    await found(context, mark, 4)
    return mark, ids


def customer_of(context):
    """Somebody who may read the catalog and nothing else."""
    return context_of(context.house, permissions=frozenset({"catalog:read"}))


async def ids_in(context, collection_id: str, **asked: object) -> list[str]:
    search = Search(sort=asked.pop("sort", "collection"), **asked)
    page = await collection_products(
        context=context, collection_id=collection_id, search=search, after=None
    )
    return [each.id for each in page.found.items]


async def test_members_come_in_their_order_then_what_the_rule_finds(context, shelf) -> None:
    mark, (old, rare, young, raw) = shelf
    terms = CollectionTerms(
        title="Peat",
        members=(raw,),
        excluded=(rare,),
        rule=CollectionRule(q=mark, sort="-price", limit=10),
    )
    name = f"peat-{mark}"
    made = await create_collection(context=context, collection_id=name, terms=terms)
    assert (made.state, made.version) == ("open", 2)
    assert await ids_in(context, name) == [raw, old, young]
    assert await ids_in(context, name, sort="price") == [raw, young, old]
    assert await ids_in(context, name, filter="brand:Ardbeg") == [old, young]
    assert await ids_in(context, name, q="young") == [young]
    few = CollectionTerms(title="Peat", rule=CollectionRule(q=mark, sort="-price", limit=1))
    await change_collection(
        context=context, collection_id=name, terms=few, expected_version=made.version
    )
    assert await ids_in(context, name) == [old]
    of_old = await collections_of_product(
        context=context, product_id=old, channel=None, after="", limit=50
    )
    of_young = await collections_of_product(
        context=context, product_id=young, channel=None, after="", limit=50
    )
    assert name in {each.id for each in of_old} - {each.id for each in of_young}


async def test_a_collection_is_seen_in_its_window_only_and_its_log_tells_the_moments(
    context, shelf
) -> None:
    mark, ids = shelf
    now = await now_of(context.house)
    terms = CollectionTerms(
        title="Advent", members=tuple(ids), starts_at=now + HOUR, ends_at=now + 3 * HOUR
    )
    name = f"advent-{mark}"
    made = await create_collection(context=context, collection_id=name, terms=terms)
    customer = customer_of(context)
    assert made.state == "scheduled"
    with pytest.raises(CollectionNotFound):
        await collection_of(context=customer, collection_id=name)
    await moved(context.house, "collection", name, hours=2)
    seen = await collection_of(context=customer, collection_id=name)
    assert seen.state == "open"  # by the clock, whether that was told or not
    await open_and_close(context=context)
    await moved(context.house, "collection", name, hours=2)
    with pytest.raises(CollectionNotFound):
        await collection_products(
            context=customer, collection_id=name, search=Search(sort="collection"), after=None
        )
    for _ in range(2):
        await open_and_close(context=context)
    assert (await collection_of(context=context, collection_id=name)).state == "closed"
    told = ["CollectionCreated", "CollectionOpened", "CollectionClosed"]
    assert await events_of(context.house, f"collection:{name}") == told


async def test_what_is_wrong_is_refused_with_its_fields_and_what_would_mend_them(
    context, shelf
) -> None:
    mark, ids = shelf
    terms = CollectionTerms(
        title="Wrong",
        members=(ids[0], "nothing-there"),
        rule=CollectionRule(filter="regoin:Islay"),
        channels=("no-channel",),
    )
    for refused in (
        create_collection(context=context, collection_id=f"wrong-{mark}", terms=terms),
        preview_collection(context=context, terms=terms),
    ):
        with pytest.raises(InvalidCollection) as refusal:
            await refused
        problems = {each.field: each.problem for each in refusal.value.problems}
        assert problems.keys() == {"members[1]", "channels[0]", "rule.filter"}
        assert "did you mean region?" in problems["rule.filter"]


async def test_a_rule_that_a_changed_type_breaks_is_told_and_members_remain(context, shelf) -> None:
    mark, ids = shelf
    draft = {
        "name": f"t-{mark}",
        "title": "Teas",
        "collection": f"t-{mark}",
        "attributes": [{"name": mark, "title": "Leaf", "kind": "text", "filterable": True}],
    }
    await define_product_type(context=context, draft=draft)
    terms = CollectionTerms(
        title="Leaves", members=(ids[0],), rule=CollectionRule(filter=f"{mark}:oolong")
    )
    name = f"leaves-{mark}"
    await create_collection(context=context, collection_id=name, terms=terms)
    await remove_product_type(context=context, name=f"t-{mark}", expected_version=None)
    broken = await collection_of(context=context, collection_id=name)
    assert broken.state == "broken"
    assert broken.reason is not None
    assert broken.reason.startswith("rule.filter: products can not be narrowed by")

    async def ask():
        return await collection_products(
            context=customer_of(context),
            collection_id=name,
            search=Search(sort="collection", facets="brand"),
            after=None,
        )

    page = await until(ask, lambda page: page.found.total == 1)
    assert page.reason == broken.reason
    assert [each.id for each in page.found.items] == [ids[0]]


async def test_a_preview_says_what_there_would_be_and_makes_nothing(context, shelf) -> None:
    mark, ids = shelf
    terms = CollectionTerms(title="Try", rule=CollectionRule(q=mark, sort="price", limit=3))
    preview = await preview_collection(context=context, terms=terms)
    assert preview.total == 3
    assert [each.id for each in preview.items] == [ids[3], ids[2], ids[1]]


async def test_a_collection_over_http_from_its_making_to_its_end(api, shelf) -> None:
    mark, (old, rare, young, raw) = shelf
    body = {"id": f"http-{mark}", "title": "Bar", "members": [young, old, raw], "channels": []}
    made = await api.post(COLLECTIONS, json=body, headers={"idempotency-key": mark})
    again = await api.post(COLLECTIONS, json=body, headers={"idempotency-key": mark})
    assert made.status_code == again.status_code == 201, made.text
    assert made.json() == again.json()
    assert (await api.post(COLLECTIONS, json=body)).status_code == 409
    one = made.headers["location"]
    pages, cursor = [], None
    for _ in range(2):
        asked = {"limit": 2, "facets": "brand", **({"cursor": cursor} if cursor else {})}
        pages.append((await api.get(f"{one}/products", params=asked)).json())
        cursor = pages[-1]["next_cursor"]
    assert [each["id"] for page in pages for each in page["items"]] == [young, old, raw]
    assert cursor is None
    assert pages[0]["total"] == 3
    assert pages[0]["facets"]["brand"] == [
        {"value": "Ardbeg", "count": 2},
        {"value": "Talisker", "count": 1},
    ]
    by_price = (await api.get(f"{one}/products", params={"sort": "price", "limit": 2})).json()
    asked = {"sort": "price", "limit": 2, "cursor": by_price["next_cursor"]}
    rest = (await api.get(f"{one}/products", params=asked)).json()
    assert [each["id"] for each in (*by_price["items"], *rest["items"])] == [raw, young, old]
    assert (await api.get(f"{one}/products", params=asked | {"sort": "newest"})).status_code == 422
    read = await api.get(one)
    assert (read.json()["products"], read.json()["missing"]) == (3, [])
    terms = {"title": "Bar", "members": [rare]}
    assert (await api.put(one, json=terms)).status_code == 428
    etag = read.headers["etag"]
    changed = await api.put(one, json=terms, headers={"if-match": etag})
    assert (changed.status_code, changed.json()["members"]) == (200, [rare])
    assert (await api.put(one, json=terms, headers={"if-match": etag})).status_code == 412
    listed = (await api.get(f"/api/v1/products/{rare}/collections")).json()
    assert f"http-{mark}" in [each["id"] for each in listed["items"]]
    assert (await api.get("/api/v1/products/no-such-thing/collections")).status_code == 404
    assert (await api.delete(one, headers={"if-match": "*"})).status_code == 204
    assert (await api.get(one)).status_code == 404
    assert (await api.post(COLLECTIONS, json=body)).json()["version"] > 3


async def test_of_editors_at_once_one_is_heard_and_the_others_are_told(api, context, shelf) -> None:
    mark, ids = shelf
    name = f"race-{mark}"
    terms = CollectionTerms(title="Race", members=(ids[0],))
    made = await create_collection(context=context, collection_id=name, terms=terms)

    async def edit(number: int, etag: str) -> int:
        body = {"title": f"Editor {number}", "members": [ids[0]]}
        answer = await api.put(f"{COLLECTIONS}/{name}", json=body, headers={"if-match": etag})
        return answer.status_code

    one_version = await asyncio.gather(*(edit(each, f'"{made.version}"') for each in range(5)))
    assert sorted(one_version) == [200, 412, 412, 412, 412]
    any_version = await asyncio.gather(*(edit(each, "*") for each in range(5, 10)))
    assert any_version == [200] * 5
    assert await events_of(context.house, f"collection:{name}") == [
        "CollectionCreated",
        "CollectionOpened",
        *["CollectionChanged"] * 6,
    ]


async def test_who_may_only_read_sees_what_is_open_and_for_their_channel(
    house, api, context, open_shop, shelf
) -> None:
    mark, ids = shelf
    shop = await open_shop()
    now = await now_of(house)
    for name, more in (
        ("all", {}),
        ("ours", {"channels": (shop.channel,)}),
        ("later", {"starts_at": now + HOUR}),
    ):
        terms = CollectionTerms(title=name, members=(ids[0],), **more)
        await create_collection(context=context, collection_id=f"s{mark}-{name}", terms=terms)

    async def seen(**caller: object) -> list[str]:
        token = await mint_token(house=house, subject="reader", **caller)
        headers = {"authorization": f"Bearer {token}"}
        answer = await api.get(f"/api/v1/products/{ids[0]}/collections", headers=headers)
        found = [each["id"] for each in answer.json()["items"]]
        return [each.removeprefix(f"s{mark}-") for each in found if each.startswith(f"s{mark}-")]

    assert await seen(roles=["customer"], customer_id="c1") == ["all", "ours"]
    assert await seen(roles=["channel"], channel=shop.channel) == ["all", "ours"]
    other = await open_shop()
    assert await seen(roles=["channel"], channel=other.channel) == ["all"]
    assert await seen(roles=["auditor"]) == ["all", "later", "ours"]
