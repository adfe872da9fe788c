"""Lots: made known, changed, and told of when their dates come."""

import datetime
from typing import Any

import pytest
from batches import LONG_AGO, SOON, hold_of_lot, lot_in

from houses import Shop, context_of
from rackhouse.catalog import SkuUnknown, create_product
from rackhouse.inventory import (
    Line,
    LotChanges,
    LotExists,
    LotFacts,
    LotNotFound,
    NotEnoughStock,
    audit_stock,
    availability,
    change_lot,
    lot_of,
    lots_of,
    movements,
    place_hold,
    recall_lot,
    receive_stock,
    register_lot,
    reinstate_lot,
)
from rackhouse.inventory.commands import RecallLot, RegisterLot
from rackhouse.inventory.errors import BatchUnsettled, BundleHasNoStock, LotNotSellable
from rackhouse.inventory.jobs import turn_lots
from rackhouse.inventory.lane import StockLane
from rackhouse.inventory.log import LOG
from rackhouse.inventory.lot_errors import InvalidLot, LotVersionStale, NumberedIsFixed
from rackhouse.platform.context import PermissionMissing
from rackhouse.platform.events import Event

FACTS: dict[str, Any] = {
    "made_on": datetime.date(2026, 3, 1),
    "release_at": LONG_AGO,
    "expires_at": SOON,
    "flavor_profile": {"smoke": 80, "vanilla": 35},
    "attributes": {
        "cask": {"kind": "text", "value": "first-fill sherry butt 4711"},
        "abv": {"kind": "number", "value": 57.1, "unit": "% vol"},
        "chill_filtered": {"kind": "boolean", "value": False},
        "filled_on": {"kind": "date", "value": "2009-03-17"},
        "awards": {"kind": "list", "value": ["gold", "best of its year"]},
    },
}


async def events_of_lot(shop: Shop, lot: str) -> list[Event]:
    """What happened to a lot, the oldest first."""
    async with shop.house.database("inventory").transaction() as tx:
        found = await LOG.read_streams(
            tx,
            streams=[f"lot:{shop.sku}/{lot}"],
            recorded_before=None,
            position_before=None,
            limit=100,
        )
    return found[::-1]


async def told_statuses(shop: Shop, location: str | None = None) -> list[str]:
    """The statuses of lots that followers of a stock were told, the oldest first."""
    found = await movements(
        context=shop.context, id=shop.sku, location=location, before=None, limit=200
    )
    return [each.facts["status"] for each in reversed(found) if each.type == "LotStatusChanged"]


async def available(shop: Shop) -> int:
    return (await availability(context=shop.context, id=shop.sku)).skus[0].available


async def let_dates_come(shop: Shop, lot: str, **dates: datetime.datetime) -> None:
    """Let the time come at which a lot is released or expires."""
    async with shop.house.database("inventory").transaction() as tx:
        await tx.run(
            """
            update inventory.lot
            set release_at = coalesce(%(release_at)s::timestamptz, release_at),
                expires_at = coalesce(%(expires_at)s::timestamptz, expires_at),
                turns_at = least(%(release_at)s::timestamptz, %(expires_at)s::timestamptz)
            where sku = %(sku)s and lot = %(lot)s
            """,
            {"sku": shop.sku, "lot": lot, "release_at": None, "expires_at": None, **dates},
        )


async def test_a_lot_is_known_with_all_that_was_said_of_it(open_shop) -> None:
    shop = await open_shop()
    registered = await register_lot(
        context=shop.context, sku=shop.sku, lot="2026-1", facts=LotFacts(**FACTS)
    )
    assert registered.status == "sellable" and registered.version == 1
    found = await lot_of(context=shop.context, sku=shop.sku, lot="2026-1")
    assert found == registered
    assert found.attributes["filled_on"].value == datetime.date(2009, 3, 17)
    assert found.attributes["abv"].value == 57.1
    assert found.flavor_profile == {"smoke": 80, "vanilla": 35}


async def test_a_flavor_profile_may_be_words(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "words", flavor_profile=["driftwood smoke", "honeycomb"])
    found = await lot_of(context=shop.context, sku=shop.sku, lot="words")
    assert found.flavor_profile == ["driftwood smoke", "honeycomb"]


async def test_lots_are_listed_by_sku_and_status_page_by_page(open_shop) -> None:
    shop = await open_shop()
    for name in ("c", "a", "b"):
        await lot_in(shop, name, release_at=SOON if name == "b" else None)
    listed = await lots_of(context=shop.context, sku=shop.sku, status=None, after=None, limit=10)
    assert [(each.lot, each.status) for each in listed] == [
        ("a", "sellable"),
        ("b", "unreleased"),
        ("c", "sellable"),
    ]
    unreleased = await lots_of(
        context=shop.context, sku=shop.sku, status="unreleased", after=None, limit=10
    )
    assert [each.lot for each in unreleased] == ["b"]


async def test_the_same_lot_of_another_sku_is_another_lot(open_shop) -> None:
    shop = await open_shop(skus=2)
    for sku in shop.skus:
        await lot_in(shop, "2026-1", sku=sku)
    with pytest.raises(LotExists):
        await lot_in(shop, "2026-1")


async def test_a_lot_needs_a_sku_that_is_stocked_and_facts_that_hold(open_shop) -> None:
    shop = await open_shop()
    bundle = f"SET-{shop.sku}"
    draft = {
        "id": bundle.lower(),
        "type": "bundle",
        "name": "Set",
        "attributes": {},
        "variants": [{"sku": bundle, "components": [{"sku": shop.sku, "quantity": 2}]}],
    }
    await create_product(context=shop.context, draft=draft)
    with pytest.raises(BundleHasNoStock):
        await lot_in(shop, "a", sku=bundle)
    with pytest.raises(SkuUnknown):
        await lot_in(shop, "a", sku="NOTHING")
    with pytest.raises(InvalidLot) as refused:
        await lot_in(shop, "no/slash", release_at=SOON, expires_at=LONG_AGO, numbered=10_001)
    assert [each.field for each in refused.value.problems] == ["lot", "numbered", "expires_at"]
    with pytest.raises(InvalidLot) as refused:
        await lot_in(shop, "a", expires_at=LONG_AGO)
    assert "is in the past" in str(refused.value)


async def test_pieces_of_a_lot_that_nobody_registered_can_not_come_in(open_shop) -> None:
    shop = await open_shop()
    with pytest.raises(LotNotFound):
        await receive_stock(
            context=shop.context,
            location=shop.location,
            lines=[Line(shop.sku, 1, "unheard-of")],
            reference=None,
        )


async def test_whoever_may_receive_stock_may_not_yet_recall_it(open_shop) -> None:
    shop = await open_shop()
    writer = context_of(shop.house, permissions=frozenset({"inventory:read", "inventory:write"}))
    for operation in (recall_lot, reinstate_lot):
        with pytest.raises(PermissionMissing) as refused:
            await operation(context=writer, sku=shop.sku, lot="a", reason="because")
        assert refused.value.permission == "inventory:recall"


async def test_what_is_changed_is_changed_and_the_rest_stays(open_shop) -> None:
    shop = await open_shop()
    await register_lot(context=shop.context, sku=shop.sku, lot="a", facts=LotFacts(**FACTS))
    changed = await change_lot(
        context=shop.context,
        sku=shop.sku,
        lot="a",
        changes=LotChanges(made_on=None, flavor_profile=["peat"]),
        expected_version=1,
    )
    assert (changed.made_on, changed.flavor_profile, changed.version) == (None, ["peat"], 2)
    assert changed.expires_at == SOON and changed.attributes.keys() == FACTS["attributes"].keys()
    again = await change_lot(
        context=shop.context,
        sku=shop.sku,
        lot="a",
        changes=LotChanges(made_on=None),
        expected_version=2,
    )
    assert again.version == 2
    assert [event.type for event in await events_of_lot(shop, "a")] == [
        "LotRegistered",
        "LotChanged",
    ]


async def change(shop: Shop, lot: str, expected_version: int | None = None, **said: Any) -> Any:
    return await change_lot(
        context=shop.context,
        sku=shop.sku,
        lot=lot,
        changes=LotChanges(**said),
        expected_version=expected_version,
    )


async def test_a_change_of_what_has_changed_meanwhile_is_refused(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "a")
    with pytest.raises(LotVersionStale) as refused:
        await change(shop, "a", 7, made_on=datetime.date(2026, 1, 1))
    assert refused.value.current == 1
    with pytest.raises(LotNotFound):
        await change(shop, "b", made_on=None)
    with pytest.raises(InvalidLot):
        await change(shop, "a", release_at=SOON, expires_at=LONG_AGO)


async def test_how_many_are_numbered_is_fixed_once_pieces_have_come(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "a", numbered=3)
    assert (await change(shop, "a", numbered=4)).numbered == 4
    await receive_stock(
        context=shop.context,
        location=shop.location,
        lines=[Line(shop.sku, 1, "a", (4,))],
        reference=None,
    )
    for said in (5, None):
        with pytest.raises(NumberedIsFixed):
            await change(shop, "a", numbered=said)


async def test_a_new_release_date_takes_pieces_off_sale_and_is_told_where_they_are(
    open_shop,
) -> None:
    shop = await open_shop(locations=3)
    await lot_in(shop, "a", pieces=2)
    await receive_stock(
        context=shop.context,
        location=shop.locations[1],
        lines=[Line(shop.sku, 3, "a")],
        reference=None,
    )
    await shop.receive(shop.sku, 4, shop.locations[2])
    assert await available(shop) == 9
    assert (await change(shop, "a", release_at=SOON)).status == "unreleased"
    assert await available(shop) == 4
    for location in shop.locations[:2]:
        assert await told_statuses(shop, location) == ["unreleased"]
    assert await told_statuses(shop, shop.locations[2]) == []
    with pytest.raises(LotNotSellable):
        await hold_of_lot(shop, lot="a")
    await change(shop, "a", release_at=None)
    assert await available(shop) == 9
    assert await told_statuses(shop, shop.location) == ["unreleased", "sellable"]


async def test_a_release_and_an_expiry_are_told_once_each_when_they_come(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "a", pieces=2, release_at=SOON - datetime.timedelta(days=9), expires_at=SOON)
    assert await available(shop) == 0
    await turn_lots(context=shop.context)
    assert await told_statuses(shop) == []
    await let_dates_come(shop, "a", release_at=LONG_AGO)
    assert await available(shop) == 2
    for _ in range(2):
        await turn_lots(context=shop.context)
    assert await told_statuses(shop) == ["sellable"]
    (last,) = await movements(
        context=shop.context, id=shop.sku, location=None, before=None, limit=1
    )
    assert last.type == "LotStatusChanged" and last.frozen == 0
    await let_dates_come(shop, "a", expires_at=LONG_AGO + datetime.timedelta(days=1))
    assert await available(shop) == 0
    for _ in range(2):
        await turn_lots(context=shop.context)
    assert await told_statuses(shop) == ["sellable", "expired"]
    with pytest.raises(NotEnoughStock):
        await hold_of_lot(shop)


async def test_a_lot_that_was_released_and_expired_while_nobody_worked_is_told_of_once(
    open_shop,
) -> None:
    shop = await open_shop()
    await lot_in(shop, "a", pieces=1, release_at=SOON - datetime.timedelta(days=9), expires_at=SOON)
    later = LONG_AGO + datetime.timedelta(days=1)
    await let_dates_come(shop, "a", release_at=LONG_AGO, expires_at=later)
    await turn_lots(context=shop.context)
    await turn_lots(context=shop.context)
    assert await told_statuses(shop) == ["expired"]


async def test_a_change_that_comes_before_the_job_tells_and_the_job_tells_no_more(
    open_shop,
) -> None:
    shop = await open_shop()
    await lot_in(shop, "a", pieces=1, release_at=SOON)
    await let_dates_come(shop, "a", release_at=LONG_AGO)
    await change(shop, "a", made_on=datetime.date(2026, 1, 1))
    await turn_lots(context=shop.context)
    assert await told_statuses(shop) == ["sellable"]


async def test_a_location_that_got_stock_before_the_locks_were_had_is_counted_in(
    open_shop,
) -> None:
    shop = await open_shop(locations=2)
    await lot_in(shop, "a", pieces=1)
    command = RecallLot(context=shop.context, sku=shop.sku, lot="a", reason="a cork taint")
    assert command.rows == ()
    await shop.house.the(StockLane).submit(command)
    assert await told_statuses(shop) == ["recalled"]


async def test_stock_that_never_stands_still_is_a_refusal_that_may_be_repeated(
    open_shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_shop(units=1)
    monkeypatch.setattr(RegisterLot, "stock_keys", lambda _: ())
    with pytest.raises(BatchUnsettled):
        await lot_in(shop, "a")
    with pytest.raises(LotNotFound):
        await lot_of(context=shop.context, sku=shop.sku, lot="a")


async def test_a_lot_of_a_customer_s_hold_goes_with_its_answer(open_shop) -> None:
    shop = await open_shop()
    await lot_in(shop, "a", pieces=2)
    held = await place_hold(
        context=shop.context, channel=shop.channel, lines=[Line(shop.sku, 2)], ttl_seconds=60
    )
    assert [each.lot for each in held.allocations] == ["a"]


async def test_the_audit_finds_nothing_to_say_about_lots(context) -> None:
    found = await audit_stock(context=context, progress=lambda _: None)
    assert found.discrepancies == []
