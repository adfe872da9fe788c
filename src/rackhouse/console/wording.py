"""Events in words: what happened, as one would tell it."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rackhouse.inventory import Movement, Told
from rackhouse.inventory import told as told_of_stock
from rackhouse.platform.events import Event, Position

__all__ = ["Happening", "skus_in", "told", "told_movement"]

Facts = Mapping[str, Any]
Words = tuple[str, str, str]


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
    if event.stream.startswith(("lot:", "waiting:", "allotment-rule:")):
        return [event.facts()["sku"]]
    if "@" in event.stream:
        return [event.stream.rpartition("@")[0]]
    if event.stream.startswith("inbound:"):
        return list(event.facts()["skus"][:1])
    if event.type in ("OrderPlaced", "SaleNotCovered"):
        return [line["sku"] for line in event.facts()["lines"][:1]]
    return []


def told(event: Event, names: Mapping[str, str], channels: Mapping[str, str]) -> Happening:
    """An event in words: stock's as inventory tells it, any other as it stands here. An event of a
    kind that is not known is told by its type."""
    facts = event.facts()
    tell = _TELLERS.get(event.type)
    skus = skus_in(event)
    sku = skus[0] if skus else None
    said = told_of_stock(event.type, facts, event.stream.rpartition("@")[2])
    if said is None:
        said = Told(*tell(event, facts)) if tell else Told("other", _words(event.type), "")
    return Happening(
        at=event.recorded_at,
        kind=said.kind,
        who=channels.get(event.channel, event.channel) if event.channel else _actor(event.actor),
        did=said.did,
        sku=sku,
        name=names.get(sku, sku) if sku else "",
        rest=said.rest,
        until=said.until,
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


def _ordered(event: Event, facts: Facts) -> Words:
    pieces = sum(line["quantity"] for line in facts["lines"])
    others = pieces - facts["lines"][0]["quantity"]
    more = f"and {others} more" if others else ""
    return "held", f"took an order for {facts['lines'][0]['quantity']}\u00a0×", more


def _not_covered(event: Event, facts: Facts) -> Words:
    pieces = sum(line["quantity"] for line in facts["lines"])
    others = pieces - facts["lines"][0]["quantity"]
    more = f"and {others} more, " if others else ""
    return "freed", f"sold {facts['lines'][0]['quantity']}\u00a0×", f"{more}more than there is"


def _sale_went(did: str, kind: str) -> Callable[[Event, Facts], Words]:
    def tell(event: Event, facts: Facts) -> Words:
        why = f" ({facts['reason']})" if facts.get("reason") else ""
        return kind, f"{did} the sale {facts['external_id']}{why}", ""

    return tell


def _order_went(did: str, kind: str) -> Callable[[Event, Facts], Words]:
    def tell(event: Event, facts: Facts) -> Words:
        order = f"order …{event.stream[-6:]}"
        why = f" ({facts['reason']})" if facts.get("reason") else ""
        return kind, f"{did} {order}{why}", ""

    return tell


_TELLERS: dict[str, Callable[[Event, Facts], Words]] = {
    "SaleNotCovered": _not_covered,
    "SaleCovered": _sale_went("could book", "sold"),
    "SaleDismissed": _sale_went("dismissed", "other"),
    "OrderPlaced": _ordered,
    "OrderConfirmed": _order_went("confirmed", "sold"),
    "OrderShipped": _order_went("shipped", "moved"),
    "OrderDelivered": _order_went("delivered", "moved"),
    "OrderCancelled": _order_went("cancelled", "freed"),
    "OrderReturned": _order_went("returned", "moved"),
}


def _actor(actor: str) -> str:
    kind, _, name = actor.partition(":")
    return {"service": f"Rackhouse ({name})", "console": "Someone at the console"}.get(kind, actor)


def _words(type_name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in type_name)
