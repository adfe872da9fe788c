"""Checkpoints and verifications as the API answers them."""

from collections.abc import AsyncIterator

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import OKPKey
from tampered_towns import Town, alter, hold

from rackhouse.identity import mint_token
from rackhouse.identity.signatures import ONE_ALGORITHM
from serving import served


@pytest.fixture
async def api(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the town's API that may sign and verify."""
    token = await mint_token(house=town.house, roles=["operator"], subject="test")
    async with served(town.house.settings, authorization=f"Bearer {token}") as client:
        yield client


async def test_a_checkpoint_is_signed_read_and_verified_with_the_published_keys(
    town: Town, api: httpx.AsyncClient
) -> None:
    await hold(town.shop)
    answer = await api.post("/api/v1/checkpoints", json={"log": "inventory"})
    assert answer.status_code == 200
    (signed,) = answer.json()["items"]
    assert signed["id"] == "inventory-2"
    published = (await api.get("/.well-known/jwks.json")).json()["keys"]
    (key,) = [each for each in published if each["kid"] == key_named_in(signed["jws"])]
    payload = jws.deserialize_compact(
        signed["jws"], OKPKey.import_key(key), registry=ONE_ALGORITHM
    ).payload
    assert signed["root"].encode() in payload
    shown = (await api.get("/api/v1/checkpoints/inventory-2")).json()
    assert shown["key"]["x"] == key["x"]
    assert [head["stream"] for head in shown["heads"]] == [town.stream]
    assert shown["next_cursor"] is None


def key_named_in(signed: str) -> str:
    kid: str = jws.extract_compact(signed.encode()).headers()["kid"]
    return kid


async def test_the_same_key_gets_the_same_answer(town: Town, api: httpx.AsyncClient) -> None:
    headers = {"idempotency-key": "once"}
    await hold(town.shop)
    first = await api.post("/api/v1/checkpoints", headers=headers)
    await hold(town.shop)
    again = await api.post("/api/v1/checkpoints", headers=headers)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert (await api.post("/api/v1/checkpoints")).json() != first.json()
    report = await api.post("/api/v1/verifications", headers={"idempotency-key": "check"})
    alter(town, 4)
    same = await api.post("/api/v1/verifications", headers={"idempotency-key": "check"})
    assert same.json() == report.json()
    assert (await api.post("/api/v1/verifications")).json() != report.json()


async def test_lists_come_in_pages(town: Town, api: httpx.AsyncClient) -> None:
    latest = (await api.get("/api/v1/checkpoints/latest")).json()["items"]
    assert [each["log"] for each in latest] == sorted(each["log"] for each in latest)
    seen, cursor = [], None
    for _ in range(20):
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await api.get("/api/v1/checkpoints", params=query)).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert set(seen) >= {each["id"] for each in latest}
    one = (await api.get("/api/v1/checkpoints", params={"log": "catalog"})).json()["items"]
    assert {each["log"] for each in one} == {"catalog"}


async def test_heads_come_in_pages(town: Town, api: httpx.AsyncClient) -> None:
    whole = (await api.get("/api/v1/checkpoints/inventory-1")).json()
    first = (await api.get("/api/v1/checkpoints/inventory-1", params={"limit": 1})).json()
    query = {"limit": 1, "cursor": first["next_cursor"]}
    second = (await api.get("/api/v1/checkpoints/inventory-1", params=query)).json()
    assert first["heads"] + second["heads"] == whole["heads"]
    assert whole["streams"] == len(whole["heads"]) == 2


async def test_a_verification_tells_what_it_checked_and_found(
    town: Town, api: httpx.AsyncClient
) -> None:
    report = (await api.post("/api/v1/verifications")).json()
    assert report["complete"] is True
    assert report["findings"] == []
    alter(town, 4)
    report = (await api.post("/api/v1/verifications", json={"log": "inventory"})).json()
    (finding,) = report["findings"]
    assert (finding["stream"], finding["version"]) == (town.stream, 4)
    assert finding["kind"] == "altered"
    assert [each["log"] for each in report["logs"]] == ["inventory"]


@pytest.mark.parametrize(
    ("method", "path", "status", "problem"),
    [
        ("GET", "/api/v1/checkpoints/inventory-99", 404, "checkpoint-not-found"),
        ("GET", "/api/v1/checkpoints/%C3%A9-1", 404, "checkpoint-not-found"),
        ("POST", "/api/v1/checkpoints", 422, "log-unknown"),
        ("POST", "/api/v1/verifications", 422, "log-unknown"),
    ],
)
async def test_what_does_not_exist_is_refused(
    api: httpx.AsyncClient, method: str, path: str, status: int, problem: str
) -> None:
    body = {"log": "cellar"} if method == "POST" else None
    answer = await api.request(method, path, json=body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}")


async def test_a_movement_shows_its_hash(town: Town, api: httpx.AsyncClient) -> None:
    answer = await api.get(f"/api/v1/inventory/{town.shop.sku}/movements", params={"limit": 1})
    (newest,) = answer.json()["items"]
    ((stored,),) = town.ask(
        "select hash from inventory.event where stream = %(s)s order by version desc limit 1"
    )
    assert newest["hash"] == stored.hex()
