"""Races for what is set apart for a channel, topped up, taken back and sold of it, and for what is
sent elsewhere; and the controls, in which the lock is left out or comes after the check, and which
must oversell or the races prove nothing."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from racing import BOTTLES, PROCESSES, Doing, at_once, lock_only_to_write, take_the_lock_out

from houses import Shop, shop_in
from rackhouse.inventory import (
    Hold,
    Inbound,
    Line,
    Portion,
    Shipment,
    allot,
    audit_stock,
    cancel_inbound,
    give_back,
    place_hold,
    receive_inbound,
    send_transfer,
    set_allotment_rule,
    set_safety_stock,
)
from rackhouse.inventory.commands import Due, TopUp
from rackhouse.inventory.lane import StockLane
from rackhouse.platform.context import Context
from tills import apart, buyable, downloaded, till

BUYERS = 160
Scene = Callable[[Shop], Awaitable[list[Doing]]]


def buying(shop: Shop, channel: str) -> Doing:
    async def buy(context: Context) -> Hold:
        lines = [Line(shop.sku, 1)]
        return await place_hold(context=context, channel=channel, lines=lines, ttl_seconds=600)

    return buy


def setting_apart(shop: Shop, channel: str) -> Doing:
    portions = [Portion(sku=shop.sku, location=shop.location, quantity=1)]

    async def set_apart(context: Context) -> int:
        moved = await allot(context=context, channel=channel, portions=portions)
        return sum(each.quantity for each in moved)

    return set_apart


def taking_back(shop: Shop, channel: str) -> Doing:
    portions = [Portion(sku=shop.sku, location=shop.location, quantity=1)]

    async def take_back(context: Context) -> int:
        moved = await give_back(
            context=context, channel=channel, portions=portions, channel_agrees=True
        )
        return sum(each.quantity for each in moved)

    return take_back


def topping_up(shop: Shop, channel: str) -> Doing:
    due = [Due(channel, shop.sku, shop.location, BOTTLES)]

    async def top_up(context: Context) -> int:
        moved: int = await context.house.the(StockLane).submit(TopUp(context=context, due=due))
        return moved

    return top_up


def sending(shop: Shop) -> Doing:
    origin, destination = shop.locations
    shipment = Shipment(destination=destination, lines=[Line(shop.sku, 1)])

    async def send(context: Context) -> Inbound:
        return await send_transfer(
            context=context, origin=origin, shipment=shipment, condition="sellable"
        )

    return send


def taking_in(inbound: Inbound) -> Doing:
    async def take_in(context: Context) -> Inbound:
        return await receive_inbound(
            context=context, inbound_id=inbound.id, arrivals=None, is_all=True, reason=None
        )

    return take_in


def calling_off(inbound: Inbound) -> Doing:
    async def call_off(context: Context) -> Inbound:
        return await cancel_inbound(context=context, inbound_id=inbound.id, reason="no")

    return call_off


# Each scene has as many bottles to give away as `BOTTLES`, and more who want one.


async def set_apart_or_sold(shop: Shop) -> list[Doing]:
    await shop.receive(shop.sku, BOTTLES)
    own = await parted(shop)
    return [setting_apart(shop, own), buying(shop, shop.channel)] * (BUYERS // 2)


async def topped_up_or_sold(shop: Shop) -> list[Doing]:
    await shop.receive(shop.sku, BOTTLES)
    own = await parted(shop)
    await ruled(shop, own, level=BOTTLES, minimum=BOTTLES)
    filling = [topping_up(shop, own)] * PROCESSES
    return [*filling, *[buying(shop, shop.channel)] * BUYERS]


async def sold_of_what_is_set_apart(shop: Shop) -> list[Doing]:
    own = await parted(shop, BOTTLES)
    return [buying(shop, own)] * BUYERS


async def taken_back_or_sold(shop: Shop) -> list[Doing]:
    own = await parted(shop, BOTTLES)
    # What is back in the pool is kept there, or the same pieces would be sold from it.
    await set_safety_stock(
        context=shop.context, sku=shop.sku, location=shop.location, quantity=BOTTLES
    )
    return [taking_back(shop, own), buying(shop, own)] * (BUYERS // 2)


async def sent_or_sold(shop: Shop) -> list[Doing]:
    await shop.receive(shop.sku, BOTTLES)
    await shop.receive(shop.sku, 1, shop.locations[1])
    seller = await till(shop, shop.location)
    return [sending(shop), buying(shop, seller)] * (BUYERS // 2)


SCENES: dict[str, Scene] = {
    "set apart or sold": set_apart_or_sold,
    "topped up or sold": topped_up_or_sold,
    "sold of what is set apart": sold_of_what_is_set_apart,
    "taken back or sold": taken_back_or_sold,
    "sent or sold": sent_or_sold,
}

PLANTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "no lock": take_the_lock_out,
    "check before lock": lock_only_to_write,
}


async def parted(shop: Shop, pieces: int = 0) -> str:
    """A till with some pieces of its own, and one that it has sold: so the row is in parts."""
    own = await till(shop)
    await shop.receive(shop.sku, pieces + 1)
    await apart(shop, own, pieces + 1)
    await place_hold(
        context=shop.context,
        channel=own,
        lines=[Line(shop.sku, 1)],
        ttl_seconds=600,
        hand_over=True,
    )
    return own


async def ruled(shop: Shop, own: str, *, level: int, minimum: int) -> None:
    """Let what a till has be topped up."""
    await set_allotment_rule(
        context=shop.context,
        channel=own,
        sku=shop.sku,
        location=shop.location,
        level=level,
        minimum=minimum,
        paused=False,
    )


def given_away(outcomes: Sequence[Any]) -> int:
    """How many pieces somebody was told to be theirs."""
    moved = sum(each for each in outcomes if isinstance(each, int))
    return moved + sum(isinstance(each, Hold | Inbound) for each in outcomes)


async def found_in(shop: Shop) -> list[str]:
    """What an audit says about a shop."""
    audit = await audit_stock(context=shop.context, progress=lambda _: None)
    return [each.kind for each in audit.discrepancies if each.sku in shop.skus]


@pytest.mark.parametrize("scene", SCENES)
async def test_no_more_is_given_away_than_there_is(
    open_shop, processes: list[Context], scene: str
) -> None:
    shop = await open_shop(locations=2)
    doings = await SCENES[scene](shop)
    assert given_away(await at_once(processes, doings)) == BOTTLES
    assert await found_in(shop) == []


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("scene", SCENES)
async def test_the_control_gives_away_more_than_there_is(
    unguarded: list[Context], monkeypatch: pytest.MonkeyPatch, scene: str, plant: str
) -> None:
    shop = await shop_in(unguarded[0], locations=2)
    doings = await SCENES[scene](shop)
    PLANTS[plant](monkeypatch)
    assert given_away(await at_once(unguarded, doings)) > BOTTLES
    assert await found_in(shop) != []


# What is on its way comes in once: where it goes to, or where it came from.


async def on_their_way(shop: Shop) -> tuple[list[Inbound], list[Doing]]:
    """Two transfers, each of which two processes want to see the end of, in different ways."""
    await shop.receive(shop.sku, 2)
    sent = [await sending(shop)(shop.context) for _ in range(2)]
    return sent, [want(each) for each in sent for want in (taking_in, calling_off)]


async def pieces_there(shop: Shop) -> int:
    return sum(on_hand for on_hand, _, _ in (await shop.levels()).values())


async def test_a_transfer_comes_in_or_goes_back(open_shop, processes: list[Context]) -> None:
    shop = await open_shop(locations=2)
    sent, doings = await on_their_way(shop)
    assert given_away(await at_once(processes, doings)) == len(sent)
    assert await pieces_there(shop) == len(sent)
    assert await found_in(shop) == []


@pytest.mark.parametrize("plant", PLANTS)
async def test_the_control_lets_a_transfer_come_in_and_go_back(
    unguarded: list[Context], monkeypatch: pytest.MonkeyPatch, plant: str
) -> None:
    shop = await shop_in(unguarded[0], locations=2)
    sent, doings = await on_their_way(shop)
    PLANTS[plant](monkeypatch)
    assert given_away(await at_once(unguarded, doings)) == 2 * len(sent)
    assert await found_in(shop) != []


async def test_whatever_happens_to_what_is_set_apart_it_adds_up(
    open_shop, processes: list[Context]
) -> None:
    shop = await open_shop()
    own = await parted(shop, BOTTLES // 2)
    await shop.receive(shop.sku, BOTTLES // 2)
    await ruled(shop, own, level=5, minimum=3)
    doings = [
        buying(shop, shop.channel),
        buying(shop, own),
        taking_back(shop, own),
        setting_apart(shop, own),
        topping_up(shop, own),
    ]
    outcomes = await at_once(processes, doings * (BUYERS // 5))
    sold = sum(isinstance(each, Hold) for each in outcomes)
    assert await shop.levels() == {shop.location: (BOTTLES, sold, 0)}
    left = sum(each.free for each in await downloaded(shop, own))
    assert left + await buyable(shop) == BOTTLES - sold
    assert await found_in(shop) == []
