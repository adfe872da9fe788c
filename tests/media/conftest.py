"""A served house that keeps media in a folder of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from rackhouse.identity import mint_token
from rackhouse.platform.house import House
from serving import served

LIMITS = {
    "media_image_bytes": 200_000,
    "media_video_bytes": 300_000,
    "media_model_bytes": 100_000,
    "media_image_pixels": 4_000_000,
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the files."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
async def api(house: House, kept: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The API with small limits, asked by an administrator."""
    settings = msgspec.structs.replace(house.settings, media_url=f"file://{kept}", **LIMITS)
    token = await mint_token(house=house, roles=["admin"], subject="admin", ttl_seconds=7200)
    async with served(settings, authorization=f"Bearer {token}") as client:
        yield client


@pytest.fixture(scope="module")
async def anybody(api: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """The API, asked by nobody in particular."""
    async with httpx.AsyncClient(base_url=api.base_url, timeout=30) as client:
        yield client
