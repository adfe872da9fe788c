"""The audit finds what was changed by hand, says which events tell otherwise, and holds nobody up;
what is written anew from the events is as it was."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from doctoring import doctor, held_in, house_of_its_own, opened_in

from houses import Shop, context_of
from rackhouse.inventory import (
    Audit,
    Discrepancy,
    Hold,
    HoldNotFound,
    audit_stock,
    audit_stock_page,
    confirm_hold,
    hold_of,
    keep_log_leg,
    read_log_anew,
    read_log_leg,
    rebuild_stock,
    recheck_stream,
    recorded_stock,
    release_hold,
    rewrite_hold,
    rewrite_stock,
    ship_hold,
)
from rackhouse.inventory.audit import checking, log_legs
from rackhouse.platform.house import House
from rackhouse.platform.ids import new_id
from rackhouse.platform.pacing import Pace
from rackhouse.platform.settings import Settings

FULL_SPEED = 1.0
Spoil = Callable[[Shop, Hold], Awaitable[int]]


@pytest.fixture(scope="module")
async def spoilt(settings: Settings, server_url: str) -> AsyncIterator[House]:
    """A house of its own, for rows that are changed by hand."""
    async with house_of_its_own(settings, server_url) as house:
        yield house


async def audited(shop: Shop) -> Audit:
    return await audit_stock(context=shop.context, progress=lambda _: None)


async def found_in(shop: Shop) -> list[Discrepancy]:
    """What the audit finds of one shop's stock."""
    audit = await audited(shop)
    return [each for each in audit.discrepancies if each.sku in shop.skus]


async def with_a_history(house: House) -> tuple[Shop, Hold]:
    """A shop that has received (1), held (2), held and sold (3, 4), and shipped a part (5); with
    the hold that still runs."""
    shop = await opened_in(house, units=9)
    hold = await held_in(shop, 2)
    sold = await held_in(shop, 3, sell=True)
    await ship_hold(context=shop.context, hold_id=sold.id, lines=[type(sold.lines[0])(shop.sku, 1)])
    return shop, hold


STOCK_AT = "where sku = %(sku)s and location = %(at)s"

PLANTS: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "a row says more": (
        f"update inventory.stock set on_hand = on_hand + 1 {STOCK_AT}",
        "stock_row",
        (5,),
    ),
    "a row is a version behind": (
        f"update inventory.stock set version = version - 1 {STOCK_AT}",
        "stock_row",
        (5,),
    ),
    "a row follows another event": (
        f"update inventory.stock set head = sha256('forged') {STOCK_AT}",
        "stock_row",
        (5,),
    ),
    "a row is gone": (f"delete from inventory.stock {STOCK_AT}", "stock_row_missing", (5,)),
    "pieces are held no more": (
        "update inventory.allocation set held = 0 where hold_id = %(hold_id)s",
        "hold_pieces",
        (2,),
    ),
    "pieces are gone": (
        "delete from inventory.allocation where hold_id = %(hold_id)s",
        "hold_pieces",
        (2,),
    ),
    "a hold is gone": (
        "delete from inventory.hold where id = %(hold_id)s",
        "hold_missing",
        (2,),
    ),
    "a hold has ended": (
        "update inventory.hold set status = 'released' where id = %(hold_id)s",
        "hold_status",
        (2,),
    ),
    "a hold ends sooner": (
        "update inventory.hold set expires_at = expires_at - interval '1 minute' "
        "where id = %(hold_id)s",
        "hold_status",
        (2,),
    ),
}
REWRITTEN_AS_STOCK = {"stock_row", "stock_row_missing"}


@pytest.mark.parametrize("plant", PLANTS)
async def test_what_was_changed_by_hand_is_found_and_written_anew(
    spoilt: House, plant: str
) -> None:
    statement, kind, versions = PLANTS[plant]
    shop, hold = await with_a_history(spoilt)
    assert await found_in(shop) == []
    before = await recorded_stock(context=shop.context, skus=[shop.sku], locations=None)
    assert await doctor(shop, statement, hold_id=hold.id) == 1
    (found,) = await found_in(shop)
    assert (found.kind, found.versions) == (kind, versions)
    assert found.hold_id == (None if kind in REWRITTEN_AS_STOCK else hold.id)
    place = {"context": shop.context, "sku": shop.sku, "location": shop.location}
    for _ in range(2):
        if kind in REWRITTEN_AS_STOCK:
            await rewrite_stock(**place)
        else:
            await rewrite_hold(hold_id=hold.id, **place)
    assert await found_in(shop) == []
    after = await recorded_stock(context=shop.context, skus=[shop.sku], locations=None)
    assert after == before
    now = await hold_of(context=shop.context, hold_id=hold.id)
    assert (now.status, now.allocations) == ("held", hold.allocations)
    assert now.expires_at == hold.expires_at and now.lines == hold.lines


@pytest.mark.parametrize("plant", PLANTS)
async def test_each_check_is_needed(
    spoilt: House, plant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement, kind, _ = PLANTS[plant]
    shop, hold = await with_a_history(spoilt)
    await doctor(shop, statement, hold_id=hold.id)
    needed = []
    for check in checking.CHECKS:
        others = tuple(each for each in checking.CHECKS if each is not check)
        with monkeypatch.context() as without:
            without.setattr(checking, "CHECKS", others)
            page = await whole_pages(shop)
        if kind not in {each.kind for each in page if each.sku == shop.sku}:
            needed.append(check.__name__)
    expected = {
        "stock_row": ["rows_are_what_their_last_events_say"],
        "stock_row_missing": [],  # this the reader of the log finds
        "hold_pieces": ["holds_add_up"],
        "hold_missing": ["holds_are_what_their_pieces_are"],
        "hold_status": ["holds_are_what_their_pieces_are"],
    }
    if kind != "stock_row_missing":
        assert needed == expected[kind]
    await rebuild_stock(context=shop.context, progress=lambda _: None)


async def whole_pages(shop: Shop) -> list[Discrepancy]:
    found: list[Discrepancy] = []
    after = None
    while True:
        page = await audit_stock_page(context=shop.context, after=after, pace=Pace(FULL_SPEED))
        found += page.discrepancies
        if page.ended:
            return found
        after = page.end


async def test_a_row_that_is_gone_is_noticed_by_a_page_once_the_log_was_read(
    spoilt: House,
) -> None:
    shop, _ = await with_a_history(spoilt)
    await read_to_the_end(shop)
    await doctor(shop, f"delete from inventory.stock {STOCK_AT}")
    (found,) = [each for each in await whole_pages(shop) if each.sku == shop.sku]
    assert (found.kind, found.versions, found.expected["on_hand"]) == ("stock_row_missing", (5,), 8)
    await rewrite_stock(context=shop.context, sku=shop.sku, location=shop.location)
    assert not [each for each in await whole_pages(shop) if each.sku == shop.sku]


async def test_more_promised_than_there_is_is_found_where_the_constraint_was_dropped(
    spoilt: House,
) -> None:
    shop, _ = await with_a_history(spoilt)
    await doctor(shop, "alter table inventory.stock drop constraint never_oversell")
    await doctor(shop, f"update inventory.stock set on_hand = 3 {STOCK_AT}")
    audit = await audited(shop)
    assert audit.oversold == 1
    kinds = {each.kind for each in audit.discrepancies if each.sku == shop.sku}
    assert kinds == {"stock_row", "oversold"}
    await rewrite_stock(context=shop.context, sku=shop.sku, location=shop.location)
    await doctor(
        shop,
        "alter table inventory.stock add constraint never_oversell check"
        " (held >= 0 and committed >= 0 and held + committed <= on_hand)",
    )


async def test_of_many_holds_the_one_that_differs_is_named(spoilt: House) -> None:
    shop = await opened_in(spoilt, units=50)
    holds = [await held_in(shop, 2) for _ in range(9)]
    await release_hold(context=shop.context, hold_id=holds[0].id, lines=None, reason="no")
    await confirm_hold(context=shop.context, hold_id=holds[1].id)
    await doctor(
        shop,
        "update inventory.allocation set committed = 1 where hold_id = %(hold_id)s",
        hold_id=holds[1].id,
    )
    (found,) = await found_in(shop)
    assert (found.hold_id, found.versions) == (holds[1].id, (3, 12))
    assert (found.expected, found.found) == (
        {"held": 0, "committed": 2},
        {"held": 0, "committed": 1},
    )
    await rewrite_hold(
        context=shop.context, hold_id=holds[1].id, sku=shop.sku, location=shop.location
    )
    assert await found_in(shop) == []


async def test_a_hold_that_no_event_tells_of_can_not_be_written_anew(spoilt: House) -> None:
    shop = await opened_in(spoilt, units=1)
    for hold_id in (new_id(), "nonsense"):
        with pytest.raises(HoldNotFound):
            await rewrite_hold(
                context=shop.context, hold_id=hold_id, sku=shop.sku, location=shop.location
            )


LOG_PLANTS: dict[str, tuple[str, list[tuple[str, tuple[int, ...]]]]] = {
    "an event records other figures": (
        "update inventory.event set data = (data::jsonb || '{\"held\": 4}')::json "
        "where stream = %(stream)s and version = 2",
        [("event_figures", (1, 2))],
    ),
    "an event tells of another quantity": (
        "update inventory.event set data = (data::jsonb || '{\"quantity\": 1}')::json "
        "where stream = %(stream)s and version = 4",
        [("event_figures", (3, 4))],
    ),
    "an event was caused by somebody else": (
        "update inventory.event set actor = 'nobody' where stream = %(stream)s and version = 3",
        [("event_hash", (2, 3))],
    ),
    "an event was told anew, with a hash to match": (
        "update inventory.event set hash = sha256('forged') "
        "where stream = %(stream)s and version = 3",
        [("event_hash", (2, 3)), ("event_hash", (3, 4))],
    ),
    "an event is gone": (
        "delete from inventory.event where stream = %(stream)s and version = 3",
        [("events_missing", (2, 4))],
    ),
    "an event is of no known type": (
        "update inventory.event set type = 'StockEaten' where stream = %(stream)s and version = 5",
        [("event_type_unknown", (5,))],
    ),
}


@pytest.mark.parametrize("plant", LOG_PLANTS)
async def test_what_was_changed_in_the_log_is_found_once(spoilt: House, plant: str) -> None:
    statement, expected = LOG_PLANTS[plant]
    shop, _ = await with_a_history(spoilt)
    assert await doctor(shop, statement) == 1
    found = [each for each in await found_in(shop) if each.kind.startswith("event")]
    assert [(each.kind, each.versions) for each in found] == expected
    again = await recheck_stream(
        context=shop.context, sku=shop.sku, location=shop.location, pace=Pace(FULL_SPEED)
    )
    assert again == found
    await doctor(shop, "delete from inventory.event where stream = %(stream)s")
    await doctor(shop, f"delete from inventory.stock {STOCK_AT}")
    await doctor(shop, f"delete from inventory.allocation {STOCK_AT}")


async def leg_of(shop: Shop) -> log_legs.LogLeg:
    return await read_log_leg(context=shop.context, pace=Pace(FULL_SPEED), progress=lambda _: None)


async def read_to_the_end(shop: Shop) -> list[log_legs.LogLeg]:
    legs = []
    while not legs or not legs[-1].ended:
        legs.append(await leg_of(shop))
        await keep_log_leg(context=shop.context, leg=legs[-1])
    return legs


async def test_the_log_is_read_on_from_where_the_last_leg_ended(
    spoilt: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_legs, "LEG_EVENTS", 4)
    monkeypatch.setattr(log_legs, "PAGE_EVENTS", 2)
    shop, hold = await with_a_history(spoilt)
    await read_log_anew(context=shop.context)
    first = await read_to_the_end(shop)
    assert len(first) > 2 and not [each for leg in first for each in leg.discrepancies]
    (nothing,) = await read_to_the_end(shop)
    assert (nothing.events, nothing.ended) == (0, True)
    await release_hold(context=shop.context, hold_id=hold.id, lines=None, reason="no")
    unkept = await leg_of(shop)
    (again,) = await read_to_the_end(shop)
    assert again == unkept  # a crash before it was kept repeats the leg
    assert (again.events, again.hold_ids) == (1, [hold.id])
    assert [(each.stock.sku, each.stock.version) for each in again.streams] == [(shop.sku, 6)]
    await read_log_anew(context=shop.context)
    anew = await read_to_the_end(shop)
    assert sum(leg.events for leg in anew) == sum(leg.events for leg in first) + 1


async def test_an_old_event_that_was_changed_is_found_by_reading_the_log_anew(
    spoilt: House,
) -> None:
    shop, hold = await with_a_history(spoilt)
    await read_to_the_end(shop)
    await doctor(
        shop,
        "update inventory.event set data = (data::jsonb || '{\"on_hand\": 10}')::json "
        "where stream = %(stream)s and version = 1",
    )
    await release_hold(context=shop.context, hold_id=hold.id, lines=None, reason="no")
    assert not [each for leg in await read_to_the_end(shop) for each in leg.discrepancies]
    await read_log_anew(context=shop.context)
    (found,) = [each for leg in await read_to_the_end(shop) for each in leg.discrepancies]
    assert (found.kind, found.sku, found.versions) == ("event_figures", shop.sku, (1,))
    await doctor(
        shop,
        "update inventory.event set data = (data::jsonb || '{\"on_hand\": 9}')::json "
        "where stream = %(stream)s and version = 1",
    )


async def test_a_leg_of_a_round_that_is_over_is_not_kept(spoilt: House) -> None:
    shop, _ = await with_a_history(spoilt)
    late = await leg_of(shop)
    await read_log_anew(context=shop.context)
    await keep_log_leg(context=shop.context, leg=late)
    assert (await leg_of(shop)).events >= late.events > 0


async def test_the_audit_waits_for_nobody(spoilt: House) -> None:
    shop, hold = await with_a_history(spoilt)
    async with spoilt.database("inventory").transaction() as tx:
        await tx.run("lock table inventory.stock in exclusive mode")
        await tx.run("select from inventory.hold for update")
        assert await found_in(shop) == []
    assert (await hold_of(context=shop.context, hold_id=hold.id)).status == "held"


async def test_an_audit_during_sales_finds_nothing(spoilt: House) -> None:
    shop = await opened_in(spoilt, units=400)
    selling = asyncio.Event()
    over = asyncio.Event()

    async def sell(number: int) -> None:
        while not over.is_set():
            hold = await held_in(shop)
            selling.set()
            if number % 3 == 0:
                await release_hold(context=shop.context, hold_id=hold.id, lines=None, reason="no")
            else:
                await confirm_hold(context=shop.context, hold_id=hold.id)
                await release_hold(context=shop.context, hold_id=hold.id, lines=None, reason="no")

    buyers = [asyncio.create_task(sell(number)) for number in range(32)]
    await selling.wait()
    found = [each for _ in range(5) for each in await found_in(shop)]
    over.set()
    await asyncio.gather(*buyers)
    assert found == []


async def test_a_rebuild_reads_what_was_committed_behind_an_open_transaction(
    spoilt: House,
) -> None:
    shop = await opened_in(spoilt, units=3)
    async with spoilt.database("orders").transaction() as older:
        await older.run("select pg_current_xact_id()")
        await held_in(shop, 2)
        before = await recorded_stock(context=shop.context, skus=[shop.sku], locations=None)
        await rebuild_stock(context=shop.context, progress=lambda _: None)
        after = await recorded_stock(context=shop.context, skus=[shop.sku], locations=None)
    assert after == before


async def test_a_reader_may_audit_and_not_rewrite(spoilt: House) -> None:
    shop = await opened_in(spoilt, units=1)
    reader = context_of(spoilt, permissions=frozenset({"inventory:read"}))
    await audit_stock(context=reader, progress=lambda _: None)
    with pytest.raises(Exception, match="inventory:write"):
        await rewrite_stock(context=reader, sku=shop.sku, location=shop.location)
