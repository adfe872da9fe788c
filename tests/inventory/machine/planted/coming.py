"""What has not come."""

import datetime
from contextlib import ExitStack
from typing import Any

import msgspec

from machine.planted.planting import bug, everywhere, put
from rackhouse.inventory import events, serving
from rackhouse.inventory.commands import inbound
from rackhouse.inventory.rules import (
    Inbound,
    backlog,
    receive_inbound,
)


@bug("promises")
def the_newest_promise_is_kept_first(stack: ExitStack) -> None:
    in_line = serving._in_line
    put(stack, serving, "_in_line", lambda *given: list(reversed(in_line(*given))))


@bug("promises")
def promised_pieces_go_to_who_is_too_late(stack: ExitStack) -> None:
    def ever(allocation: Any, now: datetime.datetime) -> tuple[int, int]:
        return (allocation.held, allocation.committed)

    everywhere(stack, backlog.still_promised, ever)


@bug("promises")
def a_promise_is_kept_and_stays_promised(stack: ExitStack) -> None:
    change, parts = events.PromiseKept.change, events.PromiseKept.parts

    def kept(event: Any) -> Any:
        _, held, committed, *others = change(event)
        return (0, held, committed, *others)

    def kept_parts(event: Any) -> Any:
        ((slot, _, held, committed),) = parts(event)
        return ((slot, 0, held, committed),)

    put(stack, events.PromiseKept, "change", kept)
    put(stack, events.PromiseKept, "parts", kept_parts)


@bug("shipments")
def a_shipment_can_come_twice(stack: ExitStack) -> None:
    def forgetful(inbound: Inbound, *given: Any, **named: Any) -> Any:
        after, event = receive_inbound(inbound, *given, **named)
        lines = tuple(
            msgspec.structs.replace(line, received=0, settled_units=()) for line in after.lines
        )
        status = "received_in_part"
        return msgspec.structs.replace(after, lines=lines, status=status), event

    put(stack, inbound.rules, "receive_inbound", forgetful)


@bug("shipments")
def what_is_sent_stays_where_it_was(stack: ExitStack) -> None:
    put(stack, events.TransferSent, "change", lambda event: (0, 0, 0, 0, 0))
