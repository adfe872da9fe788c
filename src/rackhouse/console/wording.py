"""Events in words: what happened, as one would tell it."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rackhouse.inventory import Movement
from rackhouse.platform.events import Event, Position

__all__ = ["Happening", "skus_in", "told", "told_movement"]

Facts = Mapping[str, Any]


class Happening(msgspec.Struct, frozen=True):
    """One event as it is told: who, what they did, to what, and further words after that.

    ``until`` ends the sentence with a time; ``kind`` is for its mark.
    """

    at: datetime.datetime
    kind: str
    who: str
    did: str
    sku: str | None = None
    name: str = ""
    rest: str = ""
    until: datetime.datetime | None = None


def skus_in(event: Event) -> list[str]:
    """The SKUs that are named when an event is told."""
    if "@" in event.stream:
        return [event.stream.rpartition("@")[0]]
    if event.type == "OrderPlaced":
        return [line["sku"] for line in event.facts()["lines"][:1]]
    return []


def told(event: Event, names: Mapping[str, str], channels: Mapping[str, str]) -> Happening:
    """An event in words. An event of a kind that is not known here is told by its type."""
    facts = event.facts()
    tell = _TELLERS.get(event.type)
    skus = skus_in(event)
    sku = skus[0] if skus else None
    kind, did, rest = tell(event, facts) if tell else ("other", _words(event.type), "")
    until = facts.get("expires_at") if event.type in ("HoldPlaced", "HoldExtended") else None
    return Happening(
        at=event.recorded_at,
        kind=kind,
        who=channels.get(event.channel, event.channel) if event.channel else _actor(event.actor),
        did=did,
        sku=sku,
        name=names.get(sku, sku) if sku else "",
        rest=rest,
        until=None if until is None else msgspec.convert(until, datetime.datetime),
    )


def told_movement(
    movement: Movement, names: Mapping[str, str], channels: Mapping[str, str]
) -> Happening:
    """A movement in words."""
    event = Event(
        position=Position(0, movement.position),
        stream=f"{movement.sku}@{movement.location}",
        version=movement.version,
        type=movement.type,
        data=msgspec.json.encode(movement.facts).decode(),
        actor=movement.actor,
        channel=movement.channel,
        correlation_id=movement.correlation_id,
        recorded_at=movement.recorded_at,
        hash=bytes.fromhex(movement.hash),
    )
    return told(event, names, channels)


Told = tuple[str, str, str]


def _held(event: Event, facts: Facts) -> Told:
    return "held", f"held {facts['quantity']}\u00a0×", f"in {_place(event)} until"


def _extended(event: Event, facts: Facts) -> Told:
    return "held", "extended the hold of", f"in {_place(event)} until"


def _sold(event: Event, facts: Facts) -> Told:
    return "sold", f"sold {facts['quantity']}\u00a0×", f"from {_place(event)}"


def _released(event: Event, facts: Facts) -> Told:
    why = f" ({facts['reason']})" if facts["reason"] != "released" else ""
    freed = facts["from_held"] + facts["from_committed"]
    return "freed", f"released {freed}\u00a0×", f"in {_place(event)}{why}"


def _expired(event: Event, facts: Facts) -> Told:
    return "freed", f"let {facts['quantity']}\u00a0×", f"in {_place(event)} expire"


def _shipped(event: Event, facts: Facts) -> Told:
    return "moved", f"shipped {facts['quantity']}\u00a0×", f"from {_place(event)}"


def _returned(event: Event, facts: Facts) -> Told:
    return (
        "moved",
        f"returned {facts['quantity']}\u00a0×",
        f"in {_place(event)} ({facts['reason']})",
    )


def _received(event: Event, facts: Facts) -> Told:
    reference = f" ({facts['reference']})" if facts.get("reference") else ""
    return "moved", f"received {facts['quantity']}\u00a0×", f"in {_place(event)}{reference}"


def _adjusted(event: Event, facts: Facts) -> Told:
    delta = f"{facts['delta']:+,}".replace("-", "−")
    return "moved", f"adjusted by {delta}", f"in {_place(event)} ({facts['reason']})"


def _opened(event: Event, facts: Facts) -> Told:
    return "other", "opened the location", facts["name"]


def _ordered(event: Event, facts: Facts) -> Told:
    pieces = sum(line["quantity"] for line in facts["lines"])
    others = pieces - facts["lines"][0]["quantity"]
    more = f"and {others} more" if others else ""
    return "held", f"took an order for {facts['lines'][0]['quantity']}\u00a0×", more


def _order_went(did: str, kind: str) -> Callable[[Event, Facts], Told]:
    def tell(event: Event, facts: Facts) -> Told:
        order = f"order …{event.stream[-6:]}"
        why = f" ({facts['reason']})" if facts.get("reason") else ""
        return kind, f"{did} {order}{why}", ""

    return tell


_TELLERS: dict[str, Callable[[Event, Facts], Told]] = {
    "HoldPlaced": _held,
    "HoldExtended": _extended,
    "HoldConfirmed": _sold,
    "HoldReleased": _released,
    "HoldExpired": _expired,
    "StockShipped": _shipped,
    "StockReturned": _returned,
    "StockReceived": _received,
    "StockAdjusted": _adjusted,
    "LocationOpened": _opened,
    "OrderPlaced": _ordered,
    "OrderConfirmed": _order_went("confirmed", "sold"),
    "OrderShipped": _order_went("shipped", "moved"),
    "OrderDelivered": _order_went("delivered", "moved"),
    "OrderCancelled": _order_went("cancelled", "freed"),
    "OrderReturned": _order_went("returned", "moved"),
}


def _place(event: Event) -> str:
    return event.stream.rpartition("@")[2]


def _actor(actor: str) -> str:
    kind, _, name = actor.partition(":")
    return {"service": f"Rackhouse ({name})", "console": "Someone at the console"}.get(kind, actor)


def _words(type_name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type_name)
