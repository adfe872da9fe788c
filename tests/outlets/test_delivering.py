"""Outlets: everything once at least, in order, whatever happens to the target or the worker."""

import asyncio
import datetime
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from memory_targets import WAIT_SECONDS, Target, dispatching, house_with

from houses import Shop, context_of
from rackhouse.outlets import (
    Gone,
    NotTaken,
    Outlet,
    Place,
    Rejected,
    change_outlet,
    dead_letter_of,
    dead_letter_page,
    discard_dead_letters,
    move_outlet,
    open_outlet,
    outlet_of,
    outlet_status,
    pause_outlet,
    replay_dead_letter,
    replay_dead_letters,
    resume_outlet,
)
from rackhouse.outlets.rules import trying
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from rackhouse.platform.settings import Settings

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
async def shop(open_shop: Callable[..., Awaitable[Shop]]) -> Shop:
    """A shop with two SKUs."""
    return await open_shop(skus=2)


@pytest.fixture
async def manned(house: House, settings: Settings, target: Target) -> AsyncIterator[House]:
    """A house that knows the target."""
    async with house_with(settings, target) as manned:
        yield manned


async def opened(house: House, target: Target, shop: Shop, **more: object) -> Outlet:
    """An outlet of the stock of a shop."""
    asked = {
        "outlet_id": str(uuid.uuid4()),
        "kind": target.kind.name,
        "name": "an outlet",
        "channel": None,
        "filter_values": {"sku": list(shop.skus)},
        "hears_orders": True,
        "conflate_after": None,
        "signals": False,
        "place": Place(),
        **more,
    }
    return await open_outlet(context=context_of(house), **asked)


async def receive(shop: Shop, count: int, sku: str | None = None) -> None:
    for _ in range(count):
        await shop.receive(sku or shop.sku, 1)


def sequences(target: Target, stream: str) -> list[int]:
    return [each.sequence for each in target.got if each.stream == stream]


async def until_status(house: House, outlet: Outlet, holds: Callable[..., bool]) -> object:
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            status = await outlet_status(context=context_of(house), outlet_id=outlet.id)
            if holds(status):
                return status
            await asyncio.sleep(0)


async def test_every_change_arrives_in_order(manned: House, target: Target, shop: Shop) -> None:
    await opened(manned, target, shop)
    async with dispatching(manned):
        await receive(shop, 5)
        await receive(shop, 3, shop.skus[1])
        got = await target.until(8)
    stream = f"{shop.sku}@{shop.location}"
    assert sequences(target, stream) == [1, 2, 3, 4, 5]
    assert len({each.id for each in got}) == 8
    assert got[0].members()["on_hand"] == 1


async def test_what_happened_without_a_worker_is_sent_by_the_next_one(
    manned: House, target: Target, shop: Shop
) -> None:
    await opened(manned, target, shop)
    await receive(shop, 3)
    async with dispatching(manned):
        await target.until(3)
    await receive(shop, 2)
    async with dispatching(manned):
        await target.until(5)
    assert sequences(target, f"{shop.sku}@{shop.location}") == [1, 2, 3, 4, 5]


async def test_a_failure_is_tried_again_from_where_it_was(
    manned: House, target: Target, shop: Shop
) -> None:
    target.troubles = [NotTaken("down"), NotTaken("down", taken=2), NotTaken("down")]
    await opened(manned, target, shop)
    await receive(shop, 4)
    async with dispatching(manned):
        await target.until(4)
    assert sequences(target, f"{shop.sku}@{shop.location}") == [1, 2, 3, 4]
    assert target.failures_seen[:2] == [0, 1]


async def test_a_rejected_message_is_a_dead_letter_and_the_others_are_sent(
    manned: House, target: Target, shop: Shop, context: Context
) -> None:
    target.troubles = [Rejected("too odd", taken=1)]
    outlet = await opened(manned, target, shop)
    await receive(shop, 3)
    async with dispatching(manned):
        await target.until(2)
        (letter,) = await dead_letter_page(
            context=context, outlet_id=outlet.id, after=None, limit=10
        )
        assert (letter.sequence, letter.problem) == (2, "too odd")
        found = await dead_letter_of(context=context, outlet_id=outlet.id, letter_id=letter.id)
        assert found == letter
        assert sequences(target, f"{shop.sku}@{shop.location}") == [1, 3]
        await replay_dead_letter(context=context, outlet_id=outlet.id, letter_id=letter.id)
        await target.until(3)
        await until_status(manned, outlet, lambda status: status.dead_letters == 0)
    assert target.got[-1].id == letter.message_id


async def test_what_is_old_is_given_up_when_its_target_has_failed_for_long(
    manned: House, target: Target, shop: Shop, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "GIVE_UP_AFTER_SECONDS", 0.0)
    target.troubles = [NotTaken("down"), NotTaken("down"), NotTaken("down")]
    outlet = await opened(manned, target, shop)
    await receive(shop, 3)
    async with dispatching(manned):
        await until_status(manned, outlet, lambda status: status.dead_letters == 3)
        status = await until_status(manned, outlet, lambda status: status.lag.events == 0)
    assert (status.problem, target.got) == ("down", [])
    found = await dead_letter_page(context=context, outlet_id=outlet.id, after=None, limit=10)
    assert [each.sequence for each in found] == [1, 2, 3]


async def test_an_open_breaker_lets_one_message_go_ahead(
    manned: House, target: Target, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "OPEN_AT_LEAST_SECONDS", 0.2)
    target.troubles = [NotTaken("down") for _ in range(6)]
    outlet = await opened(manned, target, shop)
    await receive(shop, 5)
    async with dispatching(manned):
        opened_up = await until_status(manned, outlet, lambda status: status.breaker == "open")
        await target.until(5)
        await until_status(manned, outlet, lambda status: status.breaker == "closed")
    assert opened_up.failures >= trying.FAILURES_TO_OPEN
    assert [len(each) for each in target.attempts[1:7]] == [1] * 6


async def test_dead_letters_are_replayed_together_or_discarded(
    manned: House, target: Target, shop: Shop, context: Context
) -> None:
    target.troubles = [Rejected("no"), Rejected("no"), Rejected("no")]
    outlet = await opened(manned, target, shop)
    await receive(shop, 3)
    async with dispatching(manned):
        await until_status(manned, outlet, lambda status: status.dead_letters == 3)
        target.troubles = [Rejected("still no")]
        assert (await replay_dead_letters(context=context, outlet_id=outlet.id)).queued == 3
        await target.until(2)
        status = await until_status(manned, outlet, lambda status: status.dead_letters == 1)
    assert status.dead_letters == 1
    assert sequences(target, f"{shop.sku}@{shop.location}") == [2, 3]
    assert await discard_dead_letters(context=context, outlet_id=outlet.id) == 1


async def test_a_target_that_is_gone_disables_its_outlet(
    manned: House, target: Target, shop: Shop, context: Context
) -> None:
    target.troubles = [Gone("nobody lives here")]
    outlet = await opened(manned, target, shop)
    async with dispatching(manned):
        await receive(shop, 1)
        await until_status(manned, outlet, lambda status: status.state == "disabled")
        await resume_outlet(context=context, outlet_id=outlet.id)
        await target.until(1)
    assert (await outlet_of(context=context, outlet_id=outlet.id)).state == "running"


async def test_a_paused_outlet_keeps_its_place(
    manned: House, target: Target, shop: Shop, context: Context
) -> None:
    outlet = await opened(manned, target, shop)
    await pause_outlet(context=context, outlet_id=outlet.id, reason="stocktaking")
    async with dispatching(manned):
        await receive(shop, 2)
        assert not target.got
        await resume_outlet(context=context, outlet_id=outlet.id)
        await target.until(2)


async def test_the_past_is_sent_anew_with_the_same_ids(
    manned: House, target: Target, shop: Shop, context: Context
) -> None:
    outlet = await opened(manned, target, shop)
    stream = f"{shop.sku}@{shop.location}"
    before = datetime.datetime.now(datetime.UTC)
    async with dispatching(manned):
        await receive(shop, 3)
        first = list(await target.until(3))
        await move_outlet(context=context, outlet_id=outlet.id, place=Place(cursor=first[0].cursor))
        await target.until(5)
        assert [each.id for each in target.got[3:]] == [each.id for each in first[1:]]
        await move_outlet(context=context, outlet_id=outlet.id, place=Place(time=before))
        async with asyncio.timeout(WAIT_SECONDS):
            while len(sequences(target, stream)) < 8:
                await target.until(len(target.got) + 1)
    assert sequences(target, stream) == [1, 2, 3, 2, 3, 1, 2, 3]
    assert {each.id for each in first} == {each.id for each in target.got if each.stream == stream}


async def test_an_outlet_begins_with_a_snapshot_if_asked(
    manned: House, target: Target, shop: Shop
) -> None:
    await receive(shop, 3)
    await opened(manned, target, shop, place=Place(snapshot=True))
    async with dispatching(manned):
        await target.until(1)
        await receive(shop, 1)
        got = await target.until(2)
    assert got[0].type == "snapshot"
    rows = {row["stream"]: row for row in got[0].members()["stock"]}
    stream = f"{shop.sku}@{shop.location}"
    assert rows[stream]["on_hand"] == 3
    assert sequences(target, stream) == [4]


async def test_a_changed_filter_counts_from_where_the_outlet_is(
    manned: House, target: Target, shop: Shop, context: Context
) -> None:
    outlet = await opened(manned, target, shop, filter_values={"sku": [shop.skus[0]]})
    async with dispatching(manned):
        await receive(shop, 1)
        await target.until(1)
        await change_outlet(
            context=context,
            outlet_id=outlet.id,
            name="another",
            filter_values={"sku": [shop.skus[1]]},
            conflate_after=None,
            signals=False,
        )
        await receive(shop, 1, shop.skus[1])
        await target.until(2)
        await receive(shop, 1)
        await receive(shop, 1, shop.skus[1])
        await target.until(3)
    streams = [each.stream for each in target.got]
    assert streams == [f"{shop.skus[at]}@{shop.location}" for at in (0, 1, 1)]


async def test_an_outlet_that_fell_behind_gets_the_latest_levels_only(
    manned: House, target: Target, shop: Shop
) -> None:
    outlet = await opened(manned, target, shop, conflate_after=5)
    await pause_outlet(context=context_of(manned), outlet_id=outlet.id, reason="")
    await receive(shop, 20)
    await receive(shop, 20, shop.skus[1])
    await resume_outlet(context=context_of(manned), outlet_id=outlet.id)
    async with dispatching(manned):
        async with asyncio.timeout(WAIT_SECONDS):
            while {each.sequence for each in target.got if each.sequence == 20} == set():
                await target.until(len(target.got) + 1)
        await until_status(manned, outlet, lambda status: status.lag.events == 0)
    for sku in shop.skus:
        told = sequences(target, f"{sku}@{shop.location}")
        assert told == sorted(told)
        assert told[-1] == 20
    assert len(target.got) < 40
    newest = next(each for each in reversed(target.got) if each.superseded)
    assert newest.members()["superseded"] == newest.superseded


async def test_two_workers_never_run_the_same_outlet(
    house: House, settings: Settings, shop: Shop
) -> None:
    name = f"memory-{uuid.uuid4().hex[:8]}"
    first, second = Target(name), Target(name)
    async with house_with(settings, first) as one, house_with(settings, second) as other:
        await opened(one, first, shop)
        async with dispatching(other):
            async with dispatching(one):
                await receive(shop, 10)
                async with asyncio.timeout(WAIT_SECONDS):
                    while len(first.got) + len(second.got) < 10:
                        await asyncio.sleep(0)
                assert not (first.got and second.got)
            await receive(shop, 5)
            async with asyncio.timeout(WAIT_SECONDS):
                while len(first.got) + len(second.got) < 15:
                    await asyncio.sleep(0)
    stream = f"{shop.sku}@{shop.location}"
    told = sequences(first, stream) + sequences(second, stream)
    assert sorted(set(told)) == list(range(1, 16))
    assert len(told) == 15
