"""Search as it answers over HTTP."""

import base64
import datetime
from collections.abc import AsyncIterator

import httpx
import msgspec
import psycopg
import pytest
from finding import a_mark, a_whisky, look, until

from houses import context_of
from rackhouse.identity import mint_token
from rackhouse.modules import MODULES, modules_named
from rackhouse.platform.environment import InvalidSetting
from rackhouse.platform.house import House
from rackhouse.search import SearchNotReady, asked_queries
from rackhouse.search.index import SearchIndex
from rackhouse.search.jobs import forget_asked
from rackhouse.search.recording import AskedQueries
from serving import served

PATIENCE = 20

pytestmark = pytest.mark.usefixtures("index")


@pytest.fixture(scope="module")
async def api(house) -> AsyncIterator[httpx.AsyncClient]:
    """The API, asked by an administrator."""
    token = await mint_token(house=house, roles=["admin"], subject="admin", ttl_seconds=7200)
    async with served(house.settings, authorization=f"Bearer {token}") as client:
        answers = [await client.get("/api/v1/search")]
        while answers[-1].status_code == 503 and len(answers) < PATIENCE:
            answers.append(await client.get("/api/v1/search"))
        assert answers[-1].status_code == 200, answers[-1].text
        yield client


async def found_by(api: httpx.AsyncClient, total: int, **asked: object) -> dict:
    """What the API finds, once it finds so many."""
    answers = []

    async def ask():
        answers.append((await api.get("/api/v1/search", params=asked)).json())
        return answers[-1]

    return await until(ask, lambda answer: answer.get("total") == total)


async def test_a_search_answers_items_total_facets_and_the_next_page(api, context):
    mark = a_mark()
    for number in range(3):
        await a_whisky(context, mark, f"Cask {number}", brand="Ardbeg", attributes={"abv": 46})
    await found_by(api, 3, q=mark)
    asked = {"q": mark, "facets": "type,brand,abv,peated", "limit": 2, "filter": "abv:40.."}
    first = (await api.get("/api/v1/search", params=asked)).json()
    assert first["total"] == 3
    assert first["facets"] == {
        "type": [{"value": "spirit", "count": 3}],
        "brand": [{"value": "Ardbeg", "count": 3}],
        "abv": [{"value": 46, "count": 3}],
        "peated": [],
    }
    second = (
        await api.get("/api/v1/search", params=asked | {"cursor": first["next_cursor"]})
    ).json()
    assert second["next_cursor"] is None
    assert second["total"] == 3
    ids = [each["id"] for each in first["items"] + second["items"]]
    assert len(ids) == len(set(ids)) == 3
    item = first["items"][0]
    assert item["brand"] == "Ardbeg"
    assert f"<mark>{mark}</mark>" in item["highlights"]["name"]


async def test_each_process_goes_on_with_the_pages_of_another(api, context):
    mark = a_mark()
    whiskies = {await a_whisky(context, mark) for _ in range(9)}
    await found_by(api, 9, q=mark)
    await until(lambda: look(context, mark), lambda found: found.total == 9)
    seen, after = set(), None
    while len(seen) < 9:
        here = await look(context, mark, after=after, limit=2)
        seen |= {each.id for each in here.items}
        if not here.more:
            break
        place = msgspec.json.encode(("relevance", *here.places[-1]))
        asked = {"q": mark, "limit": 2, "cursor": _cursor(place)}
        there = (await api.get("/api/v1/search", params=asked)).json()
        ids = {each["id"] for each in there["items"]}
        assert not ids & seen
        seen |= ids
        last = there["items"][-1]["id"]
        place_of = await look(context, mark)
        after = dict(zip([e.id for e in place_of.items], place_of.places, strict=True))[last]
    assert seen == whiskies


def _cursor(place: bytes) -> str:
    return base64.urlsafe_b64encode(place).decode()


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"filter": "bran:x"}, "filter-unknown"),
        ({"facets": "nothing"}, "facet-unknown"),
        ({"sort": "best"}, "order-unknown"),
        ({"cursor": "AAAA"}, "cursor-unknown"),
        ({"brand": "x"}, "malformed-request"),
        ({"limit": "0"}, "malformed-request"),
        ({"available": "true", "location": "not-there"}, "location-not-found"),
    ],
)
async def test_a_problem_names_what_is_wrong(api, asked, kind):
    answer = await api.get("/api/v1/search", params=asked)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems/{kind}"


async def test_a_cursor_of_another_order_is_refused(api, context):
    mark = a_mark()
    for _ in range(2):
        await a_whisky(context, mark)
    page = await found_by(api, 2, q=mark, limit=1)
    asked = {"q": mark, "sort": "price", "cursor": page["next_cursor"]}
    answer = await api.get("/api/v1/search", params=asked)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/cursor-unknown")


async def test_what_is_being_typed_is_completed(api, context):
    mark = a_mark()
    await a_whisky(context, mark, "Firth", brand=f"House {mark}", categories=[f"whisky/{mark}"])
    await found_by(api, 1, q=mark)
    typed = f"firth {mark[:9]}"
    answer = (await api.get("/api/v1/search/suggestions", params={"q": typed})).json()
    assert [each["name"] for each in answer["products"]] == [f"Firth {mark}"]
    assert answer["brands"] == []
    answer = (await api.get("/api/v1/search/suggestions", params={"q": mark[:9]})).json()
    assert answer["brands"] == [{"value": f"House {mark}", "count": 1}]
    assert answer["categories"] == [{"value": f"whisky/{mark}", "count": 1}]
    nothing = (await api.get("/api/v1/search/suggestions", params={"q": " "})).json()
    assert nothing == {"products": [], "brands": [], "categories": []}


async def test_what_is_asked_and_not_found_is_counted_without_who_asked(api, context, house):
    mark = a_mark()
    for q in (mark, f"  {mark.upper()} ", f"{mark}@example.com", f"{mark} 0171 2345678"):
        await look(context, q)
    await house.the(AskedQueries).write()
    told = await asked_queries(context=context, days=2, without_result=True, limit=200)
    assert [each for each in told if mark in each.words] == [
        each for each in told if each.words == mark
    ]
    (counted,) = [each for each in told if each.words == mark]
    assert (counted.asked, counted.without_result, counted.last_found) == (2, 2, 0)
    answer = (await api.get("/api/v1/search/quality", params={"limit": 200})).json()
    assert mark in [each["words"] for each in answer["items"]]


async def test_what_was_asked_long_ago_is_forgotten(context, house):
    mark = a_mark()
    await look(context, mark)
    await house.the(AskedQueries).write()
    old = datetime.date.today() - datetime.timedelta(days=400)
    url = house.database("search").url
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("update search.asked set day = %s where words = %s", (old, mark))
    await forget_asked(context=context)
    told = await asked_queries(context=context, days=3650, without_result=True, limit=200)
    assert mark not in [each.words for each in told]


async def test_every_process_builds_its_index_anew_when_asked(api, house, context):
    answer = await api.post("/api/v1/search/rebuild")
    assert answer.status_code == 202
    again = await api.post("/api/v1/search/rebuild")
    assert again.json()["rebuilds"] == answer.json()["rebuilds"] + 1


async def test_without_what_it_follows_search_says_what_it_needs(settings):
    async with House(settings, modules_named(["identity", "search"])) as alone:
        with pytest.raises(SearchNotReady, match="catalog and inventory"):
            await look(context_of(alone), "anything")


async def test_the_index_is_closed_and_may_be_opened_again(settings):
    for _ in range(2):
        async with House(settings, MODULES) as another:
            index = another.the(SearchIndex)
            assert (await index.serving(seconds=None)).engine is not None


async def test_synonyms_that_can_not_be_read_are_told_when_the_house_is_opened(settings, tmp_path):
    missing = msgspec.structs.replace(settings, search_synonyms=tmp_path / "synonyms.txt")
    with pytest.raises(InvalidSetting, match="RACKHOUSE_SEARCH_SYNONYMS"):
        House(missing, MODULES).the(SearchIndex)
    (tmp_path / "synonyms.txt").write_text("# ours\ndram, whisky\n")
    index = House(missing, MODULES).the(SearchIndex)
    assert ("whisky",) in index.synonyms["dram"]
