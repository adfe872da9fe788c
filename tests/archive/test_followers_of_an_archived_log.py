"""Who follows a log whose beginning was archived."""

import httpx
import msgspec
import pytest

from old_towns import OldTown, catch_up
from rackhouse.feeds import Hub
from rackhouse.identity import mint_token
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.module import Module, Subscription
from rackhouse.platform.subscriptions import deliver
from serving import served


async def first_line_with_data(client: httpx.AsyncClient, **query: str) -> tuple[int, str]:
    """The status of a stream, and its problem or the first thing that it tells."""
    async with client.stream("GET", "/api/v1/stream", params=query) as answer:
        if answer.status_code != 200:
            return answer.status_code, (await answer.aread()).decode()
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                return 200, line
    return answer.status_code, ""


async def test_a_cursor_from_before_the_archive_is_sent_to_the_snapshot(town: OldTown) -> None:
    old = f"inventory.{(await town.log())[3].position}"
    await town.archive()
    recent = f"inventory.{(await town.log())[-1].position}"
    token = await mint_token(house=town.house, roles=["admin"], subject="test")
    async with served(town.house.settings, authorization=f"Bearer {token}") as client:
        status, problem = await first_line_with_data(client, cursor=old)
        told = msgspec.json.decode(problem)
        assert (status, told["type"]) == (422, "/problems/cursor-too-old")
        assert told["log"] == "inventory" and "from the snapshot" in told["detail"]
        status, line = await first_line_with_data(client, sku="GIN")
        assert status == 200 and '"type":"snapshot"' in line
        unnamed = await first_line_with_data(client, cursor="catalog.1-1")
        assert unnamed[0] == 422
        assert (await first_line_with_data(client, cursor=recent))[0] == 200


async def test_a_client_that_is_reading_old_events_when_they_go_is_told(town: OldTown) -> None:
    hub = town.house.the(Hub)
    await hub._follow()
    try:
        seen = {each: hub.heard[each] for each in hub.heard}
        seen["inventory"] = (await town.log())[3].position
        assert await hub.backlog.after(seen)
        await town.archive()
        with pytest.raises(Exception, match="is archived"):
            await hub.backlog.after(seen)
    finally:
        await hub._unfollow()


async def test_a_new_subscriber_begins_with_what_the_log_still_has(town: OldTown) -> None:
    await town.archive()
    got: list[Event] = []

    async def receive(context: Context, events: list[Event]) -> None:
        got.extend(events)

    subscription = Subscription(
        name="newcomer",
        log="inventory",
        after_seconds=0,
        permissions=frozenset(),
        receive=receive,  # type: ignore[arg-type]
    )
    module = Module(name="orders", subscriptions=[subscription])
    async with House(town.house.settings, MODULES) as house:
        while await deliver(house, module, subscription):
            pass
    archived = max(each.last for each in await town.files())
    assert got and all(each.position > archived for each in got)
    await catch_up(town)
    assert (await town.archive())["inventory"].stopped is None
