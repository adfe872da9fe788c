"""Bugs planted in the product, each of which the machine must find. Every one is small, and of the
kind that a hurried change makes."""

import datetime
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

import msgspec

from rackhouse.inventory import events, offering, serving
from rackhouse.inventory.commands import Placement, TopUp, of_holds
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import (
    Depth,
    Inbound,
    Quotas,
    Shelf,
    apply_to_allocation,
    backlog,
    claimed_by,
    holding,
    lapse,
    reaching,
    receive_inbound,
    return_goods,
    status_of_lot,
    top_up,
)
from rackhouse.inventory.units import moved_units

__all__ = ["BUGS", "planted"]

Bug: TypeAlias = Callable[[ExitStack], None]

BUGS: dict[str, Bug] = {}
"""The bugs, by their names."""

SECOND = datetime.timedelta(seconds=1)


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The product, with a bug in it."""
    with ExitStack() as stack:
        BUGS[name](stack)
        yield


def _bug(plant: Bug) -> Bug:
    BUGS[plant.__name__] = plant
    return plant


def _put(stack: ExitStack, owner: Any, name: str, instead: Any) -> None:
    """Something else under a name, until the stack unwinds."""
    stack.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, instead)


def _everywhere(stack: ExitStack, original: Callable[..., Any], instead: Any) -> None:
    """Something else wherever a function was imported."""
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("rackhouse.inventory"):
            for name, value in list(vars(module).items()):
                if value is original:
                    _put(stack, module, name, instead)


def _without(change: Sequence[int], at: int) -> tuple[int, ...]:
    return tuple(0 if index == at else each for index, each in enumerate(change))


# What events do to figures.


@_bug
def what_lapses_is_not_given_back_to_the_allotment(stack: ExitStack) -> None:
    change = events.HoldExpired.change
    _put(stack, events.HoldExpired, "change", lambda event: _without(change(event), 4))


@_bug
def a_bucket_keeps_what_was_sold_and_is_released(stack: ExitStack) -> None:
    parts = events.HoldReleased.parts

    def forgetful(event: events.HoldReleased) -> Any:
        ((slot, on_hand, held, _),) = parts(event)
        return ((slot, on_hand, held, 0),)

    _put(stack, events.HoldReleased, "parts", forgetful)


@_bug
def damaged_pieces_stay_available(stack: ExitStack) -> None:
    change = events.StockConditionChanged.change
    _put(stack, events.StockConditionChanged, "change", lambda event: _without(change(event), 3))


@_bug
def what_changes_its_condition_stays_in_the_allotment(stack: ExitStack) -> None:
    def staying(event: events.StockConditionChanged) -> Any:
        return (
            ((event.lot, event.allotment, event.before), -event.quantity, 0, 0),
            ((event.lot, event.allotment, event.after), event.quantity, 0, 0),
        )

    _put(stack, events.StockConditionChanged, "parts", staying)


@_bug
def units_that_are_shipped_are_left_with_the_hold(stack: ExitStack) -> None:
    def shipped(allocation: Any, event: Any) -> Any:
        after = apply_to_allocation(allocation, event)
        if isinstance(event, events.StockShipped):
            return msgspec.structs.replace(after, units=allocation.units)
        return after

    _everywhere(stack, apply_to_allocation, shipped)


@_bug
def an_allocation_is_not_extended_with_its_hold(stack: ExitStack) -> None:
    def extended(allocation: Any, event: Any) -> Any:
        if isinstance(event, events.HoldExtended):
            return allocation
        return apply_to_allocation(allocation, event)

    _everywhere(stack, apply_to_allocation, extended)


@_bug
def a_unit_that_is_released_is_still_held(stack: ExitStack) -> None:
    def moves(key: Any, event: Any) -> Any:
        return () if isinstance(event, events.HoldReleased) else moved_units(key, event)

    _everywhere(stack, moved_units, moves)


# What may be sold.


@_bug
def safety_stock_is_sold(stack: ExitStack) -> None:
    reach = Shelf._reach

    def greedy(shelf: Any, need: Any, key: Any, slots: Any) -> Any:
        stock = shelf._stock
        shelf._stock = {at: msgspec.structs.replace(row, safety=0) for at, row in stock.items()}
        try:
            return reach(shelf, need, key, slots)
        finally:
            shelf._stock = stock

    _put(stack, Shelf, "_reach", greedy)


@_bug
def a_channel_takes_from_anothers_allotment(stack: ExitStack) -> None:
    slots = Shelf._slots

    def reaching_far(shelf: Any, need: Any, key: Any) -> Any:
        yield from slots(shelf, need, key)
        for slot, bucket in shelf._depth.buckets.get(key, {}).items():
            if slot[1] not in ("", shelf._channel) and need.lot in (None, slot[0]):
                yield slot, bucket.free - shelf._taken.get((key, slot), 0)

    _put(stack, Shelf, "_slots", reaching_far)


@_bug
def a_lot_is_sold_a_second_too_long(stack: ExitStack) -> None:
    def late(lot: Any, now: datetime.datetime) -> str:
        if lot.expires_at is not None:
            lot = msgspec.structs.replace(lot, expires_at=lot.expires_at + SECOND)
        return status_of_lot(lot, now)

    _everywhere(stack, status_of_lot, late)


@_bug
def a_recalled_lot_is_sold(stack: ExitStack) -> None:
    def careless(lot: Any, now: datetime.datetime) -> str:
        return status_of_lot(msgspec.structs.replace(lot, recalled=False), now)

    _everywhere(stack, status_of_lot, careless)


@_bug
def what_expires_last_is_picked_first(stack: ExitStack) -> None:
    slots = Shelf._open_slots

    def turned_round(shelf: Any, need: Any, key: Any) -> Any:
        found = slots(shelf, need, key)
        own = [each for each in found if each[0][1]]
        return own + [each for each in reversed(found) if not each[0][1]]

    _put(stack, Shelf, "_open_slots", turned_round)


@_bug
def a_hold_lapses_a_second_too_early(stack: ExitStack) -> None:
    def early(allocations: Any, now: datetime.datetime) -> Any:
        return lapse(allocations, now + SECOND)

    def one_early(hold: Any, now: datetime.datetime) -> Any:
        return holding.lapse(hold.allocations, now)

    _everywhere(stack, holding.expire, one_early)
    _everywhere(stack, lapse, early)


@_bug
def an_allotment_is_topped_up_with_what_is_kept_back(stack: ExitStack) -> None:
    def generous(stock: Any, depth: Depth, rule: Any, **named: Any) -> Any:
        return top_up(msgspec.structs.replace(stock, safety=0), depth, rule, **named)

    _everywhere(stack, top_up, generous)
    from rackhouse.inventory.commands import allotting

    _put(stack, allotting.rules, "top_up", generous)


@_bug
def a_report_is_booked_on_the_pool_first(stack: ExitStack) -> None:
    slots = reaching.Own._slots

    def reluctant(shelf: Any, need: Any, key: Any) -> Any:
        pool = shelf._depth.buckets.get(key, {}).get((need.lot or "", "", "sellable"))
        return iter(()) if pool is not None and pool.free else slots(shelf, need, key)

    _put(stack, reaching.Own, "_slots", reluctant)


# Holds.


@_bug
def a_bundle_is_released_without_one_component(stack: ExitStack) -> None:
    pieces = holding._pieces_per_line

    def one_less(hold: Any, line: int, quantity: int) -> dict[str, int]:
        found = pieces(hold, line, quantity)
        if len(found) > 1:
            found.popitem()
        return found

    _put(stack, holding, "_pieces_per_line", one_less)


@_bug
def a_bundle_is_counted_once_more(stack: ExitStack) -> None:
    pieces = holding._pieces_per_line

    def one_more(hold: Any, line: int, quantity: int) -> dict[str, int]:
        found = pieces(hold, line, quantity)
        return {sku: count + (len(found) > 1) for sku, count in found.items()}

    _put(stack, holding, "_pieces_per_line", one_more)


@_bug
def other_numbers_are_moved_than_those_that_were_named(stack: ExitStack) -> None:
    numbers = holding._numbers

    def any_numbers(having: Any, named: Any, quantity: int) -> Any:
        return numbers(tuple(reversed(having)), (), quantity)

    _put(stack, holding, "_numbers", any_numbers)


@_bug
def a_release_of_a_line_takes_from_the_first_one(stack: ExitStack) -> None:
    take_pieces = holding._take_pieces

    def from_any(hold: Any, line: int, sku: str, *others: Any) -> None:
        first = min((x.line for x in hold.allocations if x.sku == sku), default=line)
        take_pieces(hold, first, sku, *others)

    _put(stack, holding, "_take_pieces", from_any)


@_bug
def returns_come_back_sellable_whatever_they_are(stack: ExitStack) -> None:
    def hopeful(*given: Any, **named: Any) -> Any:
        return return_goods(*given, **{**named, "condition": "sellable"})

    _put(stack, of_holds.rules, "return_goods", hopeful)


@_bug
def what_is_written_off_stays(stack: ExitStack) -> None:
    _put(stack, of_holds, "_written_off", lambda moves: [])


# Quotas and waiting lists.


@_bug
def returns_do_not_free_a_quota(stack: ExitStack) -> None:
    def stingy(event: Any) -> int:
        return 0 if isinstance(event, events.StockReturned) else claimed_by(event)

    _everywhere(stack, claimed_by, stingy)


@_bug
def a_quota_is_exceeded_by_one(stack: ExitStack) -> None:
    check = Quotas.check

    def lenient(quotas: Quotas, needs: Any, customer_id: Any) -> None:
        known = quotas.known
        quotas.known = {
            name: msgspec.structs.replace(quota, cap=quota.cap + 1) for name, quota in known.items()
        }
        try:
            check(quotas, needs, customer_id)
        finally:
            quotas.known = known

    _put(stack, Quotas, "check", lenient)


@_bug
def a_quota_is_not_noted_in_all_rows(stack: ExitStack) -> None:
    mark = Ledger.mark

    def lazy(ledger: Ledger, key: Any, detail: int, **named: Any) -> None:
        if key[1] != "north":
            mark(ledger, key, detail, **named)

    _put(stack, Ledger, "mark", lazy)


@_bug
def the_last_in_line_is_served_first(stack: ExitStack) -> None:
    offered = offering.offer_to_waiting

    async def turned_round(ledger: Ledger, *others: Any) -> None:
        for line in ledger.in_line.values():
            line.reverse()
        await offered(ledger, *others)
        for line in ledger.in_line.values():
            line.reverse()

    _everywhere(stack, offered, turned_round)


@_bug
def a_placement_does_not_let_those_in_line_go_first(stack: ExitStack) -> None:
    _put(stack, Placement, "waits_its_turn", False)


# What has not come.


@_bug
def the_newest_promise_is_kept_first(stack: ExitStack) -> None:
    in_line = serving._in_line
    _put(stack, serving, "_in_line", lambda *given: list(reversed(in_line(*given))))


@_bug
def promised_pieces_go_to_who_is_too_late(stack: ExitStack) -> None:
    def ever(allocation: Any, now: datetime.datetime) -> tuple[int, int]:
        return (allocation.held, allocation.committed)

    _everywhere(stack, backlog.still_promised, ever)


@_bug
def a_promise_is_kept_and_stays_promised(stack: ExitStack) -> None:
    change, parts = events.PromiseKept.change, events.PromiseKept.parts

    def kept(event: Any) -> Any:
        _, held, committed, *others = change(event)
        return (0, held, committed, *others)

    def kept_parts(event: Any) -> Any:
        ((slot, _, held, committed),) = parts(event)
        return ((slot, 0, held, committed),)

    _put(stack, events.PromiseKept, "change", kept)
    _put(stack, events.PromiseKept, "parts", kept_parts)


@_bug
def a_shipment_can_come_twice(stack: ExitStack) -> None:
    def forgetful(inbound: Inbound, *given: Any, **named: Any) -> Any:
        after, event = receive_inbound(inbound, *given, **named)
        lines = tuple(
            msgspec.structs.replace(line, received=0, settled_units=()) for line in after.lines
        )
        status = "received_in_part"
        return msgspec.structs.replace(after, lines=lines, status=status), event

    from rackhouse.inventory.commands import inbound

    _put(stack, inbound.rules, "receive_inbound", forgetful)


@_bug
def what_is_sent_stays_where_it_was(stack: ExitStack) -> None:
    _put(stack, events.TransferSent, "change", lambda event: (0, 0, 0, 0, 0))


_ = TopUp
