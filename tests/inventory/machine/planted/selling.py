"""What may be sold."""

import datetime
from contextlib import ExitStack
from typing import Any

import msgspec

from machine.planted.planting import SECOND, bug, everywhere, put
from rackhouse.inventory.commands import allotting
from rackhouse.inventory.rules import (
    Depth,
    Shelf,
    holding,
    lapse,
    reaching,
    status_of_lot,
    top_up,
)


@bug("apart")
def safety_stock_is_sold(stack: ExitStack) -> None:
    reach = Shelf._reach

    def greedy(shelf: Any, need: Any, key: Any, slots: Any) -> Any:
        stock = shelf._stock
        shelf._stock = {at: msgspec.structs.replace(row, safety=0) for at, row in stock.items()}
        try:
            return reach(shelf, need, key, slots)
        finally:
            shelf._stock = stock

    put(stack, Shelf, "_reach", greedy)


@bug("apart")
def a_channel_takes_from_anothers_allotment(stack: ExitStack) -> None:
    slots = Shelf._slots

    def reaching_far(shelf: Any, need: Any, key: Any) -> Any:
        yield from slots(shelf, need, key)
        for slot, bucket in shelf._depth.buckets.get(key, {}).items():
            if slot[1] not in ("", shelf._channel) and need.lot in (None, slot[0]):
                yield slot, bucket.free - shelf._taken.get((key, slot), 0)

    put(stack, Shelf, "_slots", reaching_far)


@bug("lots")
def a_lot_is_sold_a_second_too_long(stack: ExitStack) -> None:
    def late(lot: Any, now: datetime.datetime) -> str:
        if lot.expires_at is not None:
            lot = msgspec.structs.replace(lot, expires_at=lot.expires_at + SECOND)
        return status_of_lot(lot, now)

    everywhere(stack, status_of_lot, late)


@bug("lots")
def a_recalled_lot_is_sold(stack: ExitStack) -> None:
    def careless(lot: Any, now: datetime.datetime) -> str:
        return status_of_lot(msgspec.structs.replace(lot, recalled=False), now)

    everywhere(stack, status_of_lot, careless)


@bug("lots")
def what_expires_last_is_picked_first(stack: ExitStack) -> None:
    slots = Shelf._open_slots

    def turned_round(shelf: Any, need: Any, key: Any) -> Any:
        found = slots(shelf, need, key)
        own = [each for each in found if each[0][1]]
        return own + [each for each in reversed(found) if not each[0][1]]

    put(stack, Shelf, "_open_slots", turned_round)


@bug("holds")
def a_hold_lapses_a_second_too_early(stack: ExitStack) -> None:
    def early(allocations: Any, now: datetime.datetime) -> Any:
        return lapse(allocations, now + SECOND)

    def one_early(hold: Any, now: datetime.datetime) -> Any:
        return holding.lapse(hold.allocations, now)

    everywhere(stack, holding.expire, one_early)
    everywhere(stack, lapse, early)


@bug("apart")
def an_allotment_is_topped_up_with_what_is_kept_back(stack: ExitStack) -> None:
    def generous(stock: Any, depth: Depth, rule: Any, **named: Any) -> Any:
        return top_up(msgspec.structs.replace(stock, safety=0), depth, rule, **named)

    everywhere(stack, top_up, generous)

    put(stack, allotting.rules, "top_up", generous)


@bug("apart")
def a_report_is_booked_on_the_pool_first(stack: ExitStack) -> None:
    slots = reaching.Own._slots

    def reluctant(shelf: Any, need: Any, key: Any) -> Any:
        pool = shelf._depth.buckets.get(key, {}).get((need.lot or "", "", "sellable"))
        return iter(()) if pool is not None and pool.free else slots(shelf, need, key)

    put(stack, reaching.Own, "_slots", reluctant)
