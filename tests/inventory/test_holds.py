"""Holds over a real database."""

import asyncio
import datetime

import msgspec
import pytest

from houses import Shop, context_of
from rackhouse.catalog import SkuUnknown, remove_product
from rackhouse.channels import ChannelNotFound
from rackhouse.inventory import (
    HoldHasEnded,
    HoldNotFound,
    HoldTooLong,
    Line,
    NotEnoughStock,
    OtherChannel,
    audit_stock,
    confirm_hold,
    extend_hold,
    hold_of,
    live_holds,
    movements,
    place_hold,
    release_hold,
    return_goods,
    ship_hold,
)
from rackhouse.inventory.jobs import expire_due_holds
from rackhouse.platform.context import PermissionMissing
from rackhouse.platform.idempotency import AnsweredBefore, IdempotencyKey, KeyReused, Rendered
from rackhouse.platform.ids import new_id

MOMENT_SECONDS = 0.001


async def place(shop: Shop, quantity: int = 1, ttl_seconds: float = 600.0, **further: object):
    return await place_hold(
        context=further.pop("context", shop.context),
        channel=shop.channel,
        lines=[Line(shop.sku, quantity)],
        ttl_seconds=ttl_seconds,
        **further,
    )


async def lapsed(shop: Shop, quantity: int):
    """A hold whose time is over by the database's clock."""
    hold = await place(shop, quantity, MOMENT_SECONDS)
    while (await hold_of(context=shop.context, hold_id=hold.id)).status != "expired":
        await asyncio.sleep(0)
    return hold


async def test_a_hold_sets_stock_aside_and_a_release_frees_it(open_shop) -> None:
    shop = await open_shop(units=3)
    hold = await place(shop, 2)
    assert await shop.levels() == {shop.location: (3, 2, 0)}
    released = await release_hold(
        context=shop.context, hold_id=hold.id, lines=None, reason="changed their mind"
    )
    assert released.status == "released"
    assert await shop.levels() == {shop.location: (3, 0, 0)}


async def test_a_hold_is_sold_shipped_and_returned(open_shop) -> None:
    shop = await open_shop(units=3)
    hold = await place(shop, 2)
    await confirm_hold(context=shop.context, hold_id=hold.id)
    assert await shop.levels() == {shop.location: (3, 0, 2)}
    await ship_hold(context=shop.context, hold_id=hold.id, lines=[Line(shop.sku, 1)])
    assert await shop.levels() == {shop.location: (2, 0, 1)}
    await ship_hold(context=shop.context, hold_id=hold.id, lines=None)
    await return_goods(
        context=shop.context, hold_id=hold.id, lines=[Line(shop.sku, 1)], reason="too small"
    )
    assert await shop.levels() == {shop.location: (2, 0, 0)}


async def test_all_lines_are_held_or_none(open_shop) -> None:
    shop = await open_shop(units=3, skus=2)
    with pytest.raises(NotEnoughStock) as refused:
        await place_hold(
            context=shop.context,
            channel=shop.channel,
            lines=[Line(shop.skus[0], 1), Line(shop.skus[1], 1)],
            ttl_seconds=60,
        )
    assert [line.available for line in refused.value.lines] == [3, 0]
    assert await shop.levels() == {shop.location: (3, 0, 0)}


async def test_the_channels_order_of_locations_decides_who_serves(open_shop) -> None:
    shop = await open_shop(units=2, locations=2)
    await shop.receive(shop.sku, 5, shop.locations[1])
    hold = await place(shop, 2)
    assert [each.location for each in hold.allocations] == [shop.locations[0]]
    hold = await place(shop, 4)
    assert [each.location for each in hold.allocations] == [shop.locations[1]]


async def test_the_next_buyer_gets_what_has_lapsed_before_any_job_ran(open_shop) -> None:
    shop = await open_shop(units=2)
    first = await lapsed(shop, 2)
    assert await shop.levels() == {shop.location: (2, 0, 0)}
    second = await place(shop, 2)
    assert second.status == "held"
    with pytest.raises(HoldHasEnded):
        await confirm_hold(context=shop.context, hold_id=first.id)
    with pytest.raises(HoldHasEnded):
        await extend_hold(context=shop.context, hold_id=first.id, ttl_seconds=60)
    audit = await audit_stock(context=shop.context, progress=lambda _: None)
    assert not [each for each in audit.discrepancies if each.sku == shop.sku]


async def test_the_job_ends_what_has_lapsed_once(open_shop) -> None:
    shop = await open_shop(units=2)
    hold = await lapsed(shop, 1)
    await expire_due_holds(context=shop.context)
    await expire_due_holds(context=shop.context)
    found = await movements(context=shop.context, id=shop.sku, location=None, before=None, limit=10)
    assert [each.type for each in found] == ["HoldExpired", "HoldPlaced", "StockReceived"]
    assert found[0].facts == {"hold_id": hold.id, "line": 0, "quantity": 1}
    assert await release_hold(
        context=shop.context, hold_id=hold.id, lines=None, reason="late"
    ) == await hold_of(context=shop.context, hold_id=hold.id)


async def test_what_happened_to_stock_is_told_after_its_product_has_gone(open_shop) -> None:
    shop = await open_shop(units=2)
    product = f"product-{shop.channel.removeprefix('channel-')}"
    await remove_product(
        context=shop.context, product_id=product, only_type=None, expected_version=None
    )
    found = await movements(context=shop.context, id=shop.sku, location=None, before=None, limit=9)
    assert [each.type for each in found] == ["StockReceived"]


async def test_a_hold_that_is_extended_lives_on(open_shop) -> None:
    shop = await open_shop(units=1)
    hold = await place(shop, ttl_seconds=60)
    longer = await extend_hold(context=shop.context, hold_id=hold.id, ttl_seconds=3600)
    assert longer.expires_at > hold.expires_at + datetime.timedelta(minutes=50)
    assert [
        each.id
        for each in await live_holds(context=shop.context, sku=shop.sku, channel=None, limit=5)
    ] == [hold.id]


async def test_asking_for_a_hold_under_the_same_id_takes_stock_once(open_shop) -> None:
    shop = await open_shop(units=3)
    hold_id = new_id()
    first = await place(shop, hold_id=hold_id)
    second = await place(shop, hold_id=hold_id)
    assert first == second
    assert await shop.levels() == {shop.location: (3, 1, 0)}


def keyed(shop: Shop, key: str, fingerprint: str = "same"):
    def render(outcome: object) -> Rendered:
        return Rendered(201 if not isinstance(outcome, Exception) else 409, repr(outcome))

    idempotency = IdempotencyKey(caller="test", key=key, fingerprint=fingerprint, render=render)
    return msgspec.structs.replace(shop.context, idempotency=idempotency)


async def test_a_retry_gets_the_first_answer_also_when_it_was_a_refusal(open_shop) -> None:
    shop = await open_shop(units=1)
    granted, refused = new_id(), new_id()
    hold = await place(shop, context=keyed(shop, granted))
    with pytest.raises(NotEnoughStock):
        await place(shop, context=keyed(shop, refused))
    await release_hold(context=shop.context, hold_id=hold.id, lines=None, reason="free again")
    for key, status in ((granted, 201), (refused, 409)):
        with pytest.raises(AnsweredBefore) as again:
            await place(shop, context=keyed(shop, key))
        assert again.value.answer.status == status
    assert await shop.levels() == {shop.location: (1, 0, 0)}


async def test_two_requests_with_one_key_at_once_take_stock_once(open_shop) -> None:
    shop = await open_shop(units=5)
    key = new_id()
    outcomes = await asyncio.gather(
        *(place(shop, context=keyed(shop, key)) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(each, AnsweredBefore) for each in outcomes) == 7
    assert await shop.levels() == {shop.location: (5, 1, 0)}


async def test_a_key_does_not_serve_another_request(open_shop) -> None:
    shop = await open_shop(units=5)
    key = new_id()
    await place(shop, context=keyed(shop, key))
    with pytest.raises(KeyReused):
        await place(shop, 2, context=keyed(shop, key, "other"))


async def test_a_channel_acts_for_itself_only(open_shop) -> None:
    shop = await open_shop(units=5)
    hold = await place(shop)
    stranger = context_of(shop.house, channel="another")
    with pytest.raises(OtherChannel):
        await place(shop, context=stranger)
    with pytest.raises(OtherChannel):
        await confirm_hold(context=stranger, hold_id=hold.id)
    with pytest.raises(OtherChannel):
        await hold_of(context=stranger, hold_id=hold.id)


async def test_a_customer_reaches_their_own_holds_only(open_shop) -> None:
    shop = await open_shop(units=5)
    hold = await place(shop, customer_id="ada")
    with pytest.raises(HoldNotFound):
        await hold_of(context=context_of(shop.house, customer_id="bob"), hold_id=hold.id)
    assert await hold_of(context=context_of(shop.house, customer_id="ada"), hold_id=hold.id)


async def test_without_the_permission_nothing_happens(open_shop) -> None:
    shop = await open_shop(units=5)
    with pytest.raises(PermissionMissing):
        await place(shop, context=context_of(shop.house, permissions=frozenset({"holds:read"})))


async def test_what_can_not_be_is_refused(open_shop) -> None:
    shop = await open_shop(units=5)
    with pytest.raises(HoldTooLong):
        await place(shop, ttl_seconds=10**7)
    with pytest.raises(HoldNotFound):
        await confirm_hold(context=shop.context, hold_id="not-an-id")
    with pytest.raises(HoldNotFound):
        await confirm_hold(context=shop.context, hold_id=new_id())
    with pytest.raises(SkuUnknown):
        await place_hold(
            context=shop.context, channel=shop.channel, lines=[Line("none", 1)], ttl_seconds=1
        )
    with pytest.raises(ChannelNotFound):
        await place_hold(
            context=shop.context, channel="none", lines=[Line(shop.sku, 1)], ttl_seconds=1
        )
