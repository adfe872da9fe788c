"""What events do to figures."""

from contextlib import ExitStack
from typing import Any

import msgspec

from machine.planted.planting import bug, everywhere, put, without
from rackhouse.inventory import events
from rackhouse.inventory.rules import (
    apply_to_allocation,
)
from rackhouse.inventory.units import moved_units


@bug("apart", skus="A")
def what_lapses_is_not_given_back_to_the_allotment(stack: ExitStack) -> None:
    change = events.HoldExpired.change
    put(stack, events.HoldExpired, "change", lambda event: without(change(event), 4))


@bug("apart")
def a_bucket_keeps_what_was_sold_and_is_released(stack: ExitStack) -> None:
    parts = events.HoldReleased.parts

    def forgetful(event: events.HoldReleased) -> Any:
        ((slot, on_hand, held, _),) = parts(event)
        return ((slot, on_hand, held, 0),)

    put(stack, events.HoldReleased, "parts", forgetful)


@bug("corrections")
def damaged_pieces_stay_available(stack: ExitStack) -> None:
    change = events.StockConditionChanged.change
    put(stack, events.StockConditionChanged, "change", lambda event: without(change(event), 3))


@bug("apart", "corrections", skus="A")
def what_changes_its_condition_stays_in_the_allotment(stack: ExitStack) -> None:
    def staying(event: events.StockConditionChanged) -> Any:
        return (
            ((event.lot, event.allotment, event.before), -event.quantity, 0, 0),
            ((event.lot, event.allotment, event.after), event.quantity, 0, 0),
        )

    put(stack, events.StockConditionChanged, "parts", staying)


@bug("holds")
def units_that_are_shipped_are_left_with_the_hold(stack: ExitStack) -> None:
    def shipped(allocation: Any, event: Any) -> Any:
        after = apply_to_allocation(allocation, event)
        if isinstance(event, events.StockShipped):
            return msgspec.structs.replace(after, units=allocation.units)
        return after

    everywhere(stack, apply_to_allocation, shipped)


@bug("holds")
def an_allocation_is_not_extended_with_its_hold(stack: ExitStack) -> None:
    def extended(allocation: Any, event: Any) -> Any:
        if isinstance(event, events.HoldExtended):
            return allocation
        return apply_to_allocation(allocation, event)

    everywhere(stack, apply_to_allocation, extended)


@bug("holds", skus="D")
def a_unit_that_is_released_is_still_held(stack: ExitStack) -> None:
    def moves(key: Any, event: Any) -> Any:
        return () if isinstance(event, events.HoldReleased) else moved_units(key, event)

    everywhere(stack, moved_units, moves)
