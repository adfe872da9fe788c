"""Product types over HTTP, on a service that runs: collections come and go, and the description
says what products of them look like."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import jsonschema_rs
import pytest
from making import a_draft
from schemathesis.specs.openapi.definitions import OPENAPI_31
from type_making import LEAF, a_tea, defined, put_in

from rackhouse.identity import mint_token
from serving import served

WAIT_SECONDS = 30
PATH = "/api/v1/product-types"


@pytest.fixture(scope="module")
async def api(own_house, own_settings) -> AsyncIterator[httpx.AsyncClient]:
    """The API of the house of its own: another process than the one that the tests act in."""
    token = await mint_token(house=own_house, roles=["admin"], subject="admin", ttl_seconds=7200)
    async with served(own_settings, authorization=f"Bearer {token}") as client:
        yield client


async def document(api):
    return (await api.get("/openapi.json")).json()


async def until_status(api, path, status):
    """Wait for what another process has done to be heard of."""
    async with asyncio.timeout(WAIT_SECONDS):
        while (answer := await api.get(path)).status_code != status:
            await asyncio.sleep(0)
    return answer


async def test_a_type_is_defined_read_changed_and_removed(api):
    draft = a_tea()
    made = await api.post(PATH, json=draft)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    at = made.headers["location"]
    assert at == f"{PATH}/{draft['name']}"
    read = await api.get(at)
    assert (read.json()["version"], read.json()["built_in"]) == (1, False)
    stale = {"if-match": '"7"'}
    edited = read.json() | {"title": "More Teas"}
    assert (await api.put(at, json=edited)).status_code == 428
    assert (await api.put(at, json=edited, headers=stale)).status_code == 412
    put = await api.put(at, json=edited, headers={"if-match": read.headers["etag"]})
    assert (put.status_code, put.headers["etag"], put.json()["title"]) == (200, '"2"', "More Teas")
    assert (await api.delete(at, headers={"if-match": '"2"'})).status_code == 204
    assert (await api.get(at)).json()["type"] == "/problems/product-type-not-found"


async def test_a_bad_definition_is_answered_with_every_field_and_its_remedy(api):
    answer = await api.post(PATH, json=a_tea({"name": "leaf", "kind": "rnage", "of": "text"}))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-product-type")
    problems = {each["field"]: each["problem"] for each in answer.json()["problems"]}
    assert problems["attributes[0].kind"] == "'rnage' is not a kind; did you mean 'range'?"


async def test_a_collection_of_ones_own_is_served_as_the_others_are(api):
    draft = a_tea(LEAF | {"required": True})
    await api.post(PATH, json=draft)
    at = f"/api/v1/{draft['collection']}"
    product = a_draft(type=draft["name"], attributes={"leaf": "Oolong"})
    del product["type"]
    made = await api.post(at, json=product, headers={"idempotency-key": product["id"]})
    assert (made.status_code, made.headers["location"]) == (201, f"{at}/{product['id']}")
    again = await api.post(at, json=product, headers={"idempotency-key": product["id"]})
    assert (again.json(), again.headers["idempotency-replayed"]) == (made.json(), "true")
    assert [each["id"] for each in (await api.get(at)).json()["items"]] == [product["id"]]
    one = f"{at}/{product['id']}"
    assert (await api.get(one)).headers["etag"] == '"1"'
    refused = await api.post(at, json=a_draft(type=draft["name"]))
    assert refused.json()["problems"][0]["field"] == "attributes.leaf"
    assert (await api.patch(at, json={})).status_code == 405
    assert (await api.delete(one, headers={"if-match": "*"})).status_code == 204
    assert (await api.get(at, headers={"authorization": ""})).status_code == 401


async def test_a_collection_comes_and_goes_with_what_other_processes_do(api, own):
    tea = await defined(own)
    await until_status(api, f"/api/v1/{tea.collection}", 200)
    at = {"if-match": "*"}
    assert (await api.delete(f"{PATH}/{tea.name}", headers=at)).status_code == 204
    gone = await until_status(api, f"/api/v1/{tea.collection}", 404)
    assert gone.json()["type"] == "/problems/path-unknown"


async def test_the_description_has_a_typed_schema_for_each_collection(api):
    draft = a_tea(
        {"name": "steeping", "kind": "range", "of": "integer", "unit": "min", "minimum": 0},
        {"name": "notes", "kind": "localized", "default_language": "de", "required": True},
        {"name": "goes_with", "kind": "list", "of": "reference"},
    )
    await api.post(PATH, json=draft)
    described = await document(api)
    assert [
        each.message for each in jsonschema_rs.validator_for(OPENAPI_31).iter_errors(described)
    ] == []
    operations = [each for path in described["paths"].values() for each in path.values()]
    ids = [each["operationId"] for each in operations]
    assert len(ids) == len(set(ids))
    posted = described["paths"][f"/api/v1/{draft['collection']}"]["post"]["requestBody"]
    schema = posted["content"]["application/json"]["schema"]
    validator = jsonschema_rs.validator_for(schema)
    sound = {
        "name": "Oolong",
        "attributes": {
            "steeping": {"from": 2, "to": 3},
            "notes": {"de": "Malzig", "en-US": "Malty"},
            "goes_with": ["pier-cup"],
        },
    }
    assert validator.is_valid(sound)
    assert validator.is_valid(sound | {"attributes": {"notes": "Malzig"}})
    for wrong in ({"notes": {"en": "Malty"}}, {"notes": "x", "steeping": 3}, {}):
        assert not validator.is_valid(sound | {"attributes": wrong})
    anywhere = described["paths"]["/api/v1/products"]["post"]["requestBody"]
    types = anywhere["content"]["application/json"]["schema"]["properties"]["type"]["enum"]
    assert {draft["name"], "spirit"} <= set(types)


async def test_a_change_is_tried_and_then_made(api, own):
    tea = await defined(own)
    ids = sorted([(await put_in(own, tea, leaf=said)).id for said in ("2", "3", "a lot")])
    at = f"{PATH}/{tea.name}/changes"
    await until_status(api, f"{PATH}/{tea.name}", 200)
    definition = a_tea(LEAF | {"kind": "number"}, name=tea.name, collection=tea.collection)
    change = {"definition": definition}
    found, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await api.post(f"{at}/try", json=change, params=query)).json()
        assert (page["products"], page["converted"], page["not_fitting"]) == (3, 2, 1)
        found += [each["product_id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == ids
    refused = await api.post(at, json=change, headers={"if-match": f'"{page["version"]}"'})
    assert (refused.status_code, refused.json()["count"]) == (409, 1)
    assert refused.json()["misfits"][0]["problems"][0]["field"] == "attributes.leaf"
    dropping = change | {"conversions": [{"attribute": "leaf", "on_misfit": "drop"}]}
    done = await api.post(
        at, json=dropping, headers={"if-match": '"1"', "idempotency-key": tea.name}
    )
    assert (done.status_code, done.headers["etag"], done.json()["converted"]) == (200, '"2"', 3)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"conversions": [{"attribute": "leaf", "on_misfit": "lose"}]}, "conversions[0].on_misfit"),
        ({"conversions": [{"atribute": "leaf"}]}, "conversions[0]"),
        ({"on_misfits": "drop"}, "body"),
    ],
)
async def test_a_change_that_can_not_be_read_is_refused_at_its_field(api, own, change, field):
    tea = await defined(own)
    definition = a_tea(name=tea.name, collection=tea.collection)
    answer = await api.post(
        f"{PATH}/{tea.name}/changes/try", json={"definition": definition} | change
    )
    assert (answer.status_code, answer.json()["field"]) == (422, field)
