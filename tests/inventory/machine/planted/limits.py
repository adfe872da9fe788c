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
        if key[1] != "north":
            mark(ledger, key, detail, **named)

    put(stack, Ledger, "mark", lazy)


@bug("limits")
def the_last_in_line_is_served_first(stack: ExitStack) -> None:
    offered = offering.offer_to_waiting

    async def turned_round(ledger: Ledger, *others: Any) -> None:
        for line in ledger.in_line.values():
            line.reverse()
        await offered(ledger, *others)
        for line in ledger.in_line.values():
            line.reverse()

    everywhere(stack, offered, turned_round)


@bug("limits")
def a_placement_does_not_let_those_in_line_go_first(stack: ExitStack) -> None:
    put(stack, Placement, "waits_its_turn", False)
