"""What may be sold."""

import datetime
from contextlib import ExitStack
from typing import Any

import msgspec

from machine.planted.planting import SECOND, bug, everywhere, put
from rackhouse.inventory import events
from rackhouse.inventory.commands import Placement, allotting, of_holds
from rackhouse.inventory.rules import (
    Bucket,
    Depth,
    Shelf,
    Stock,
    holding,
    lapse,
    reaching,
    status_of_lot,
    top_up,
)
from rackhouse.inventory.units import moved_units


@bug("apart", skus="A")
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


@bug("lots", skus="C")
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


@bug("lots", skus="C")
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


@bug("apart", skus="A")
def an_allotment_is_topped_up_with_what_is_kept_back(stack: ExitStack) -> None:
    def generous(stock: Any, depth: Depth, rule: Any, **named: Any) -> Any:
        return top_up(msgspec.structs.replace(stock, safety=0), depth, rule, **named)

    everywhere(stack, top_up, generous)

    put(stack, allotting.rules, "top_up", generous)


@bug("apart", skus="A")
def a_report_is_booked_on_the_pool_first(stack: ExitStack) -> None:
    slots = reaching.Own._slots

    def reluctant(shelf: Any, need: Any, key: Any) -> Any:
        pool = shelf._depth.buckets.get(key, {}).get((need.lot or "", "", "sellable"))
        return iter(()) if pool is not None and pool.free else slots(shelf, need, key)

    put(stack, reaching.Own, "_slots", reluctant)


@bug("holds")
def pieces_that_are_held_are_sold_again(stack: ExitStack) -> None:
    put(stack, Stock, "available", property(lambda row: row.on_hand))
    put(stack, Stock, "free", property(lambda row: row.on_hand))
    put(stack, Bucket, "free", property(lambda bucket: bucket.on_hand))


@bug("apart")
def a_channel_leaves_its_own_to_the_end(stack: ExitStack) -> None:
    slots = Shelf._open_slots

    def reluctant(shelf: Any, need: Any, key: Any) -> Any:
        return sorted(slots(shelf, need, key), key=lambda each: each[0][1])

    put(stack, Shelf, "_open_slots", reluctant)


@bug("lots")
def a_lot_is_sold_before_its_time(stack: ExitStack) -> None:
    def early(lot: Any, now: datetime.datetime) -> str:
        return status_of_lot(msgspec.structs.replace(lot, release_at=None), now)

    everywhere(stack, status_of_lot, early)


@bug("holds", skus="D")
def two_lines_take_the_same_numbers(stack: ExitStack) -> None:
    take_from = Shelf._take_from

    def forgetful(shelf: Any, *asked: Any) -> Any:
        numbers = dict(shelf._numbers)
        taken = take_from(shelf, *asked)
        shelf._numbers = numbers
        return taken

    put(stack, Shelf, "_take_from", forgetful)


@bug("holds")
def a_number_that_is_sold_stays_in_stock(stack: ExitStack) -> None:
    def moves(key: Any, event: Any) -> Any:
        return () if isinstance(event, events.HoldPlaced) else moved_units(key, event)

    everywhere(stack, moved_units, moves)


@bug("holds", skus="AD")
def a_component_of_a_bundle_is_counted_once(stack: ExitStack) -> None:
    decide = Placement.decide

    def careless(command: Any, ledger: Any, now: datetime.datetime) -> Any:
        needs = [
            msgspec.structs.replace(need, quantity=command.lines[need.line].quantity)
            for need in command.needs
        ]
        return decide(msgspec.structs.replace(command, needs=needs), ledger, now)

    put(stack, Placement, "decide", careless)


@bug("lots", skus="C")
def a_recalled_bottle_leaves_the_house(stack: ExitStack) -> None:
    put(stack, of_holds, "_must_not_be_recalled", lambda ledger, moves: None)
