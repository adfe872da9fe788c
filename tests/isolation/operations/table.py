"""The table of operations: everything that clients do, and which events each may cause.

To add an operation, write a function that says what to ask for (or None when there is nothing to
do it with), and a line in ``OPERATIONS``. ``causes`` names the stock events that it may record:
the checker holds every event against the operation that it names, and needs a line in its
``CHANGES`` for one that is new to it. What answers teach the clients is read in ``Board.learn``.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from isolation.operations.board import KEPT_SECONDS, MOMENTS_SECONDS, SALES, Ask, Turn

__all__ = ["OPERATIONS", "Operation", "operation_named"]


def _receive(turn: Turn) -> Ask:
    lines = [{"sku": turn.sku(), "quantity": turn.chance.randint(1, 3)}]
    if turn.chance.random() < 0.3:
        lines.append({"sku": turn.sku(), "quantity": 1})
    body = {"location": turn.location(), "lines": lines}
    return Ask("POST", "/api/v1/inventory/receive", body)


def _adjust(**said: Any) -> Callable[[Turn], Ask | None]:
    def ask(turn: Turn) -> Ask | None:
        sku, location = turn.sku(), turn.location()
        body: dict[str, Any] = {"sku": sku, "location": location, "reason": "isolation"}
        if "counted" in said:
            body["counted"] = turn.chance.randint(0, 6)
        else:
            body["delta"] = turn.chance.choice((-2, -1, -1, 1, 1, 2))
        if "at_version" in said:
            known = turn.board.versions.get((sku, location))
            if known is None:
                return None
            body["expected_version"] = known
        return Ask("POST", "/api/v1/inventory/adjust", body)

    return ask


def _count_everywhere(turn: Turn) -> Ask | None:
    sku = turn.sku()
    known = {place: turn.board.versions.get((sku, place)) for place in turn.board.scene.locations}
    if None in known.values():
        return None
    places = [
        {"location": place, "on_hand": turn.chance.randint(1, 6), "expected_version": version}
        for place, version in known.items()
    ]
    body = {"reason": "isolation", "locations": places}
    return Ask("PATCH", f"/api/v1/inventory/{sku}", body)


def _hold(turn: Turn) -> Ask:
    body = {"channel": turn.channel(), "lines": turn.lines(), "ttl_seconds": KEPT_SECONDS}
    return Ask("POST", "/api/v1/holds", body)


def _hold_for_a_moment(turn: Turn) -> Ask:
    ttl_seconds = round(turn.chance.uniform(*MOMENTS_SECONDS), 3)
    body = {"channel": turn.channel(), "lines": turn.lines(), "ttl_seconds": ttl_seconds}
    return Ask("POST", "/api/v1/holds", body)


def _extend(turn: Turn) -> Ask | None:
    hold = turn.hold()
    ttl_seconds = turn.chance.choice((KEPT_SECONDS, 0.5))
    body = {"ttl_seconds": ttl_seconds}
    return None if hold is None else Ask("POST", f"/api/v1/holds/{hold['id']}/extend", body)


def _confirm(turn: Turn) -> Ask | None:
    hold = turn.hold()
    return None if hold is None else Ask("POST", f"/api/v1/holds/{hold['id']}/confirm")


def _release(turn: Turn) -> Ask | None:
    hold = turn.hold()
    return (
        None if hold is None else Ask("POST", "/api/v1/inventory/release", {"hold_id": hold["id"]})
    )


def _delete(turn: Turn) -> Ask | None:
    hold = turn.hold()
    return None if hold is None else Ask("DELETE", f"/api/v1/holds/{hold['id']}")


def _release_in_part(turn: Turn) -> Ask | None:
    hold = turn.hold()
    if hold is None:
        return None
    lines = [{"sku": hold["lines"][0]["sku"], "quantity": 1}]
    return Ask("POST", "/api/v1/inventory/release", {"hold_id": hold["id"], "lines": lines})


def _order(complete: str, *, numbered: bool = False) -> Callable[[Turn], Ask]:
    def ask(turn: Turn) -> Ask:
        lines = turn.lines()
        body: dict[str, Any] = {"channel": turn.channel(), "lines": lines, "complete": complete}
        if complete == "reserve":
            body["ttl_seconds"] = turn.chance.choice((KEPT_SECONDS, KEPT_SECONDS, 0.6))
        if numbered:
            body["external_id"] = f"sale-{turn.chance.randrange(SALES)}"
            body["lines"] = body["lines"][:1]
        return Ask("POST", "/api/v1/orders", body)

    return ask


def _order_of_hold(turn: Turn) -> Ask | None:
    hold = turn.hold()
    if hold is None:
        return None
    complete = turn.chance.choice(("reserve", "confirm", "hand_over"))
    body = {"channel": hold["channel"], "hold_id": hold["id"], "complete": complete}
    if turn.chance.random() < 0.3:
        body["external_id"] = f"taken-{turn.chance.randrange(SALES)}"
    return Ask("POST", "/api/v1/orders", body)


def _allot(turn: Turn) -> Ask:
    line = {"sku": turn.sku(), "location": turn.location(), "quantity": turn.chance.choice((1, 2))}
    return Ask("POST", f"/api/v1/channels/{turn.channel()}/allotments", {"lines": [line]})


def _return_allotment(turn: Turn) -> Ask:
    line = {"sku": turn.sku(), "location": turn.location(), "quantity": 1}
    body = {"lines": [line], "channel_agrees": True}
    return Ask("POST", f"/api/v1/channels/{turn.channel()}/allotments/return", body)


def _transfer(turn: Turn) -> Ask | None:
    places = list(turn.board.scene.locations)
    if len(places) < 2:
        return None
    origin, destination = turn.chance.sample(places, 2)
    lines = [{"sku": turn.sku(), "quantity": turn.chance.choice((1, 1, 2))}]
    body = {"origin": origin, "destination": destination, "lines": lines}
    return Ask("POST", "/api/v1/transfers", body)


def _of_transfer(step: str, *, part: bool = False) -> Callable[[Turn], Ask | None]:
    def ask(turn: Turn) -> Ask | None:
        if not turn.board.transfers:
            return None
        transfer = turn.chance.choice(turn.board.transfers)
        body = {"lines": [{"sku": transfer["lines"][0]["sku"], "quantity": 1}]} if part else {}
        return Ask("POST", f"/api/v1/inbound/{transfer['id']}/{step}", body)

    return ask


def _close_channel(turn: Turn) -> Ask:
    channel = turn.channel()
    turn.board.closed.add(channel)
    return Ask("DELETE", f"/api/v1/channels/{channel}", if_match="*")


def _open_channel(turn: Turn) -> Ask | None:
    if not turn.board.closed:
        return None
    channel = turn.chance.choice(sorted(turn.board.closed))
    places = list(turn.board.scene.channels[channel])
    body = {"id": channel, "name": channel, "kind": "web_shop", "locations": places}
    return Ask("POST", "/api/v1/channels", body)


def _step(step: str, *statuses: str, part: bool = False) -> Callable[[Turn], Ask | None]:
    def ask(turn: Turn) -> Ask | None:
        order = turn.order(*statuses)
        if order is None:
            return None
        body = {"lines": [{"sku": order["lines"][0]["sku"], "quantity": 1}]} if part else {}
        return Ask("POST", f"/api/v1/orders/{order['id']}/{step}", body)

    return ask


def _look(turn: Turn) -> Ask:
    return Ask("GET", f"/api/v1/inventory/{turn.any_sku()}")


def _look_around(turn: Turn) -> Ask:
    return Ask("GET", f"/api/v1/inventory?location={turn.location()}&limit=200")


def _look_at_hold(turn: Turn) -> Ask | None:
    hold = turn.hold()
    return None if hold is None else Ask("GET", f"/api/v1/holds/{hold['id']}")


def _look_at_order(turn: Turn) -> Ask | None:
    order = turn.order("pending", "confirmed", "shipped")
    return None if order is None else Ask("GET", f"/api/v1/orders/{order['id']}")


class Operation(msgspec.Struct, frozen=True):
    """Something that clients do: how often compared with the others, and what it may record."""

    name: str
    weight: int
    ask: Callable[[Turn], Ask | None]
    causes: frozenset[str] = frozenset()


def _may(*causes: str) -> frozenset[str]:
    return frozenset(causes)


_CONFIRMED = _may("HoldConfirmed")
_SOLD = _may("HoldPlaced", "HoldConfirmed")
_HANDED = _may("HoldPlaced", "HoldConfirmed", "StockShipped")

OPERATIONS: Sequence[Operation] = (
    Operation("receive", 10, _receive, _may("StockReceived")),
    Operation("adjust", 4, _adjust(), _may("StockAdjusted")),
    Operation("adjust at a version", 3, _adjust(at_version=True), _may("StockAdjusted")),
    Operation("count", 2, _adjust(counted=True), _may("StockAdjusted")),
    Operation(
        "count at a version", 4, _adjust(counted=True, at_version=True), _may("StockAdjusted")
    ),
    Operation("count everywhere", 2, _count_everywhere, _may("StockAdjusted")),
    Operation("hold", 12, _hold, _may("HoldPlaced")),
    Operation("hold for a moment", 10, _hold_for_a_moment, _may("HoldPlaced")),
    Operation("extend", 5, _extend, _may("HoldExtended")),
    Operation("confirm", 8, _confirm, _CONFIRMED),
    Operation("release", 5, _release, _may("HoldReleased")),
    Operation("delete", 3, _delete, _may("HoldReleased")),
    Operation("release in part", 3, _release_in_part, _may("HoldReleased")),
    Operation("order", 6, _order("reserve"), _may("HoldPlaced")),
    Operation("order and confirm", 4, _order("confirm"), _SOLD),
    Operation("hand over", 4, _order("hand_over"), _HANDED),
    Operation("report a sale", 3, _order("hand_over", numbered=True), _HANDED),
    Operation("order of a hold", 5, _order_of_hold, _may("HoldConfirmed", "StockShipped")),
    Operation("confirm order", 6, _step("confirm", "pending"), _CONFIRMED),
    Operation("cancel order", 4, _step("cancel", "pending", "confirmed"), _may("HoldReleased")),
    Operation("ship", 4, _step("ship", "confirmed"), _may("StockShipped")),
    Operation("ship in part", 4, _step("ship", "confirmed", part=True), _may("StockShipped")),
    Operation("deliver", 1, _step("deliver", "shipped")),
    Operation("return", 2, _step("return", "shipped", "delivered"), _may("StockReturned")),
    Operation(
        "return in part",
        3,
        _step("return", "shipped", "delivered", "confirmed", part=True),
        _may("StockReturned"),
    ),
    Operation("allot", 3, _allot, _may("StockAllotted")),
    Operation("return an allotment", 2, _return_allotment, _may("AllotmentReturned")),
    Operation("transfer", 4, _transfer, _may("TransferSent")),
    Operation("take in a transfer", 3, _of_transfer("receive"), _may("TransferReceived")),
    Operation(
        "take in a part of a transfer",
        2,
        _of_transfer("receive", part=True),
        _may("TransferReceived"),
    ),
    Operation("cancel a transfer", 1, _of_transfer("cancel"), _may("TransferReceived")),
    Operation("close a channel", 1, _close_channel),
    Operation("open a channel", 8, _open_channel),
    Operation("look", 12, _look),
    Operation("look around", 3, _look_around),
    Operation("look at a hold", 4, _look_at_hold),
    Operation("look at an order", 3, _look_at_order),
)

_BY_NAME = {each.name: each for each in OPERATIONS}


def operation_named(name: str) -> Operation:
    """An operation of the table."""
    return _BY_NAME[name]
