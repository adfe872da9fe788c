"""What has not come."""

from contextlib import ExitStack
from typing import Any

import msgspec

from machine.planted.planting import bug, put
from rackhouse.inventory import events, serving
from rackhouse.inventory.commands import inbound
from rackhouse.inventory.rules import (
    Inbound,
    Shelf,
    receive_inbound,
)


@bug("promises", skus="A")
def the_newest_promise_is_kept_first(stack: ExitStack) -> None:
    in_line = serving._in_line
    put(stack, serving, "_in_line", lambda *given: list(reversed(in_line(*given))))


@bug("promises", skus="A")
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


@bug("promises")
def one_more_is_promised_than_will_come(stack: ExitStack) -> None:
    slots = Shelf._slots

    def hopeful(shelf: Any, need: Any, key: Any) -> Any:
        for slot, free in slots(shelf, need, key):
            yield slot, free + (key[1] == events.PROMISED)

    put(stack, Shelf, "_slots", hopeful)


@bug("shipments", skus="A")
def a_transfer_doubles_when_it_comes(stack: ExitStack) -> None:
    change, parts = events.TransferReceived.change, events.TransferReceived.parts

    def doubled(event: Any) -> Any:
        on_hand, *others = change(event)
        return (2 * on_hand, *others)

    def doubled_parts(event: Any) -> Any:
        return tuple((slot, 2 * on_hand, *others) for slot, on_hand, *others in parts(event))

    put(stack, events.TransferReceived, "change", doubled)
    put(stack, events.TransferReceived, "parts", doubled_parts)


@bug("shipments", skus="A")
def what_is_received_in_part_is_taken_for_all(stack: ExitStack) -> None:
    def hasty(seen: Inbound, *given: Any, **named: Any) -> Any:
        after, event = receive_inbound(seen, *given, **named)
        lines = tuple(
            msgspec.structs.replace(line, received=line.quantity) if line.received else line
            for line in after.lines
        )
        return msgspec.structs.replace(after, lines=lines), event

    put(stack, inbound.rules, "receive_inbound", hasty)
