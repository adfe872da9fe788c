"""Which files there are is told over HTTP, in pages, and shown in the console."""

import httpx
import pytest

from houses import context_of
from old_towns import OldTown
from rackhouse.cli.server import build_app
from rackhouse.identity import mint_token
from rackhouse.notary import archived_page
from rackhouse.platform.context import PermissionMissing


async def client_of(town: OldTown) -> httpx.AsyncClient:
    """An auditor's connection to the API of a town."""
    token = await mint_token(
        house=town.house, roles=["auditor"], subject="auditor", channel=None, ttl_seconds=600
    )
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(build_app(town.house)),
        base_url="http://test",
        headers={"authorization": f"Bearer {token}"},
    )


async def test_every_file_is_listed_once_page_by_page(town: OldTown) -> None:
    await town.archive()
    files = await town.files()
    assert len(files) > 3
    async with await client_of(town) as api:
        listed, query = [], "?limit=3"
        while query:
            page = (await api.get(f"/api/v1/archive{query}")).json()
            assert len(page["items"]) <= 3
            listed += page["items"]
            cursor = page["next_cursor"]
            query = f"?limit=3&cursor={cursor}" if cursor else ""
        names = [(each["log"], each["name"]) for each in listed]
        assert len(names) == len(set(names)) and names == sorted(names)
        of_log = (await api.get("/api/v1/archive?log=inventory&limit=200")).json()["items"]
        assert of_log == [each for each in listed if each["log"] == "inventory"]
        assert all(len(each["sha256"]) == 64 and each["emptied_at"] for each in of_log)


async def test_a_log_that_there_is_not_is_refused_with_those_that_there_are(town: OldTown) -> None:
    async with await client_of(town) as api:
        refused = await api.get("/api/v1/archive?log=nonsense")
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/log-unknown")
    assert "inventory" in refused.json()["logs"]


async def test_files_are_for_who_may_read_checkpoints(town: OldTown) -> None:
    nobody = context_of(town.house, permissions=frozenset({"orders:read"}))
    with pytest.raises(PermissionMissing):
        await archived_page(context=nobody, log=None, after=None, limit=10)
