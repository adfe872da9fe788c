"""Counting: compared with the moment of the count, blind to who counts, posted once, and with a
second person where much differs."""

import asyncio
import datetime
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from test_stock_in_depth import ask, lot, receive

from houses import Shop, context_of
from rackhouse.inventory import (
    Count,
    CountedPieces,
    Line,
    approve_count,
    audit_stock,
    cancel_count,
    count_of,
    count_page,
    movements,
    open_count,
    place_hold,
    post_count,
    record_count,
    review_count,
    ship_hold,
)
from rackhouse.inventory.commands import AllotStock, ChangeCondition
from rackhouse.inventory.counting import posting
from rackhouse.inventory.errors import (
    CountedAtOutOfBounds,
    CountIncomplete,
    CountIsNot,
    CountLineNotFound,
    CountNotFound,
    DifferenceNeedsReason,
    ExpectedWasSeen,
    FewerThanReserved,
    LineIsPosted,
    LocationNotFound,
    NothingToCount,
    SecondPersonNeeded,
    UnitsAreCountedNow,
    UnitsToCount,
)
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.rules import Pieces, Portion
from rackhouse.platform.context import Context, PermissionMissing
from rackhouse.platform.ids import new_id

OpenShop = Callable[..., Awaitable[Shop]]
COUNTING = frozenset({"counts:read", "counts:write"})
POSTING = COUNTING | {"counts:post", "counts:approve"}


def someone(shop: Shop, name: str, permissions: frozenset[str] = POSTING) -> Context:
    """The context of somebody of this name."""
    return context_of(shop.house, subject=name, permissions=permissions)


async def opened(shop: Shop, **asked: Any) -> Count:
    return await open_count(context=shop.context, location=shop.location, **asked)


async def counted(shop: Shop, count: Count, by: str = "Ada", **figures: int) -> Count:
    """Somebody counts some SKUs; ``first`` is the first one of the shop."""
    named = {"first": shop.sku, **{f"sku{at}": sku for at, sku in enumerate(shop.skus)}}
    pieces = [CountedPieces(sku=named[name], counted=figure) for name, figure in figures.items()]
    return await record_count(context=someone(shop, by), count_id=count.id, pieces=pieces)


async def posted(shop: Shop, count: Count, by: str = "Grace", **asked: Any) -> Count:
    usual = {"reasons": {}, "reason": "counted", "leave_uncounted": False}
    return await post_count(context=someone(shop, by), count_id=count.id, **{**usual, **asked})


async def sell(shop: Shop, quantity: int) -> None:
    """Sell and ship at once."""
    await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, quantity)],
        ttl_seconds=60,
        hand_over=True,
    )


async def adjustments(shop: Shop, sku: str | None = None) -> list[dict[str, Any]]:
    found = await movements(
        context=shop.context, id=sku or shop.sku, location=None, before=None, limit=50
    )
    return [each.facts for each in found if each.type == "StockAdjusted"]


async def test_a_difference_is_posted_with_its_reason(open_shop: OpenShop) -> None:
    shop = await open_shop(units=9)
    count = await opened(shop, skus=[shop.sku])
    await counted(shop, count, first=7)
    done = await posted(shop, count, reasons={shop.sku: "two broken"}, reason=None)
    assert (done.status, done.posted_by, done.lines[0].difference) == ("posted", "Grace", -2)
    assert await shop.levels() == {shop.location: (7, 0, 0)}
    (adjusted,) = await adjustments(shop)
    assert (adjusted["delta"], adjusted["reason"]) == (-2, f"two broken (count {count.id})")
    assert (await count_of(context=shop.context, count_id=count.id)).lines[0].posted_version == 2


async def test_what_happens_between_counting_and_posting_is_kept(open_shop: OpenShop) -> None:
    shop = await open_shop(units=9)
    count = await opened(shop, skus=[shop.sku])
    await counted(shop, count, first=8)
    await sell(shop, 3)
    await shop.receive(shop.sku, 4)
    await posted(shop, count)
    assert await shop.levels() == {shop.location: (9, 0, 0)}


async def test_a_count_that_is_written_down_later_is_compared_with_its_own_moment(
    open_shop: OpenShop,
) -> None:
    shop = await open_shop(units=9)
    count = await opened(shop, skus=[shop.sku])
    (before, *_) = await movements(
        context=shop.context, id=shop.sku, location=None, before=None, limit=1
    )
    await sell(shop, 3)
    at = max(before.recorded_at, count.opened_at) + datetime.timedelta(microseconds=1)
    late = CountedPieces(sku=shop.sku, counted=9, counted_at=at)
    await record_count(context=shop.context, count_id=count.id, pieces=[late])
    done = await posted(shop, count, reason=None)
    assert (done.lines[0].expected, done.lines[0].difference) == (9, 0)
    assert await shop.levels() == {shop.location: (6, 0, 0)}


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_moment_outside_of_the_count_is_refused(open_shop: OpenShop, days: int) -> None:
    shop = await open_shop(units=1)
    count = await opened(shop, skus=[shop.sku])
    at = count.opened_at + datetime.timedelta(days=days)
    late = CountedPieces(sku=shop.sku, counted=1, counted_at=at)
    with pytest.raises(CountedAtOutOfBounds):
        await record_count(context=shop.context, count_id=count.id, pieces=[late])


async def test_the_last_of_two_counts_counts(open_shop: OpenShop) -> None:
    shop = await open_shop(units=9)
    count = await opened(shop, skus=[shop.sku])
    await counted(shop, count, first=2)
    again = await counted(shop, count, by="Joan", first=9)
    assert (again.lines[0].times, again.lines[0].counted_by) == (2, "Joan")
    await posted(shop, count, reason=None)
    assert await shop.levels() == {shop.location: (9, 0, 0)}
    assert await adjustments(shop) == []


async def test_a_blind_sheet_tells_nobody_who_counts_what_is_expected(open_shop: OpenShop) -> None:
    shop = await open_shop(units=9)
    count = await opened(shop, skus=[shop.sku])
    told = [
        count,
        await counted(shop, count, first=7),
        await count_of(context=someone(shop, "Ada", COUNTING), count_id=count.id),
        *await count_page(
            context=shop.context, before=None, location=shop.location, status=None, limit=5
        ),
    ]
    for each in told:
        assert each.blind and each.lines[0].expected is None and each.lines[0].difference is None
    with pytest.raises(PermissionMissing):
        await review_count(context=someone(shop, "Ada", COUNTING), count_id=count.id)


async def test_an_open_sheet_that_is_not_blind_tells(open_shop: OpenShop) -> None:
    shop = await open_shop(units=9)
    count = await opened(shop, skus=[shop.sku], blind=False)
    assert (await counted(shop, count, first=7)).lines[0].expected == 9


async def test_who_has_seen_what_is_expected_counts_no_more(open_shop: OpenShop) -> None:
    shop = await open_shop(units=9)
    count = await opened(shop, skus=[shop.sku])
    await counted(shop, count, first=7)
    seen = await review_count(context=someone(shop, "Grace"), count_id=count.id)
    assert (seen.lines[0].expected, seen.lines[0].difference) == (9, -2)
    with pytest.raises(ExpectedWasSeen):
        await counted(shop, count, by="Grace", first=8)
    await counted(shop, count, by="Ada", first=8)


async def test_what_was_not_counted_is_left_only_if_one_says_so(open_shop: OpenShop) -> None:
    shop = await open_shop(units=9, skus=2)
    await shop.receive(shop.skus[1], 5)
    count = await opened(shop)
    assert [each.sku for each in count.lines] == sorted(shop.skus)
    await counted(shop, count, first=8)
    with pytest.raises(CountIncomplete) as refused:
        await posted(shop, count)
    assert (refused.value.uncounted, refused.value.first) == (1, shop.skus[1])
    assert (await posted(shop, count, leave_uncounted=True)).status == "posted"
    assert await shop.levels(shop.skus[1]) == {shop.location: (5, 0, 0)}


async def test_each_difference_needs_a_reason(open_shop: OpenShop) -> None:
    shop = await open_shop(units=9)
    count = await opened(shop, skus=[shop.sku])
    await counted(shop, count, first=8)
    with pytest.raises(DifferenceNeedsReason):
        await posted(shop, count, reason=None)
    assert await shop.levels() == {shop.location: (9, 0, 0)}


async def test_much_that_differs_needs_a_second_person(open_shop: OpenShop) -> None:
    shop = await open_shop(units=50)
    count = await opened(shop, skus=[shop.sku])
    await counted(shop, count, by="Ada", first=39)
    waiting = await posted(shop, count, by="Grace")
    assert waiting.status == "awaiting_approval"
    assert await shop.levels() == {shop.location: (50, 0, 0)}
    for who in ("Ada", "Grace"):
        with pytest.raises(SecondPersonNeeded):
            await approve_count(context=someone(shop, who), count_id=count.id)
    done = await approve_count(context=someone(shop, "Joan"), count_id=count.id)
    assert (done.status, done.posted_by, done.approved_by) == ("posted", "Grace", "Joan")
    assert await shop.levels() == {shop.location: (39, 0, 0)}
    with pytest.raises(CountIsNot):
        await approve_count(context=someone(shop, "Joan"), count_id=count.id)


async def test_a_recount_takes_a_sheet_back_from_approval(open_shop: OpenShop) -> None:
    shop = await open_shop(units=50)
    count = await opened(shop, skus=[shop.sku])
    await counted(shop, count, first=39)
    await posted(shop, count)
    assert (await counted(shop, count, by="Joan", first=49)).status == "open"
    assert (await posted(shop, count)).status == "posted"
    assert await shop.levels() == {shop.location: (49, 0, 0)}


async def test_fewer_than_are_reserved_can_not_be_posted(open_shop: OpenShop) -> None:
    shop = await open_shop(units=9)
    await place_hold(
        context=shop.context, channel=shop.channel, lines=[Line(shop.sku, 8)], ttl_seconds=60
    )
    count = await opened(shop, skus=[shop.sku])
    await counted(shop, count, first=5)
    with pytest.raises(FewerThanReserved):
        await posted(shop, count)
    assert await shop.levels() == {shop.location: (9, 8, 0)}
    assert (await count_of(context=shop.context, count_id=count.id)).status == "open"


async def test_a_posting_that_was_cut_short_goes_on_and_posts_nothing_twice(
    open_shop: OpenShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop(units=9, skus=3)
    for sku in shop.skus[1:]:
        await shop.receive(sku, 9)
    count = await opened(shop)
    await counted(shop, count, sku0=8, sku1=7, sku2=6)
    monkeypatch.setattr(posting, "LINES_AT_ONCE", 1)
    submit, times = StockLane.submit, 0

    def crash(lane: StockLane, command: Any) -> Any:
        nonlocal times
        times += 1
        if times > 2:
            raise ConnectionAbortedError
        return submit(lane, command)

    with monkeypatch.context() as crashing:
        crashing.setattr(StockLane, "submit", crash)
        with pytest.raises(ConnectionAbortedError):
            await posted(shop, count)
    half = await count_of(context=shop.context, count_id=count.id)
    assert [each.posted_version for each in half.lines] == [2, 2, None]
    with pytest.raises(LineIsPosted):
        await counted(shop, count, sku0=9)
    assert (await posted(shop, count)).status == "posted"
    assert [await shop.levels(sku) for sku in shop.skus] == [
        {shop.location: (left, 0, 0)} for left in (8, 7, 6)
    ]
    with pytest.raises(CountIsNot):
        await posted(shop, count)


async def test_many_who_post_one_sheet_post_it_once(open_shop: OpenShop) -> None:
    shop = await open_shop(units=9)
    count = await opened(shop, skus=[shop.sku])
    await counted(shop, count, first=7)
    outcomes = await asyncio.gather(
        *(posted(shop, count, by=f"poster {number}") for number in range(8)),
        return_exceptions=True,
    )
    assert all(isinstance(each, Count | CountIsNot) for each in outcomes), outcomes
    assert await shop.levels() == {shop.location: (7, 0, 0)}
    assert len(await adjustments(shop)) == 1


async def test_counts_during_sales_lose_nothing(open_shop: OpenShop) -> None:
    shop = await open_shop(units=300)
    sheets = [await opened(shop, skus=[shop.sku]) for _ in range(10)]

    async def count_rightly(sheet: Count) -> None:
        while True:
            on_hand = (await shop.levels())[shop.location][0]
            told = await counted(shop, sheet, first=on_hand)
            seen = await review_count(context=someone(shop, "Grace"), count_id=told.id)
            if seen.lines[0].difference == 0:
                return

    await asyncio.gather(
        *(count_rightly(sheet) for sheet in sheets), *(sell(shop, 1) for _ in range(100))
    )
    for sheet in sheets:
        await posted(shop, sheet, reason=None)
    assert await shop.levels() == {shop.location: (200, 0, 0)}


async def test_rules_choose_what_is_to_be_counted(open_shop: OpenShop) -> None:
    shop = await open_shop(units=5, skus=3)
    quiet, busy, fresh = shop.skus[0], shop.skus[1], shop.skus[2]
    for _ in range(3):
        await shop.receive(busy, 1)
    await shop.receive(fresh, 1)
    first = await opened(shop, most_moved_first=True, limit=1)
    assert [each.sku for each in first.lines] == [busy]
    await counted(shop, first, sku1=3)
    await posted(shop, first, reason=None)
    await shop.receive(fresh, 1)
    second = await opened(shop, most_moved_first=True, limit=1)
    assert [each.sku for each in second.lines] == [fresh]
    old = await opened(shop, not_counted_for_days=30)
    assert [each.sku for each in old.lines] == [quiet, fresh]
    assert len((await opened(shop, not_counted_for_days=0)).lines) == 3


async def test_a_sheet_may_be_asked_for_twice_under_its_id(open_shop: OpenShop) -> None:
    shop = await open_shop(units=5)
    count_id = new_id()
    assert await opened(shop, count_id=count_id) == await opened(shop, count_id=count_id)


async def test_what_can_not_be_counted_is_refused(open_shop: OpenShop) -> None:
    shop = await open_shop(units=5, locations=2)
    with pytest.raises(NothingToCount):
        await open_count(context=shop.context, location=shop.locations[1])
    with pytest.raises(LocationNotFound):
        await open_count(context=shop.context, location="nowhere")
    count = await opened(shop, skus=[shop.sku])
    with pytest.raises(CountLineNotFound):
        await record_count(
            context=shop.context,
            count_id=count.id,
            pieces=[CountedPieces(sku="ANOTHER", counted=1)],
        )
    for unknown in (new_id(), "nonsense"):
        with pytest.raises(CountNotFound):
            await count_of(context=shop.context, count_id=unknown)


async def test_a_cancelled_sheet_is_over(open_shop: OpenShop) -> None:
    shop = await open_shop(units=5)
    count = await opened(shop)
    await counted(shop, count, first=1)
    done = await cancel_count(context=shop.context, count_id=count.id, reason="wrong shelf")
    assert done.status == "cancelled"
    for after in (counted(shop, count, first=2), posted(shop, count)):
        with pytest.raises(CountIsNot):
            await after
    assert await shop.levels() == {shop.location: (5, 0, 0)}


async def in_depth(open_shop: OpenShop) -> Shop:
    """A shop with pieces of no lot (two of them its channel's, one damaged), of a lot, and four
    numbered ones."""
    shop = await open_shop(units=6)
    await lot(shop, "CASK", numbered=9)
    await lot(shop, "SPRING")
    await receive(shop, Line(shop.sku, 4, lot="CASK", units=(1, 2, 3, 4)))
    await receive(shop, Line(shop.sku, 5, lot="SPRING"))
    place = {"sku": shop.sku, "location": shop.location}
    await ask(
        shop, ChangeCondition, pieces=Pieces(quantity=1, **place), after="damaged", reason="x"
    )
    portion = Portion(quantity=2, **place)
    await ask(shop, AllotStock, portions=[portion], channel=shop.channel)
    return shop


async def record(shop: Shop, count: Count, *pieces: CountedPieces) -> Count:
    return await record_count(context=someone(shop, "Ada"), count_id=count.id, pieces=pieces)


async def found_in(shop: Shop) -> list[object]:
    audit = await audit_stock(context=shop.context, progress=lambda _: None)
    return [each for each in audit.discrepancies if each.sku == shop.sku]


async def test_lots_and_conditions_have_lines_of_their_own(open_shop: OpenShop) -> None:
    shop = await in_depth(open_shop)
    count = await opened(shop)
    parts = [(each.lot, each.condition, each.numbered) for each in count.lines]
    assert parts == [
        ("", "sellable", False),
        ("", "damaged", False),
        ("CASK", "sellable", True),
        ("SPRING", "sellable", False),
    ]
    await record(
        shop,
        count,
        CountedPieces(sku=shop.sku, counted=1),
        CountedPieces(sku=shop.sku, counted=2, condition="damaged"),
        CountedPieces(sku=shop.sku, lot="CASK", units=(1, 2, 3, 4)),
        CountedPieces(sku=shop.sku, counted=6, lot="SPRING"),
    )
    done = await posted(shop, count)
    assert [each.difference for each in done.lines] == [-4, 1, 0, 1]
    assert await found_in(shop) == []
    async with shop.house.database("inventory").reading() as tx:
        buckets = await tx.all(
            lambda *row: row,
            "select lot, allotment, condition, on_hand from inventory.bucket"
            " where sku = %(sku)s and on_hand > 0 order by lot, allotment, condition",
            {"sku": shop.sku},
        )
    # What was missing came off the pool first, then off the channel's.
    assert buckets == [
        ("", "", "damaged", 2),
        ("", shop.channel, "sellable", 1),
        ("CASK", "", "sellable", 4),
        ("SPRING", "", "sellable", 6),
    ]


async def test_numbered_units_are_counted_by_their_numbers(open_shop: OpenShop) -> None:
    shop = await in_depth(open_shop)
    count = await opened(shop)
    await record(shop, count, CountedPieces(sku=shop.sku, lot="CASK", units=(1, 3, 7)))
    hold = await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=[Line(shop.sku, 1, lot="CASK", units=(2,))],
        ttl_seconds=60,
        sell=True,
    )
    await ship_hold(
        context=shop.context, hold_id=hold.id, lines=None
    )  # it had been there after all
    done = await posted(shop, count, leave_uncounted=True)
    (line,) = [each for each in done.lines if each.lot == "CASK"]
    assert (line.missing, line.surplus, line.difference) == ((2, 4), (7,), -1)
    async with shop.house.database("inventory").reading() as tx:
        states = await tx.all(
            lambda *row: row,
            "select number, state from inventory.unit where sku = %(sku)s order by number",
            {"sku": shop.sku},
        )
    assert states == [
        (1, "in_stock"),
        (2, "shipped"),
        (3, "in_stock"),
        (4, "gone"),
        (7, "in_stock"),
    ]
    assert await found_in(shop) == []


async def test_numbers_have_to_be_named_as_of_now(open_shop: OpenShop) -> None:
    shop = await in_depth(open_shop)
    count = await opened(shop)
    with pytest.raises(UnitsToCount):
        await record(shop, count, CountedPieces(sku=shop.sku, lot="CASK", counted=4))
    at = count.opened_at + datetime.timedelta(microseconds=1)
    with pytest.raises(UnitsAreCountedNow):
        await record(
            shop, count, CountedPieces(sku=shop.sku, lot="CASK", units=(1,), counted_at=at)
        )
