"""Files are sent, looked at, described, listed and removed over HTTP."""

import asyncio
import hashlib
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from made_files import glb, mp4, picture, png_of_size, usdz, webm
from media_api import send, sent
from PIL import Image

from rackhouse.identity import mint_token
from rackhouse.platform.house import House

ANY = {"if-match": "*"}


def names_of_files(kept: Path) -> set[str]:
    return {str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file()}


async def test_a_picture_is_answered_with_its_sizes(api: httpx.AsyncClient, kept: Path) -> None:
    octets = picture(700, 350, "PNG", seed=1)
    answer = await send(api, octets, filename="front.png", alt="A bottle", role="main")
    asset = answer.json()
    digest = hashlib.sha256(octets).hexdigest()
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/api/v1/media/{asset['id']}"
    assert asset["id"] == digest[:40]
    assert asset["sha256"] == digest
    assert {each: asset[each] for each in ("kind", "media_type", "bytes", "width", "height")} == {
        "kind": "image",
        "media_type": "image/png",
        "bytes": len(octets),
        "width": 700,
        "height": 350,
    }
    assert (asset["filename"], asset["alt"], asset["role"]) == ("front.png", "A bottle", "main")
    wanted = ["160.webp", "160.jpg", "480.webp", "480.jpg", "700.webp", "700.jpg"]
    assert [each["name"] for each in asset["renditions"]] == wanted
    assert asset["url"] == f"/media/{asset['id']}/700.jpg"
    below = f"{asset['id'][:2]}/{asset['id']}"
    assert {f"{below}/{name}" for name in (*wanted, "original.png")} <= names_of_files(kept)


async def test_the_same_bytes_are_the_same_asset(api: httpx.AsyncClient, kept: Path) -> None:
    octets = picture(seed=2)
    first = await sent(api, octets, alt="First")
    before = names_of_files(kept)
    again = await send(api, octets, alt="Second", filename="other.jpg")
    assert (again.status_code, again.json()) == (200, first)
    assert names_of_files(kept) == before


async def test_the_same_file_sent_many_times_at_once_is_one_asset(api: httpx.AsyncClient) -> None:
    octets = picture(300, 200, seed=3)
    answers = await asyncio.gather(*(send(api, octets) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [200] * 4 + [201]
    assert len({each.json()["version"] for each in answers}) == 1


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (mp4(), ("video", "video/mp4", 640, 360, 2.5, "original.mp4")),
        (webm(), ("video", "video/webm", 320, 240, 1.5, "original.webm")),
        (glb(), ("model", "model/gltf-binary", None, None, None, "original.glb")),
        (usdz(), ("model", "model/vnd.usdz+zip", None, None, None, "original.usdz")),
    ],
)
async def test_films_and_models_are_kept_as_they_are(
    api: httpx.AsyncClient, anybody: httpx.AsyncClient, octets: bytes, told: tuple[object, ...]
) -> None:
    asset = await sent(api, octets)
    fields = ("kind", "media_type", "width", "height", "duration_seconds")
    assert (*(asset[each] for each in fields), asset["url"].rpartition("/")[2]) == told
    shown = await anybody.get(asset["url"])
    assert shown.content == octets
    assert shown.headers["content-type"] == asset["media_type"]


async def test_what_is_declared_is_not_believed(api: httpx.AsyncClient) -> None:
    declared = {"content-type": "text/html"}
    answer = await api.post(
        "/api/v1/media",
        content=picture(40, 40, seed=4),
        headers=declared,
        params={"filename": "page.html"},
    )
    asset = answer.json()
    assert asset["media_type"] == "image/jpeg"
    original = await api.get(f"/api/v1/media/{asset['id']}/original")
    assert original.headers["content-type"] == "image/jpeg"
    assert 'filename="page.jpg"' in original.headers["content-disposition"]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("octets", "refusal"),
    [
        (b"", "media-type-not-taken"),
        (SVG, "media-type-not-taken"),
        (b"<!doctype html><script>alert(1)</script>", "media-type-not-taken"),
        (picture()[:900], "media-damaged"),
        (png_of_size(30_000, 30_000), "too-many-pixels"),
        (glb({"images": [{"uri": "http://elsewhere.example/x.png"}]}), "media-refers-outside"),
        (usdz([("a.usda", b"#usda 1.0\n"), ("../x.png", b"")]), "media-damaged"),
        (mp4()[:-1], "media-damaged"),
    ],
)
async def test_what_can_not_be_shown_is_refused_and_nothing_of_it_stays(
    api: httpx.AsyncClient, kept: Path, octets: bytes, refusal: str
) -> None:
    before = names_of_files(kept)
    answer = await send(api, octets)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{refusal}")
    assert names_of_files(kept) == before


@pytest.mark.parametrize("filename", ["../../etc/passwd", "a\\b.png", "a\0.png", "a\n.png", ""])
async def test_a_name_with_folders_is_refused(api: httpx.AsyncClient, filename: str) -> None:
    answer = await send(api, picture(), filename=filename)
    assert answer.status_code == 422
    assert answer.json()["field"] == "filename"


@pytest.mark.parametrize(
    ("announced", "sent_bytes"),
    [("content-length: 100000000", 4_096), ("transfer-encoding: chunked", 320_000)],
)
async def test_more_than_is_allowed_is_refused_before_all_of_it_came(
    api: httpx.AsyncClient, announced: str, sent_bytes: int
) -> None:
    """The rest of it is never sent: the answer comes all the same."""
    url = httpx.URL(api.base_url)
    octets = mp4() + b"\0" * (sent_bytes - len(mp4()))
    chunked = b"%x\r\n%s\r\n" % (len(octets), octets) if "chunked" in announced else octets
    head = (
        f"POST /api/v1/media HTTP/1.1\r\nhost: {url.host}:{url.port}\r\n{announced}\r\n"
        f"authorization: {api.headers['authorization']}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        writer.write(head.encode() + chunked)
        async with asyncio.timeout(20):
            told = await reader.readuntil(b"\r\n\r\n")
            answer = await reader.readexactly(int(told.split(b"content-length: ")[1].split()[0]))
    finally:
        writer.close()
    assert told.startswith(b"HTTP/1.1 413 ")
    problem = json.loads(answer)
    assert problem["type"] == "/problems/media-too-large"
    assert (problem["kind"], problem["limit_bytes"]) == ("video", 300_000)


async def test_limits_are_those_of_each_kind(api: httpx.AsyncClient) -> None:
    model = glb({"extras": "x" * 150_000})
    answer = await send(api, model)
    assert (answer.status_code, answer.json()["limit_bytes"]) == (413, 100_000)
    film = mp4() + b"\0\0\2\0free" + b"\0" * 504
    assert (await send(api, film)).status_code == 201


async def test_an_asset_is_described_by_its_version(api: httpx.AsyncClient) -> None:
    asset = await sent(api, picture(90, 60, seed=5))
    path = f"/api/v1/media/{asset['id']}"
    terms = {"alt": "Verpackung\nvorn", "role": "packaging"}
    assert (await api.put(path, json=terms)).status_code == 428
    told = await api.put(path, json=terms, headers={"if-match": '"1"'})
    assert (told.status_code, told.headers["etag"]) == (200, '"2"')
    assert {each: told.json()[each] for each in terms} == terms
    assert (await api.put(path, json=terms, headers={"if-match": '"1"'})).status_code == 412
    same = await api.put(path, json=terms, headers={"if-match": '"2"'})
    assert same.headers["etag"] == '"2"'
    for wrong in ({"role": "hero"}, {"alt": "x" * 501}, {"alt": "a\0b"}, {"title": "x"}):
        assert (await api.put(path, json=wrong, headers=ANY)).status_code == 422
    read = await api.get(path)
    assert (read.json(), read.headers["etag"]) == (told.json(), '"2"')


async def test_assets_are_listed_the_newest_first(api: httpx.AsyncClient) -> None:
    made = [await sent(api, picture(30, 20 + each, seed=6)) for each in range(3)]
    film = await sent(api, mp4() + b"\0\0\0\x0cfree!!!!")
    listed: list[str] = []
    query: dict[str, Any] | None = {"limit": 2, "kind": "image"}
    while query is not None:
        page = (await api.get("/api/v1/media", params=query)).json()
        listed += [each["id"] for each in page["items"]]
        after = page["next_cursor"]
        query = {**query, "cursor": after} if after else None
    ours = [each for each in listed if each in {one["id"] for one in made}]
    assert ours == [each["id"] for each in reversed(made)]
    assert film["id"] not in listed
    newest = (await api.get("/api/v1/media", params={"limit": 1})).json()["items"]
    assert newest == [film]


async def test_a_removed_asset_is_gone_and_comes_back_when_it_is_sent_again(
    api: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    octets = picture(80, 60, seed=7)
    asset = await sent(api, octets, alt="Once")
    path = f"/api/v1/media/{asset['id']}"
    assert (await anybody.get(asset["url"])).status_code == 200
    assert (await api.delete(path)).status_code == 428
    assert (await api.delete(path, headers={"if-match": '"7"'})).status_code == 412
    assert (await api.delete(path, headers={"if-match": '"1"'})).status_code == 204
    for gone in (path, path + "/original", asset["url"]):
        assert (await api.get(gone)).status_code == 404
    assert (await api.delete(path, headers=ANY)).status_code == 404
    assert (await api.put(path, json={}, headers=ANY)).status_code == 404
    again = await send(api, octets, alt="Again")
    assert again.status_code == 201
    assert (again.json()["version"], again.json()["alt"]) == (3, "Again")
    assert (await anybody.get(asset["url"])).status_code == 200


async def test_nobody_sends_or_lists_media_without_leave(
    anybody: httpx.AsyncClient, house: House
) -> None:
    octets = picture(50, 40, seed=8)
    assert (await anybody.post("/api/v1/media", content=octets)).status_code == 401
    token = await mint_token(house=house, roles=["auditor"], subject="auditor")
    auditor = {"authorization": f"Bearer {token}"}
    refused = await anybody.post("/api/v1/media", content=octets, headers=auditor)
    assert (refused.status_code, refused.json()["permission"]) == (403, "media:write")
    assert (await anybody.get("/api/v1/media", headers=auditor)).status_code == 200


async def test_an_upload_whose_sender_goes_leaves_nothing(
    api: httpx.AsyncClient, kept: Path
) -> None:
    before = names_of_files(kept)
    octets = picture(600, 400, seed=9)

    async def broken() -> AsyncIterator[bytes]:
        yield octets[:5000]
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await api.post("/api/v1/media", content=broken())
    assert names_of_files(kept) == before
    assert (await send(api, octets)).status_code == 201


async def test_what_is_derived_can_be_shown(
    api: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    asset = await sent(api, picture(200, 100, "PNG", mode="RGBA", seed=10))
    for each in asset["renditions"]:
        answer = await anybody.get(each["url"])
        assert answer.headers["content-type"] == each["media_type"]
        assert int(answer.headers["content-length"]) == each["bytes"] == len(answer.content)
        with Image.open(io.BytesIO(answer.content)) as opened:
            assert opened.size == (each["width"], each["height"])
