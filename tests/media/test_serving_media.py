"""Files are served to everybody: whole and in part, for ever, and as nothing else than they are."""

import httpx
import msgspec
import pytest
from made_files import mp4, picture
from media_api import send, sent

from rackhouse.identity import mint_token
from rackhouse.platform.house import House
from serving import served


async def test_a_file_may_be_kept_for_ever_and_runs_nothing(
    api: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    asset = await sent(api, picture(300, 200, seed=20), filename="Flaşche.jpg")
    answer = await anybody.get(asset["url"])
    told = answer.headers
    assert told["cache-control"] == "public, max-age=31536000, immutable"
    assert told["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in told["content-security-policy"]
    assert "sandbox" in told["content-security-policy"]
    assert told["access-control-allow-origin"] == "*"
    assert told["cross-origin-resource-policy"] == "cross-origin"
    assert told["content-disposition"].startswith('inline; filename="Fla_che.jpg"')
    again = await anybody.get(asset["url"], headers={"if-none-match": told["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == told["etag"]


async def test_a_film_is_served_in_parts(
    api: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    octets = mp4() + b"\0\0\0\x0cfreepart"
    url = (await sent(api, octets))["url"]
    size = len(octets)
    for asked, start, end in (
        ("100-199", 100, 200),
        ("2000-", 2000, size),
        ("-50", size - 50, size),
    ):
        part = await anybody.get(url, headers={"range": f"bytes={asked}"})
        assert part.status_code == 206
        assert part.content == octets[start:end]
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    beyond = await anybody.get(url, headers={"range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    changed = await anybody.get(url, headers={"range": "bytes=0-9", "if-range": '"other"'})
    assert (changed.status_code, changed.content) == (200, octets)
    head = await anybody.head(url, headers={"range": "bytes=0-9"})
    assert (head.status_code, head.headers["content-length"]) == (200, str(size))
    assert (head.headers["accept-ranges"], head.content) == ("bytes", b"")


async def test_the_original_of_a_picture_is_for_those_who_may_read_it(
    api: httpx.AsyncClient, anybody: httpx.AsyncClient, house: House
) -> None:
    octets = picture(120, 90, seed=21)
    asset = await sent(api, octets)
    path = f"/api/v1/media/{asset['id']}/original"
    saved = await api.get(path)
    assert saved.content == octets
    assert saved.headers["content-disposition"].startswith("attachment;")
    assert saved.headers["cache-control"] == "private, no-cache"
    assert "access-control-allow-origin" not in saved.headers
    refused = await anybody.get(path)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    token = await mint_token(house=house, roles=["customer"], subject="c", customer_id="c")
    customer = {"authorization": f"Bearer {token}"}
    assert (await anybody.get(path, headers=customer)).status_code == 403
    assert (await anybody.get(f"/media/{asset['id']}/original.jpg")).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/media/{id}/161.webp",
        "/media/{id}/..%2f..%2f..%2fetc%2fpasswd",
        "/media/{id}/160.webp%00",
        "/media/nobody/160.webp",
        "/media/%2e%2e/160.webp",
        "/media/ABCDEF/160.webp",
    ],
)
async def test_nothing_else_is_served(
    api: httpx.AsyncClient, anybody: httpx.AsyncClient, path: str
) -> None:
    asset = await sent(api, picture(160, 90, seed=22))
    answer = await anybody.get(path.format(id=asset["id"]))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "immutable" not in answer.headers.get("cache-control", "")
    assert (await anybody.post(asset["url"])).status_code == 404


async def test_an_allowed_origin_is_told_once_that_it_may_read(
    api: httpx.AsyncClient, house: House, kept: object
) -> None:
    asset = await sent(api, picture(64, 48, seed=23))
    settings = msgspec.structs.replace(
        house.settings, media_url=f"file://{kept}", allowed_origins="https://shop.example"
    )
    async with served(settings, origin="https://shop.example") as other:
        answer = await other.get(asset["url"])
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
        document = await other.get("/openapi.json")
        assert document.headers["access-control-allow-origin"] == "https://shop.example"


async def test_a_file_that_was_lost_is_told_as_missing_until_it_is_sent_again(
    api: httpx.AsyncClient, anybody: httpx.AsyncClient, kept: object
) -> None:
    octets = picture(66, 48, seed=24)
    asset = await sent(api, octets, alt="Once")
    (next(iter(kept.rglob(f"{asset['id']}/66.jpg")))).unlink()  # type: ignore[attr-defined]
    assert (await anybody.get(asset["url"])).status_code == 404
    again = await send(api, octets, alt="Other")
    assert (again.status_code, again.json()["version"], again.json()["alt"]) == (200, 2, "Once")
    assert (await anybody.get(asset["url"])).status_code == 200
