"""What becomes of holds."""

from contextlib import ExitStack
from typing import Any

from machine.planted.planting import bug, everywhere, put
from rackhouse.inventory import events
from rackhouse.inventory.commands import of_holds
from rackhouse.inventory.rules import (
    holding,
    lapse,
    return_goods,
)


@bug("holds", skus="AC")
def a_bundle_is_released_without_one_component(stack: ExitStack) -> None:
    pieces = holding._pieces_per_line

    def one_less(hold: Any, line: int, quantity: int) -> dict[str, int]:
        found = pieces(hold, line, quantity)
        if len(found) > 1:
            found.popitem()
        return found

    put(stack, holding, "_pieces_per_line", one_less)


@bug("holds", skus="AC")
def a_bundle_is_counted_once_more(stack: ExitStack) -> None:
    pieces = holding._pieces_per_line

    def one_more(hold: Any, line: int, quantity: int) -> dict[str, int]:
        found = pieces(hold, line, quantity)
        return {sku: count + (len(found) > 1) for sku, count in found.items()}

    put(stack, holding, "_pieces_per_line", one_more)


@bug("holds", skus="D")
def other_numbers_are_moved_than_those_that_were_named(stack: ExitStack) -> None:
    numbers = holding._numbers

    def any_numbers(having: Any, named: Any, quantity: int) -> Any:
        return numbers(having, (), quantity)

    put(stack, holding, "_numbers", any_numbers)


@bug("holds")
def a_release_of_a_line_takes_from_the_first_one(stack: ExitStack) -> None:
    take_pieces = holding._take_pieces

    def from_any(hold: Any, line: int, sku: str, *others: Any) -> None:
        first = min((x.line for x in hold.allocations if x.sku == sku), default=line)
        take_pieces(hold, first, sku, *others)

    put(stack, holding, "_take_pieces", from_any)


@bug("holds")
def returns_come_back_sellable_whatever_they_are(stack: ExitStack) -> None:
    def hopeful(*given: Any, **named: Any) -> Any:
        return return_goods(*given, **{**named, "condition": "sellable"})

    put(stack, of_holds.rules, "return_goods", hopeful)


@bug("holds")
def what_is_written_off_stays(stack: ExitStack) -> None:
    put(stack, of_holds, "_written_off", lambda moves: [])


@bug("holds")
def what_has_lapsed_is_never_free_again(stack: ExitStack) -> None:
    everywhere(stack, lapse, lambda allocations, now: [])


@bug("holds")
def what_was_returned_may_be_returned_again(stack: ExitStack) -> None:
    put(stack, holding, "_with_customer", lambda allocation: allocation.shipped)


@bug("holds")
def a_return_brings_twice_as_many(stack: ExitStack) -> None:
    change, parts = events.StockReturned.change, events.StockReturned.parts

    def doubled(event: Any) -> Any:
        on_hand, *others = change(event)
        return (2 * on_hand, *others)

    def doubled_parts(event: Any) -> Any:
        return tuple((slot, 2 * on_hand, *others) for slot, on_hand, *others in parts(event))

    put(stack, events.StockReturned, "change", doubled)
    put(stack, events.StockReturned, "parts", doubled_parts)
