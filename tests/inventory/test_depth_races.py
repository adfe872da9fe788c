"""Races for what is scarce in depth, through several processes' worth of queues: the last of a lot,
of a quota, or what is waited for; and the controls without guards, which must fail or the races
prove nothing."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from batches import lot_in
from racing import BOTTLES, PROCESSES, Doing, at_once, take_the_lock_out

from houses import Shop, shop_in
from rackhouse.inventory import (
    Hold,
    Line,
    audit_stock,
    availability,
    join_waiting_list,
    place_hold,
    place_in_line,
    quota_uses,
    receive_stock,
    set_quota,
)
from rackhouse.inventory.rules import Quotas
from rackhouse.platform.context import Context

BUYERS = 160


def buying(shop: Shop, sku: str | None = None, **line: Any) -> Doing:
    """Set one piece aside."""

    async def buy(context: Context) -> Hold:
        lines = [Line(sku or shop.sku, 1, **line)]
        return await place_hold(context=context, channel=shop.channel, lines=lines, ttl_seconds=600)

    return buy


def granted(outcomes: Sequence[Any]) -> int:
    """How many holds were placed."""
    return sum(isinstance(each, Hold) for each in outcomes)


async def must_be_sound(shop: Shop) -> None:
    """The audit finds nothing to say about a shop."""
    found = await audit_stock(context=shop.context, progress=lambda _: None)
    assert [each for each in found.discrepancies if each.sku in shop.skus] == []


# The last of a lot.


async def stocked_with_lots(shop: Shop) -> Shop:
    await lot_in(shop, "wanted", pieces=BOTTLES)
    await lot_in(shop, "other", pieces=BUYERS)
    return shop


async def test_a_lot_is_sold_to_its_last_piece_and_not_beyond(
    open_shop, processes: list[Context]
) -> None:
    shop = await stocked_with_lots(await open_shop())
    outcomes = await at_once(processes, [buying(shop, lot="wanted")] * BUYERS)
    assert granted(outcomes) == BOTTLES
    sold = [part for each in outcomes if isinstance(each, Hold) for part in each.allocations]
    assert {part.lot for part in sold} == {"wanted"}
    await must_be_sound(shop)


async def test_the_control_without_lock_and_constraints_oversells_the_lot(
    unguarded: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await stocked_with_lots(await shop_in(unguarded[0]))
    take_the_lock_out(monkeypatch)
    outcomes = await at_once(unguarded, [buying(shop, lot="wanted")] * BUYERS)
    assert granted(outcomes) == PROCESSES * BOTTLES


# The last of a quota.


async def capped(shop: Shop) -> str:
    """A quota over all SKUs of a shop."""
    for sku in shop.skus:
        await shop.receive(sku, BUYERS)
    quota = f"quota-{shop.channel}"
    await set_quota(
        context=shop.context,
        quota=quota,
        name=quota,
        cap=BOTTLES,
        per="everyone",
        skus=shop.skus,
        expected_version=None,
    )
    return quota


def buying_any(shop: Shop) -> list[Doing]:
    return [buying(shop, shop.skus[number % len(shop.skus)]) for number in range(BUYERS)]


async def test_a_quota_over_several_skus_is_used_to_its_cap_and_not_beyond(
    open_shop, processes: list[Context]
) -> None:
    shop = await open_shop(skus=3)
    quota = await capped(shop)
    assert granted(await at_once(processes, buying_any(shop))) == BOTTLES
    uses = await quota_uses(context=shop.context, quota=quota, limit=10)
    assert [each.used for each in uses] == [BOTTLES]


async def test_the_control_that_asks_no_quota_and_has_no_constraint_exceeds_it(
    unguarded: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await shop_in(unguarded[0], skus=3)
    await capped(shop)
    async with unguarded[0].house.database("inventory").transaction() as tx:
        await tx.run("alter table inventory.quota_use drop constraint never_above_quota")
    monkeypatch.setattr(Quotas, "check", lambda *_: None)
    assert granted(await at_once(unguarded, buying_any(shop))) == BUYERS


# Waited for.


async def test_what_comes_goes_to_the_first_in_line_whoever_else_wants_it(
    open_shop, processes: list[Context]
) -> None:
    shop = await open_shop()
    line = [
        await join_waiting_list(
            context=shop.context,
            sku=shop.sku,
            quantity=1,
            channel=shop.channel,
            customer_id=f"customer {number}",
            offer_seconds=600,
        )
        for number in range(BOTTLES + 5)
    ]

    async def receive(context: Context) -> None:
        await receive_stock(
            context=context, location=shop.location, lines=[Line(shop.sku, 1)], reference=None
        )

    outcomes = await at_once(processes, [receive, buying(shop), buying(shop)] * BOTTLES)
    assert granted(outcomes) == 0
    places = [await place_in_line(context=shop.context, waiting_id=each.id) for each in line]
    assert [each.status for each in places] == ["offered"] * BOTTLES + ["waiting"] * 5
    assert set(Counter(each.hold_id for each in places[:BOTTLES]).values()) == {1}
    found = await availability(context=shop.context, id=shop.sku)
    assert found.skus[0].locations[0].held == BOTTLES
    await must_be_sound(shop)
