"""Patches, versions and bulk edits of products over HTTP."""

import pytest

from rackhouse.identity import mint_token
from rackhouse.platform.ids import new_id

MERGE_PATCH = {"content-type": "application/merge-patch+json"}


@pytest.fixture
async def product(api):
    """A product as it was read, and where it is."""
    draft = {"type": "goods", "name": "Tumbler", "variants": [{"sku": f"T-{new_id()}"}]}
    made = await api.post("/api/v1/products", json=draft)
    assert made.status_code == 201, made.text
    return made.headers["location"], made.json()


async def test_a_patch_of_the_version_that_was_read_is_answered_with_the_next(api, product):
    place, _ = product
    headers = {"if-match": '"1"', **MERGE_PATCH}
    answer = await api.patch(place, content=b'{"brand": "Riedel"}', headers=headers)
    assert (answer.status_code, answer.json()["brand"]) == (200, "Riedel")
    assert answer.headers["etag"] == '"2"'
    again = await api.patch(place, content=b'{"brand": null}', headers=headers)
    assert (again.status_code, again.json()["current"]) == (412, 2)
    missing = await api.patch(place, content=b"{}", headers=MERGE_PATCH)
    assert missing.status_code == 428


@pytest.mark.parametrize("given", ["application/json", "application/json-patch+json", ""])
async def test_a_patch_of_another_kind_is_told_the_right_one(api, product, given):
    place, _ = product
    headers = {"if-match": "*", "content-type": given}
    answer = await api.patch(place, content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["media_type"]) == (
        415,
        "application/merge-patch+json",
    )


async def test_what_is_not_live_is_not_there_for_a_channel(api, anonymous, house, product):
    place, read = product
    token = await mint_token(
        house=house, roles=["channel"], subject="till", channel="till", ttl_seconds=600
    )
    till = {"authorization": f"Bearer {token}"}
    assert (await anonymous.get(place, headers=till)).status_code == 200
    headers = {"if-match": "*", **MERGE_PATCH}
    await api.patch(place, content=b'{"stage": "draft"}', headers=headers)
    assert (await anonymous.get(place, headers=till)).status_code == 404
    assert (await anonymous.get(f"{place}/versions", headers=till)).status_code == 403
    query = {"query": "query($id: ID!) { product(id: $id) { state } }"}
    asked = {**query, "variables": {"id": read["id"]}}
    seen = (await api.post("/graphql", json=asked)).json()
    assert seen["data"]["product"]["state"] == "draft"
    hidden = (await anonymous.post("/graphql", json=asked, headers=till)).json()
    assert not (hidden.get("data") or {}).get("product")


async def test_versions_are_listed_compared_and_restored(api, product):
    place, read = product
    headers = {"if-match": "*", **MERGE_PATCH}
    await api.patch(place, content=b'{"name": "Goblet"}', headers=headers)
    listed = (await api.get(f"{place}/versions", params={"limit": 1})).json()
    assert [each["document"]["name"] for each in listed["items"]] == ["Goblet"]
    assert (await api.get(f"{place}/versions/1")).json()["document"]["name"] == read["name"]
    compared = await api.get(f"{place}/versions/compare", params={"from": 1, "to": 2})
    assert compared.json()["differences"] == [
        {"field": "name", "before": "Tumbler", "after": "Goblet"}
    ]
    restored = await api.post(f"{place}/versions/1/restore", headers={"if-match": '"2"'})
    assert (restored.status_code, restored.json()["name"]) == (200, "Tumbler")
    assert (await api.post(f"{place}/versions/1/restore")).status_code == 428


async def test_many_are_edited_at_once_and_once_under_a_key(api, product):
    _, read = product
    body = {
        "items": [
            {"id": read["id"], "patch": {"stage": "archived"}, "version": 1},
            {"id": "nobody", "patch": {}},
        ]
    }
    headers = {"idempotency-key": new_id()}
    answers = [
        await api.post("/api/v1/products/bulk", json=body, headers=headers) for _ in range(2)
    ]
    assert answers[0].status_code == 200, answers[0].text
    assert answers[0].json() == answers[1].json()
    told = answers[0].json()
    assert [told[name] for name in ("written", "changed", "unchanged", "refused")] == [
        True,
        1,
        0,
        1,
    ]
    changed, refused = told["items"]
    assert changed["differences"] == [{"field": "stage", "before": "live", "after": "archived"}]
    assert refused["problem"]["type"] == "/problems/product-not-found"
