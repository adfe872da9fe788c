"""Assets are shown on products, and what is shown stays."""

import asyncio
import uuid

import httpx
import pytest
from made_files import glb, mp4, picture, usdz
from media_api import sent

from rackhouse.catalog import ListedProduct, create_product
from rackhouse.identity import mint_token
from rackhouse.platform.context import Context
from rackhouse.platform.house import House

ANY = {"if-match": "*"}


@pytest.fixture
async def product(context: Context) -> ListedProduct:
    mark = uuid.uuid4().hex[:10]
    draft = {
        "id": f"gin-{mark}",
        "type": "goods",
        "name": "Gin",
        "price_minor": 3000,
        "currency": "EUR",
        "release_date": "2026-05-01",
        "tags": ["dry"],
        "media": [{"kind": "image", "url": "https://elsewhere.example/a.jpg"}],
        "variants": [{"sku": f"GIN-{mark}", "barcode": "4006381333931"}],
    }
    return await create_product(context=context, draft=draft)


async def test_an_asset_is_put_among_the_media_of_a_product(
    api: httpx.AsyncClient, product: ListedProduct
) -> None:
    path = f"/api/v1/products/{product.id}"
    front = await sent(api, picture(200, 100, seed=30), alt="Front")
    before = (await api.get(path)).json()
    assert before["media"][0]["role"] == "gallery"
    shown = await api.put(
        f"{path}/media/{front['id']}",
        json={"role": "main", "position": 0},
        headers={"if-match": '"1"'},
    )
    assert (shown.status_code, shown.headers["etag"]) == (200, '"2"')
    after = shown.json()
    assert after["media"] == [
        {"kind": "image", "url": front["url"], "alt": "Front", "role": "main"},
        before["media"][0],
    ]
    kept = {"media", "version", "updated_at"}
    assert {key: said for key, said in after.items() if key not in kept} == {
        key: said for key, said in before.items() if key not in kept
    }
    stale = await api.put(f"{path}/media/{front['id']}", json={}, headers={"if-match": '"1"'})
    assert stale.status_code == 412
    same = await api.put(f"{path}/media/{front['id']}", headers={"if-match": '"2"'})
    assert same.headers["etag"] == '"2"'
    taken_off = await api.delete(f"{path}/media/{front['id']}", headers=ANY)
    assert taken_off.json()["media"] == before["media"]
    again = await api.delete(f"{path}/media/{front['id']}", headers=ANY)
    assert (again.status_code, again.json()["type"]) == (404, "/problems/media-not-shown")


async def test_an_asset_that_is_not_there_can_not_be_shown(
    api: httpx.AsyncClient, product: ListedProduct
) -> None:
    for missing in ("0" * 40, "x", "..."):
        path = f"/api/v1/products/{product.id}/media/{missing}"
        answer = await api.put(path, json={}, headers=ANY)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/media-not-found")
    front = await sent(api, picture(30, 30, seed=31))
    answer = await api.put(f"/api/v1/products/no-gin/media/{front['id']}", json={}, headers=ANY)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/product-not-found")


async def test_an_asset_that_a_product_shows_stays(
    api: httpx.AsyncClient, product: ListedProduct
) -> None:
    front = await sent(api, picture(40, 30, seed=32))
    asset, shown = (
        f"/api/v1/media/{front['id']}",
        f"/api/v1/products/{product.id}/media/{front['id']}",
    )
    assert (await api.put(shown, json={}, headers=ANY)).status_code == 200
    refused = await api.delete(asset, headers=ANY)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/media-in-use")
    assert refused.json()["product_id"] == product.id
    assert (await api.delete(shown, headers=ANY)).status_code == 200
    assert (await api.delete(asset, headers=ANY)).status_code == 204


async def test_an_asset_is_shown_or_removed_and_never_both(
    api: httpx.AsyncClient, product: ListedProduct
) -> None:
    path = f"/api/v1/products/{product.id}"
    for number in range(4):
        asset = await sent(api, picture(20 + number, 20, seed=33))
        shown, removed = await asyncio.gather(
            api.put(f"{path}/media/{asset['id']}", json={}, headers=ANY),
            api.delete(f"/api/v1/media/{asset['id']}", headers=ANY),
        )
        assert sorted([shown.status_code, removed.status_code]) in ([200, 409], [204, 404])
        named = any(asset["id"] in each["url"] for each in (await api.get(path)).json()["media"])
        there = (await api.get(f"/api/v1/media/{asset['id']}")).status_code == 200
        assert named == there == (shown.status_code == 200)


async def test_many_assets_are_shown_at_once_and_none_is_lost(
    api: httpx.AsyncClient, product: ListedProduct
) -> None:
    assets = [await sent(api, picture(30 + each, 20, seed=34)) for each in range(6)]
    path = f"/api/v1/products/{product.id}/media"

    shown = [api.put(f"{path}/{each['id']}", json={}, headers=ANY) for each in assets]
    assert [each.status_code for each in await asyncio.gather(*shown)] == [200] * len(assets)
    found = (await api.get(f"/api/v1/products/{product.id}")).json()["media"]
    assert {each["url"] for each in found[1:]} == {each["url"] for each in assets}


async def test_a_page_gets_every_size_film_and_model_of_a_product(
    api: httpx.AsyncClient, anybody: httpx.AsyncClient, product: ListedProduct, house: House
) -> None:
    front = await sent(api, picture(300, 200, seed=35), alt="Front", role="main")
    film, model, quick = await sent(api, mp4()), await sent(api, glb()), await sent(api, usdz())
    still = await sent(api, picture(60, 40, seed=36), alt="Still", role="poster")
    path = f"/api/v1/products/{product.id}/media"
    for each in (film, model, quick, still, front):
        answer = await api.put(f"{path}/{each['id']}", json={}, headers=ANY)
        assert answer.status_code == 200, answer.text
    token = await mint_token(house=house, roles=["customer"], subject="c", customer_id="c")
    answer = await anybody.get(path, headers={"authorization": f"Bearer {token}"})
    shown = answer.json()
    assert answer.headers["etag"] == f'"{shown["version"]}"'
    main, elsewhere = shown["pictures"]
    assert (main["role"], main["alt"], main["width"]) == ("main", "Front", 300)
    assert [each["url"] for each in main["sources"]] == [
        each["url"] for each in front["renditions"]
    ]
    assert elsewhere["sources"] == []
    (video,) = shown["videos"]
    assert (video["url"], video["duration_seconds"], video["poster"]) == (film["url"], 2.5, None)
    (bottle,) = shown["models"]
    assert (bottle["glb_url"], bottle["usdz_url"]) == (model["url"], quick["url"])
    assert bottle["poster"]["url"] == still["url"]
    assert (await api.get("/api/v1/products/no-gin/media")).status_code == 404


async def test_a_product_has_one_main_picture_and_posters_are_pictures(
    api: httpx.AsyncClient, product: ListedProduct
) -> None:
    path = f"/api/v1/products/{product.id}"
    draft = (await api.get(path)).json()
    wrong = [
        {"kind": "image", "url": "/a.jpg", "role": "main"},
        {"kind": "image", "url": "/b.jpg", "role": "main"},
        {"kind": "model", "url": "/c.usdz", "role": "poster"},
        {"kind": "image", "url": "/d.jpg", "role": "hero"},
        {"kind": "image", "url": "https://elsewhere.example/e.USDZ?v=2"},
    ]
    refused = await api.put(path, json={**draft, "media": wrong}, headers=ANY)
    assert refused.status_code == 422
    assert [each["field"] for each in refused.json()["problems"]] == [
        "media[2].role",
        "media[3].role",
        "media[4].kind",
        "media[1].role",
    ]
    old = [{"kind": "model", "url": "/c.usdz"}]
    told = await api.put(path, json={**draft, "media": old}, headers=ANY)
    assert told.json()["media"] == [{**old[0], "alt": "", "role": "gallery"}]
