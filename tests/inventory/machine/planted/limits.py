"""Quotas and waiting lists."""

from contextlib import ExitStack
from typing import Any

import msgspec

from machine.planted.planting import bug, everywhere, put
from rackhouse.inventory import events, offering
from rackhouse.inventory.commands import Placement
from rackhouse.inventory.ledger import Ledger
from rackhouse.inventory.rules import (
    Quotas,
    claimed_by,
)


@bug("limits", "holds")
def returns_do_not_free_a_quota(stack: ExitStack) -> None:
    def stingy(event: Any) -> int:
        return 0 if isinstance(event, events.StockReturned) else claimed_by(event)

    everywhere(stack, claimed_by, stingy)


@bug("limits")
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

    put(stack, Quotas, "check", lenient)


@bug("limits")
def a_quota_is_not_noted_in_all_rows(stack: ExitStack) -> None:
    mark = Ledger.mark

    def lazy(ledger: Ledger, key: Any, detail: int, **named: Any) -> None:
        if key[1] != "middle":
            mark(ledger, key, detail, **named)

    put(stack, Ledger, "mark", lazy)


@bug("limits", skus="A")
def the_last_in_line_is_served_first(stack: ExitStack) -> None:
    offered = offering.offer_to_waiting

    async def turned_round(ledger: Ledger, *others: Any) -> None:
        for line in ledger.in_line.values():
            line.reverse()
        await offered(ledger, *others)
        for line in ledger.in_line.values():
            line.reverse()

    everywhere(stack, offered, turned_round)


@bug("limits", skus="A")
def a_placement_does_not_let_those_in_line_go_first(stack: ExitStack) -> None:
    put(stack, Placement, "waits_its_turn", False)


@bug("limits")
def what_is_bought_does_not_count_in_a_quota(stack: ExitStack) -> None:
    def blind(event: Any) -> int:
        return 0 if isinstance(event, events.HoldPlaced) else claimed_by(event)

    everywhere(stack, claimed_by, blind)


@bug("limits")
def what_is_released_goes_on_counting_in_a_quota(stack: ExitStack) -> None:
    def stingy(event: Any) -> int:
        return 0 if isinstance(event, events.HoldReleased) else claimed_by(event)

    everywhere(stack, claimed_by, stingy)


@bug("limits", skus="A")
def who_was_offered_something_stays_in_line(stack: ExitStack) -> None:
    offered = offering._offered

    async def still_in_line(ledger: Ledger, *others: Any) -> bool:
        await offered(ledger, *others)
        return False

    put(stack, offering, "_offered", still_in_line)


@bug("limits")
def one_hold_is_offered_to_two(stack: ExitStack) -> None:
    offered = offering._offered

    async def to_the_next_too(ledger: Ledger, *others: Any) -> bool:
        known = len(ledger.events)
        done = await offered(ledger, *others)
        first = others[1]
        for event in ledger.events[known:]:
            for each in ledger.in_line.get(first.sku, ()):
                if isinstance(event.data, events.OfferMade) and each.id != first.id:
                    stream = f"waiting:{each.id}"
                    ledger.happen(msgspec.structs.replace(event, stream=stream))
        return done

    put(stack, offering, "_offered", to_the_next_too)
