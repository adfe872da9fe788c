"""What there was at a past moment."""

import asyncio
import datetime
from itertools import pairwise

import msgspec
import pytest

from houses import Shop
from pasts import BEGAN, Past, levels_at, random_past, write_past
from rackhouse.catalog import create_product, remove_product
from rackhouse.inventory import (
    LEVELS,
    AvailabilityAtLocation,
    Line,
    MomentInFuture,
    StockNotFound,
    audit_stock,
    availability,
    availability_as_of,
    confirm_hold,
    hold_of,
    place_hold,
)
from rackhouse.inventory.events import StockReceived
from rackhouse.inventory.jobs import expire_due_holds
from rackhouse.inventory.sums import Figures, figures_of
from rackhouse.platform.store import server_time

MICROSECOND = datetime.timedelta(microseconds=1)


async def moment_in(shop: Shop) -> datetime.datetime:
    """The time by the database's clock."""
    async with shop.house.database("inventory").reading() as tx:
        return await server_time(tx)


async def figures_as_of(shop: Shop, moment: datetime.datetime) -> Figures:
    """The figures of a shop's first SKU in sum."""
    found = await availability_as_of(context=shop.context, id=shop.sku, as_of=moment)
    sku = found.skus[0]
    at = sku.locations[0] if sku.locations else AvailabilityAtLocation("", 0, 0, 0, 0, 0)
    assert (sku.on_hand, sku.reserved) == (at.on_hand, at.held + at.committed)
    assert sku.available == at.available
    return Figures(
        at.on_hand,
        at.held,
        at.committed,
        at.available,
        at.unavailable,
        at.allotted,
        at.safety,
    )


def answered(past: Past, moment: datetime.datetime) -> Figures:
    """The figures of a moment as availability answers them: what is frozen is unavailable."""
    figures = figures_of(levels_at(past, moment))
    unavailable = figures.unavailable + figures.frozen
    return msgspec.structs.replace(figures, unavailable=unavailable, frozen=0)


def moments_of(past: Past) -> list[datetime.datetime]:
    """Every moment at which something may be otherwise than just before, and those beside it."""
    ends = (
        {each.expires_at for each in past.holds.values()}
        | {each for _, event in past.of_lots[:2] for each in (event.release_at, event.expires_at)}
        | {at for at, _ in past.of_lots}
    )
    times = sorted({at for at, _ in past.events} | ends)
    between = [early + (late - early) / 2 for early, late in pairwise(times)]
    beside = [each + step for each in times for step in (-MICROSECOND, MICROSECOND)]
    return [*times, *between, *beside]


@pytest.mark.parametrize("in_depth", [False, True])
@pytest.mark.parametrize("seed", range(6))
async def test_the_figures_of_any_moment_are_what_all_events_until_then_come_to(
    open_shop, seed: int, in_depth: bool
) -> None:
    shop, past = await open_shop(), random_past(seed, 45, in_depth=in_depth)
    await write_past(shop, past)
    for moment in moments_of(past):
        assert await figures_as_of(shop, moment) == answered(past, moment), moment


async def test_a_past_in_depth_has_all_that_there_is_to_be_wrong_about() -> None:
    pasts = [random_past(seed, 45, in_depth=True) for seed in range(6)]
    seen = [levels_at(past, each) for past in pasts for each in moments_of(past)]
    assert all(
        any(getattr(each, name) for each in seen) for name in LEVELS if name != "unavailable"
    )


async def test_the_past_is_as_it_was_answered_then(open_shop) -> None:
    shop = await open_shop(units=9, locations=2)
    await shop.receive(shop.sku, 4, shop.locations[1])
    answers = []
    for quantity in (1, 2, 10):
        hold = await place_hold(
            context=shop.context, channel=shop.channel, lines=[Line(shop.sku, quantity)],
            ttl_seconds=600,
        )  # fmt: skip
        if quantity == 2:
            await confirm_hold(context=shop.context, hold_id=hold.id)
        answer = await availability(context=shop.context, id=shop.sku)
        answers.append((await moment_in(shop), answer))
    for moment, answer in answers:
        found = await availability_as_of(context=shop.context, id=shop.sku, as_of=moment)
        assert (found.product_id, found.skus) == (answer.product_id, answer.skus)
        assert found.note is None


async def test_a_hold_that_had_lapsed_was_free_whoever_tidied_up_later(open_shop) -> None:
    shop = await open_shop(units=5)
    before = await moment_in(shop)
    hold = await place_hold(
        context=shop.context, channel=shop.channel, lines=[Line(shop.sku, 2)], ttl_seconds=0.001
    )
    while (await hold_of(context=shop.context, hold_id=hold.id)).status != "expired":
        await asyncio.sleep(0)
    lapsed = await moment_in(shop)
    assert await figures_as_of(shop, hold.placed_at) == Figures(5, 2, 0, 3)
    assert await figures_as_of(shop, lapsed) == Figures(5, 0, 0, 5)
    await expire_due_holds(context=shop.context)
    assert await figures_as_of(shop, before) == Figures(5, 0, 0, 5)
    assert await figures_as_of(shop, hold.placed_at) == Figures(5, 2, 0, 3)
    assert await figures_as_of(shop, hold.expires_at - MICROSECOND) == Figures(5, 2, 0, 3)
    assert await figures_as_of(shop, hold.expires_at) == Figures(5, 0, 0, 5)
    assert await figures_as_of(shop, lapsed) == Figures(5, 0, 0, 5)


async def test_a_bundle_was_what_its_scarcest_component_was(open_shop) -> None:
    shop = await open_shop(units=6, skus=2)
    half = await moment_in(shop)
    await shop.receive(shop.skus[1], 2)
    bundle = f"SET-{shop.sku}"
    components = [{"sku": sku, "quantity": 1} for sku in shop.skus]
    draft = {
        "id": bundle.lower(),
        "type": "bundle",
        "name": "One of each",
        "attributes": {},
        "variants": [{"sku": bundle, "components": components}],
    }
    await create_product(context=shop.context, draft=draft)
    both = await moment_in(shop)
    for moment, available in ((half, 0), (both, 2)):
        found = await availability_as_of(context=shop.context, id=bundle, as_of=moment)
        assert [each.available for each in found.skus] == [available]


async def test_before_the_first_event_there_was_nothing_and_the_answer_says_so(open_shop) -> None:
    shop = await open_shop()
    empty = await availability_as_of(context=shop.context, id=shop.sku, as_of=BEGAN)
    assert empty.note == f"Nothing ever happened to the stock of {shop.sku}."
    past = Past()
    past.let(StockReceived(3, None))
    await write_past(shop, past)
    earlier = await availability_as_of(context=shop.context, id=shop.sku, as_of=BEGAN - MICROSECOND)
    assert earlier.first_event_at == BEGAN
    assert earlier.note is not None and "2026-03-01 09:00:00 UTC" in earlier.note
    assert [(each.on_hand, each.available, each.locations) for each in earlier.skus] == [(0, 0, [])]
    assert await figures_as_of(shop, BEGAN) == Figures(3, 0, 0, 3)


async def test_the_past_of_a_sku_that_has_left_the_catalog_is_still_told(open_shop) -> None:
    shop = await open_shop(units=2)
    product = f"product-{shop.channel.removeprefix('channel-')}"
    await remove_product(
        context=shop.context, product_id=product, only_type=None, expected_version=None
    )
    moment = await moment_in(shop)
    found = await availability_as_of(context=shop.context, id=shop.sku, as_of=moment)
    assert found.product_id is None and found.skus[0].on_hand == 2


async def test_what_has_not_come_yet_and_what_is_unknown_are_refused(open_shop) -> None:
    shop = await open_shop(units=1)
    ahead = await moment_in(shop) + datetime.timedelta(minutes=1)
    with pytest.raises(MomentInFuture):
        await availability_as_of(context=shop.context, id=shop.sku, as_of=ahead)
    for unknown in ("NOTHING-LIKE-THAT", "no\x00thing"):
        with pytest.raises(StockNotFound):
            await availability_as_of(context=shop.context, id=unknown, as_of=BEGAN)


async def test_the_audit_says_where_the_clock_was_set_back(open_shop) -> None:
    shop, past = await open_shop(), Past()
    past.let(StockReceived(3, None))
    past.wait(-60)
    past.let(StockReceived(4, None))
    past.wait(120)
    past.let(StockReceived(5, None))
    await write_past(shop, past)
    audit = await audit_stock(context=shop.context, progress=lambda _: None)
    (step,) = [each for each in audit.clock_steps if each.sku == shop.sku]
    minute = datetime.timedelta(minutes=1)
    assert (step.version, step.recorded_at, step.before) == (2, BEGAN - minute, BEGAN)
    assert not [each for each in audit.discrepancies if each.sku == shop.sku]
    twice = await figures_as_of(shop, BEGAN - minute / 2)
    assert twice.on_hand in (0, 7)
    assert (await figures_as_of(shop, BEGAN)).on_hand == 7
