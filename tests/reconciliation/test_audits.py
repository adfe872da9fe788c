"""Audits: begun by people and the clock, carried on by anybody, and in nobody's way."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from spoilt_houses import audited, cases_of, doctor, order, shop_of, spoilt_house

from houses import context_of
from rackhouse.inventory import Line, confirm_hold, place_hold, release_hold
from rackhouse.modules import MODULES
from rackhouse.orders import Pieces, cancel_order, confirm_order, return_order, ship_order
from rackhouse.platform.house import House
from rackhouse.platform.pacing import Pace
from rackhouse.platform.settings import Settings
from rackhouse.reconciliation import (
    AuditIsRunning,
    AuditRun,
    audit_page,
    auditing,
    run_audit,
    start_audit,
    steps,
)
from rackhouse.reconciliation.jobs import tend_audits


async def test_an_audit_of_everything_reads_everything(settings: Settings, server_url: str) -> None:
    async with spoilt_house(settings, server_url) as house:
        shop = await shop_of(house, units=9, skus=2)
        await order(shop, 2, "hand_over")
        whole = await audited(shop.context, whole=True)
        assert (whole.status, whole.phase, whole.seen) == ("ended", "recheck", 0)
        assert (whole.events, whole.stock_rows, whole.orders) == (5, 1, 1)
        assert whole.ended_at is not None and whole.worked_seconds > 0
        further = await audited(shop.context)
        assert (further.events, further.stock_rows, further.orders) == (0, 1, 0)
        await order(shop, 1)
        further = await audited(shop.context)
        assert (further.events, further.stock_rows, further.orders) == (1, 1, 1)
        found = await audit_page(context=shop.context, before=None, limit=10)
        assert [each.whole for each in found] == [False, False, True]


async def test_one_audit_runs_at_a_time(spoilt: House) -> None:
    context = context_of(spoilt)
    outcomes = await asyncio.gather(
        *(start_audit(context=context, whole=False) for _ in range(4)), return_exceptions=True
    )
    begun = [each for each in outcomes if isinstance(each, AuditRun)]
    assert len(begun) == 1
    with pytest.raises(AuditIsRunning) as refused:
        await start_audit(context=context, whole=True)
    assert refused.value.audit_id == begun[0].id
    with pytest.raises(AuditIsRunning):  # it reads less than is asked for
        await audited(context, whole=True)
    assert (await audited(context)).id == begun[0].id


async def test_the_worker_carries_on_with_what_people_begin(spoilt: House) -> None:
    context = context_of(spoilt)
    run = await start_audit(context=context, whole=True)
    await auditing.carry_on(context, share=1.0, seconds=0.0)
    (newest,) = await audit_page(context=context, before=None, limit=1)
    assert (newest.id, newest.status) == (run.id, "running")
    await auditing.carry_on(context, share=1.0, seconds=60.0)
    (newest,) = await audit_page(context=context, before=None, limit=1)
    assert (newest.id, newest.status) == (run.id, "ended")


async def test_two_do_not_work_at_one_audit(spoilt: House) -> None:
    context = context_of(spoilt)
    await start_audit(context=context, whole=False)
    async with auditing._turn(context) as ours:
        assert ours
        await auditing.carry_on(context, share=1.0, seconds=60.0)
        (newest,) = await audit_page(context=context, before=None, limit=1)
        assert newest.status == "running"
        with pytest.raises(AuditIsRunning):
            await audited(context)
    assert (await audited(context)).status == "ended"


async def test_a_step_that_a_crash_cut_short_is_done_again_and_opens_no_second_case(
    spoilt: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await shop_of(spoilt, units=9)
    await audited(shop.context)
    await doctor(
        shop,
        "update inventory.event set actor = 'nobody' where stream = %(stream)s and version = 1",
    )
    await start_audit(context=shop.context, whole=True)

    async def crash(**_: Any) -> None:
        raise ConnectionAbortedError

    with monkeypatch.context() as crashing:
        crashing.setattr(steps, "keep_log_leg", crash)
        with pytest.raises(ConnectionAbortedError):
            await auditing.carry_on(shop.context, share=1.0, seconds=60.0)
    assert len(await cases_of(shop)) == 1
    await auditing.carry_on(shop.context, share=1.0, seconds=60.0)
    assert [each.kind for each in await cases_of(shop)] == ["event_hash"]


async def test_the_clock_begins_audits_when_it_is_time_to(
    settings: Settings, server_url: str
) -> None:
    for seconds, expected in ((0, []), (3600, [True])):
        async with spoilt_house(
            settings,
            server_url,
            audit_interval_seconds=seconds,
            audit_whole_interval_seconds=seconds,
        ) as house:
            context = context_of(house)
            for _ in range(2):
                await tend_audits(context=context)
            found = await audit_page(context=context, before=None, limit=10)
            assert [each.whole for each in found] == expected
    async with spoilt_house(
        settings, server_url, audit_interval_seconds=1, audit_whole_interval_seconds=3600
    ) as house:
        context = context_of(house)
        await tend_audits(context=context)
        while len(await audit_page(context=context, before=None, limit=10)) < 2:
            await tend_audits(context=context)
        found = await audit_page(context=context, before=None, limit=10)
        assert [each.whole for each in found] == [False, True]


@pytest.mark.usefixtures("patiently")
async def test_an_audit_during_sales_sees_nothing(settings: Settings, server_url: str) -> None:
    async with spoilt_house(settings, server_url) as house, House(house.settings, MODULES) as other:
        shop = await shop_of(house, units=300)
        elsewhere = context_of(other)
        over, selling = asyncio.Event(), asyncio.Event()

        async def buy(number: int) -> None:
            while not over.is_set():
                if number % 2:
                    await hold_and_release()
                else:
                    await order_and_return(number)
                selling.set()

        async def hold_and_release() -> None:
            hold = await place_hold(
                context=elsewhere,
                channel=shop.channel,
                lines=[Line(shop.sku, 1)],
                ttl_seconds=60,
            )
            await confirm_hold(context=elsewhere, hold_id=hold.id)
            await release_hold(context=elsewhere, hold_id=hold.id, lines=None, reason="no")

        async def order_and_return(number: int) -> None:
            placed = await order(shop, 2)
            if number % 4:
                await cancel_order(context=shop.context, order_id=placed.id, reason="no")
                return
            await confirm_order(context=shop.context, order_id=placed.id)
            one = [Pieces(shop.sku, 1)]
            await ship_order(context=shop.context, order_id=placed.id, lines=one)
            await return_order(context=shop.context, order_id=placed.id, lines=one, reason="no")
            await ship_order(context=shop.context, order_id=placed.id, lines=None)
            await return_order(context=shop.context, order_id=placed.id, lines=None, reason="no")

        buyers = [asyncio.create_task(buy(number)) for number in range(24)]
        await selling.wait()
        seen = []
        for whole in (True, False, False, True):
            seen.append((await audited(context_of(house), whole=whole)).seen)
        over.set()
        await asyncio.gather(*buyers)
        assert seen == [0, 0, 0, 0], await cases_of(shop, status=None)


async def test_a_pace_leaves_the_others_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    now, rests = 0.0, []

    async def sleep(seconds: float) -> None:
        nonlocal now
        rests.append(round(seconds, 6))
        now += seconds

    # Nobody else's clock: what is served in this process goes on by its own.
    monkeypatch.setattr("rackhouse.platform.pacing.time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr("rackhouse.platform.pacing.asyncio", SimpleNamespace(sleep=sleep))
    pace = Pace(0.2)
    for worked in (0.5, 1.0, 9.0):
        now += worked
        await pace.rest()
    assert rests == [2.0, 4.0, 5.0]  # never longer than five seconds
    assert pace.worked_seconds == 10.5
    fast = Pace(1.0)
    now += 3.0
    await fast.rest()
    assert rests[-1] == 0.0


async def test_what_an_audit_is_not_asked_for_it_leaves(spoilt: House) -> None:
    """A run that goes on does not read the log from its start: what was changed in an old event is
    found by the next one that reads everything."""
    shop = await shop_of(spoilt, units=9)
    await audited(shop.context)
    await doctor(
        shop,
        "update inventory.event set actor = 'nobody' where stream = %(stream)s and version = 1",
    )
    await audited(shop.context)
    assert await cases_of(shop) == []
    await run_audit(context=shop.context, whole=True, share=1.0, progress=lambda _: None)
    assert [each.kind for each in await cases_of(shop)] == ["event_hash"]
