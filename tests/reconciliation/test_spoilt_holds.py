"""What an audit of everything finds of holds, numbered units and what is kept back: each
figure is changed by hand while all sums stay as they are, is found, and is put right when somebody
accepts what is proposed."""

import datetime
from typing import Any

import pytest
from spoilt_houses import audited, cases_of, doctor, shop_of

from houses import Shop
from rackhouse.inventory import (
    Hold,
    Line,
    LotFacts,
    PromiseTerms,
    close_promise,
    confirm_hold,
    hold_of,
    join_waiting_list,
    kept_back,
    open_promise,
    place_hold,
    receive_stock,
    register_lot,
    return_goods,
    set_channel_buffer,
    ship_hold,
)
from rackhouse.inventory.rules.lot_attributes import TextAttribute
from rackhouse.platform.house import House
from rackhouse.reconciliation import (
    RewriteHold,
    RewriteLot,
    RewriteStock,
    RewriteUnits,
    accept_case,
)

CASK = "CASK"
LATER = datetime.datetime(2035, 4, 1, tzinfo=datetime.UTC)
OF = "where hold_id = %(sold)s"
AT = "where sku = %(sku)s and location = %(at)s"
UNIT = "where sku = %(sku)s and lot = 'CASK'"

# What is changed by hand; what the case is, and what is proposed.
PLANTS: dict[str, tuple[str, str, type[Any]]] = {
    "a hold had more": (
        f"update inventory.allocation set quantity = quantity + 1 {OF}",
        "hold_pieces",
        RewriteHold,
    ),
    "a shipment is forgotten": (
        f"update inventory.allocation set shipped = 1, returned = 0 {OF}",
        "hold_pieces",
        RewriteHold,
    ),
    "a return is forgotten": (
        f"update inventory.allocation set returned = 0 {OF}",
        "hold_pieces",
        RewriteHold,
    ),
    "all of a hold that is over is forgotten": (
        f"delete from inventory.allocation {OF}",
        "hold_pieces",
        RewriteHold,
    ),
    "a hold that is over is gone": (
        "delete from inventory.hold where id = %(sold)s",
        "hold_missing",
        RewriteHold,
    ),
    "a hold that is over was never sold": (
        "update inventory.hold set status = 'expired' where id = %(sold)s",
        "hold_status",
        RewriteHold,
    ),
    "pieces of one hold are another's": (
        "update inventory.allocation set held = held + by.one, quantity = quantity + by.one "
        "from (values (%(first)s::uuid, 1), (%(second)s::uuid, -1)) as by (id, one) "
        "where hold_id = by.id",
        "hold_pieces",
        RewriteHold,
    ),
    "pieces are held for longer": (
        "with longer as (update inventory.hold set expires_at = expires_at + interval '1 hour' "
        "where id = %(first)s) update inventory.allocation "
        "set held_until = held_until + interval '1 hour' where hold_id = %(first)s",
        "hold_pieces",
        RewriteHold,
    ),
    "a shipped number is forgotten": (
        "update inventory.allocation set shipped_units = '{}' where hold_id = %(numbered)s",
        "hold_pieces",
        RewriteHold,
    ),
    "a unit that was shipped is gone": (
        f"update inventory.unit set state = 'gone', hold_id = null, line = null {UNIT} "
        "and number = 1",
        "units",
        RewriteUnits,
    ),
    "a unit has another number": (
        f"update inventory.unit set number = 7 {UNIT} and number = 3",
        "units",
        RewriteUnits,
    ),
    "a row forgets that somebody waits": (
        f"update inventory.stock set details = details & ~4 {AT}",
        "stock_details",
        RewriteStock,
    ),
    "a channel does without less": (
        f"update inventory.buffer set quantity = 1 {AT}",
        "kept_back",
        RewriteStock,
    ),
    "a channel does without nothing": (
        f"delete from inventory.buffer {AT}",
        "kept_back",
        RewriteStock,
    ),
    "another channel does without some": (
        "insert into inventory.buffer (sku, location, channel, quantity) "
        "values (%(sku)s, %(at)s, 'nobody', 3)",
        "kept_back",
        RewriteStock,
    ),
    "a lot is recalled in its row alone": (
        f"update inventory.lot set recalled = true {UNIT}",
        "lot_row",
        RewriteLot,
    ),
    "a lot expires earlier": (
        f"update inventory.lot set expires_at = '2034-01-01' {UNIT}",
        "lot_row",
        RewriteLot,
    ),
    "a row forgets that its promise is closed": (
        "update inventory.stock set details = details & ~16 "
        "where sku = %(sku)s and location = '~promised'",
        "stock_details",
        RewriteStock,
    ),
}


async def held(shop: Shop, *lines: Line) -> Hold:
    return await place_hold(
        context=shop.context,
        channel=shop.channel,
        lines=lines or [Line(shop.sku, 2)],
        ttl_seconds=3600,
    )


async def shipped(shop: Shop, *lines: Line) -> Hold:
    hold = await held(shop, *lines)
    await confirm_hold(context=shop.context, hold_id=hold.id)
    return await ship_hold(context=shop.context, hold_id=hold.id, lines=None)


async def opened(house: House) -> tuple[Shop, dict[str, str]]:
    """A shop with a hold that was shipped and came back in part, one of a numbered bottle that was
    shipped, two that run, somebody who waits for more, and a promise that is closed; and the ids of
    these holds."""
    shop = await shop_of(house, units=11)
    await set_channel_buffer(
        context=shop.context, channel=shop.channel, sku=shop.sku, location=None, quantity=2
    )
    sold = await shipped(shop)
    one = [Line(shop.sku, 1)]
    await return_goods(context=shop.context, hold_id=sold.id, lines=one, reason="too dry")
    running = [await held(shop) for _ in range(2)]
    facts = LotFacts(
        numbered=9,
        expires_at=LATER,
        flavor_profile=["oak", "honey"],
        attributes={"cask": TextAttribute("sherry")},
    )
    await register_lot(context=shop.context, sku=shop.sku, lot=CASK, facts=facts)
    bottles = [Line(shop.sku, 3, CASK, (1, 2, 3))]
    await receive_stock(context=shop.context, location=shop.location, lines=bottles, reference=None)
    numbered = await shipped(shop, Line(shop.sku, 1, CASK, (1,)))
    terms = PromiseTerms(kind="pre_order", cap=5, promised_at=LATER)
    await open_promise(context=shop.context, sku=shop.sku, terms=terms)
    await close_promise(context=shop.context, sku=shop.sku, reason="no more", expected_version=None)
    await join_waiting_list(
        context=shop.context,
        sku=shop.sku,
        quantity=50,
        channel=shop.channel,
        customer_id="Ada",
        offer_seconds=600,
    )
    first, second = running
    return shop, {
        "sold": sold.id,
        "numbered": numbered.id,
        "first": first.id,
        "second": second.id,
    }


@pytest.mark.parametrize("plant", PLANTS)
async def test_what_no_balance_shows_becomes_a_case_and_is_put_right(
    spoilt: House, plant: str
) -> None:
    statement, kind, correction = PLANTS[plant]
    shop, ids = await opened(spoilt)
    await audited(shop.context, whole=True)
    assert await cases_of(shop) == []
    before = [await hold_of(context=shop.context, hold_id=each) for each in ids.values()]
    assert await doctor(shop, statement, **ids) >= 1
    for _ in range(2):
        await audited(shop.context, whole=True)
        await audited(shop.context)
    found = await cases_of(shop)
    assert {each.kind for each in found} == {kind}
    assert {type(each.proposal) for each in found} == {correction}
    for each in found:
        await accept_case(context=shop.context, case_id=each.id, reason="looked at it")
    await audited(shop.context, whole=True)
    assert await cases_of(shop) == []
    kept = await kept_back(context=shop.context, skus=[shop.sku], channel=None, after=None, limit=9)
    assert [(each.channel, each.quantity) for each in kept] == [(shop.channel, 2)]
    after = [await hold_of(context=shop.context, hold_id=each) for each in ids.values()]
    assert [each.allocations for each in after] == [each.allocations for each in before]
    assert [each.status for each in after] == [each.status for each in before]
