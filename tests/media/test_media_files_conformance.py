"""Whatever keeps files keeps this: a disk, and a store that speaks S3."""

import datetime
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from s3_server import BUCKET, SECRET_KEY, S3Server, served_s3, signature_of

from rackhouse.media.files import Files, FilesUnavailable, MediaFiles
from rackhouse.media.files.folder import FolderFiles
from rackhouse.media.files.opening import open_files
from rackhouse.media.files.s3 import S3Files
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings

KEY = "ab/abcdef/160.webp"


@pytest.fixture(params=["disk", "s3"])
async def files(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Files]:
    if request.param == "disk":
        yield FolderFiles(tmp_path / "kept")
    else:
        async with served_s3() as (server, told):
            server.page_limit = 3
            yield S3Files(f"s3://{BUCKET}/rackhouse/media", **told)
            assert server.refused == []


def source(folder: Path, octets: bytes) -> Path:
    path = folder / "source"
    path.write_bytes(octets)
    return path


async def read(files: Files, key: str, start: int, end: int) -> bytes:
    return b"".join([piece async for piece in files.read(key, start, end)])


async def test_what_is_put_is_found_and_read_whole_and_in_part(
    files: Files, tmp_path: Path
) -> None:
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=2)
    octets = bytes(range(256)) * 40_000  # more than is read, or sent, at once
    await files.put(KEY, source(tmp_path, octets), media_type="image/webp")
    found = await files.find(KEY)
    assert found is not None
    assert (found.key, found.bytes) == (KEY, len(octets))
    assert found.changed_at >= before
    assert await read(files, KEY, 0, len(octets)) == octets
    assert await read(files, KEY, 255, 513) == octets[255:513]
    assert await read(files, KEY, len(octets) - 1, len(octets)) == octets[-1:]


async def test_a_file_is_written_in_place_of_the_one_before(files: Files, tmp_path: Path) -> None:
    await files.put(KEY, source(tmp_path, b"first"), media_type="image/webp")
    await files.put(KEY, source(tmp_path, b"second"), media_type="image/webp")
    assert await read(files, KEY, 0, 6) == b"second"
    assert [each.key for each in await files.page(after="", limit=9)] == [KEY]


async def test_what_is_not_there_is_not_found(files: Files) -> None:
    assert await files.find(KEY) is None
    with pytest.raises(FileNotFoundError):
        await read(files, KEY, 0, 1)
    await files.remove([KEY, "no/such/file"])
    assert await files.page(after="", limit=9) == []


async def test_what_is_removed_is_gone_and_nothing_else_is(files: Files, tmp_path: Path) -> None:
    path = source(tmp_path, b"x")
    keys = ["ab/1/a", "ab/1/b", "cd/2/a"]
    for key in keys:
        await files.put(key, path, media_type="image/webp")
    await files.remove(["ab/1/a", "cd/2/a"])
    assert [each.key for each in await files.page(after="", limit=9)] == ["ab/1/b"]


async def test_pages_are_in_order_and_go_on_where_one_ended(files: Files, tmp_path: Path) -> None:
    path = source(tmp_path, b"xyz")
    keys = sorted(["a/1/x", "a/1-2/x", "a/1/y", "a/10/x", "b", "a.b/c", "ab/x", "a/1/x.part"])
    for key in reversed(keys):
        await files.put(key, path, media_type="image/webp")
    told, after = [], ""
    while page := await files.page(after=after, limit=3):
        assert len(page) <= 3
        told += [each.key for each in page]
        after = page[-1].key
    assert told == keys


async def test_a_disk_that_takes_nothing_is_busy_and_nothing_half_written_stays(
    tmp_path: Path,
) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be")
    with pytest.raises(FilesUnavailable):
        await FolderFiles(tmp_path / "kept").put(
            KEY, source(tmp_path, b"x"), media_type="image/webp"
        )
    files = FolderFiles(tmp_path / "other")
    with pytest.raises(FileNotFoundError):
        await files.put(KEY, tmp_path / "not-there", media_type="image/webp")
    assert await files.page(after="", limit=9) == []


async def test_a_store_that_falters_is_asked_again(tmp_path: Path) -> None:
    async with served_s3() as (server, told):
        files = S3Files(f"s3://{BUCKET}", **told)
        server.lame = 2
        await files.put(KEY, source(tmp_path, b"kept"), media_type="image/webp")
        assert server.objects[KEY][::2] == (b"kept", "image/webp")


async def test_a_store_that_stays_away_is_busy(tmp_path: Path) -> None:
    async with served_s3() as (server, told):
        server.lame = 1000
        with pytest.raises(FilesUnavailable):
            await S3Files(f"s3://{BUCKET}", **told).find(KEY)
        server.lame = 0
        wrong = {**told, "secret_access_key": "another"}
        with pytest.raises(FilesUnavailable):
            await S3Files(f"s3://{BUCKET}", **wrong).put(
                KEY, source(tmp_path, b"x"), media_type="image/webp"
            )
        assert server.refused == ["SignatureDoesNotMatch"]
        assert server.objects == {}


def test_the_server_computes_signatures_as_amazon_publishes_them() -> None:
    """The example "GET Object" of the documentation of Signature Version 4."""
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    canonical = "\n".join(
        [
            "GET",
            "/test.txt",
            "",
            "host:examplebucket.s3.amazonaws.com",
            "range:bytes=0-9",
            f"x-amz-content-sha256:{empty}",
            "x-amz-date:20130524T000000Z",
            "",
            "host;range;x-amz-content-sha256;x-amz-date",
            empty,
        ]
    )
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    scope = "20130524/us-east-1/s3/aws4_request"
    assert signature_of(secret, "20130524T000000Z", scope, canonical) == (
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )
    assert secret != SECRET_KEY


async def test_the_setting_says_what_keeps_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = source(tmp_path, b"kept")
    usual = open_files(Settings(data=tmp_path / "data"))
    await usual.put(KEY, kept, media_type="image/webp")
    assert (tmp_path / "data" / "media" / KEY).read_bytes() == b"kept"
    elsewhere = open_files(Settings(media_url=f"file://{tmp_path}/a%20b"))
    await elsewhere.put(KEY, kept, media_type="image/webp")
    assert (tmp_path / "a b" / KEY).read_bytes() == b"kept"
    async with served_s3() as (server, told):
        for name in ("access_key_id", "secret_access_key", "region"):
            monkeypatch.setenv(f"AWS_{name.upper()}", str(told[name]))
        monkeypatch.setenv("AWS_ENDPOINT_URL", str(told["endpoint"]))
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        store = open_files(Settings(media_url=f"s3://{BUCKET}/shop"))
        await store.put(KEY, kept, media_type="image/webp")
        assert list(server.objects) == [f"shop/{KEY}"]
        assert isinstance(server, S3Server)


def test_a_house_opens_its_files_once(house: House) -> None:
    assert house.the(MediaFiles) is house.the(MediaFiles)
