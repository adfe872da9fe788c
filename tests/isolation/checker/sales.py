"""Sales against receipts: in the ledger at each moment, in the rows in the end, and by what
clients alone were told."""

from collections import Counter
from collections.abc import Iterator

from isolation.checker.anomalies import DOUBLE_SALE, Finding
from isolation.checker.evidence import Evidence
from isolation.checker.ledger import CAUSES, change_of
from isolation.history import OK, REFUSED, Event, FoundHold, Request

__all__ = [
    "clients_were_not_promised_more_than_there_was",
    "no_allotment_is_sold_twice_or_to_others",
    "nothing_is_sold_twice_in_the_end",
    "nothing_is_sold_twice_in_the_ledger",
]


def nothing_is_sold_twice_in_the_ledger(evidence: Evidence) -> Iterator[Finding]:
    """The changes of a stream, added up in the order in which they were committed, never promise
    more than there is."""
    for stream in evidence.streams:
        on_hand = held = committed = 0
        for event in (each for each in evidence.events if each.stream == stream):
            more = change_of(event)
            on_hand, held, committed = on_hand + more[0], held + more[1], committed + more[2]
            if held + committed > on_hand:
                text = f"{stream} at version {event.version}: {held} held and {committed} "
                text += f"committed of {on_hand}"
                yield Finding(DOUBLE_SALE, text, _takers(evidence, stream))
                break


def nothing_is_sold_twice_in_the_end(evidence: Evidence) -> Iterator[Finding]:
    """The pieces that holds have, or had shipped, are no more than what came in."""
    came: Counter[str] = Counter()
    went: Counter[str] = Counter()
    for event in evidence.events:
        if event.type not in ("StockShipped", "StockReturned"):
            came[event.stream] += change_of(event)[0]
    for hold in evidence.found.holds:
        for row in hold.allocations:
            pieces = row.held + row.committed + row.shipped - row.returned
            went[f"{row.sku}@{row.location}"] += pieces
    for stream, pieces in went.items():
        if pieces > came[stream]:
            text = f"{stream}: {pieces} pieces are held, sold or shipped of {came[stream]}"
            yield Finding(DOUBLE_SALE, text, _takers(evidence, stream))


def no_allotment_is_sold_twice_or_to_others(evidence: Evidence) -> Iterator[Finding]:
    """What is set apart for a channel is that channel's, and no more of it is promised than was set
    apart."""
    for stream in evidence.streams:
        free: Counter[str] = Counter()
        for event in (each for each in evidence.events if each.stream == stream):
            name = event.data.get("allotment", "")
            free[name] += _freed(event)
            taken = event.type == "HoldPlaced" and name
            hold = evidence.holds.get(event.data["hold_id"]) if taken else None
            if hold is not None and hold.channel != name:
                text = f"{stream}: {hold.id} of {hold.channel} took from the allotment of {name}"
                yield Finding(DOUBLE_SALE, text, _takers(evidence, stream))
            if name and free[name] < 0:
                text = f"{stream}: the allotment of {name} has {free[name]} left"
                yield Finding(DOUBLE_SALE, text, _takers(evidence, stream))


def _freed(event: Event) -> int:
    """How many free pieces an event adds to its allotment."""
    data = event.data
    match event.type:
        case "StockAllotted" | "HoldExpired":
            return int(data["quantity"])
        case "HoldReleased":
            return int(data["from_held"] + data["from_committed"])
        case "AllotmentReturned" | "HoldPlaced":
            return -int(data["quantity"])
    return 0


def clients_were_not_promised_more_than_there_was(evidence: Evidence) -> Iterator[Finding]:
    """What was acknowledged and never let go is no more than all that may have come in."""
    promised: Counter[str] = Counter()
    buyers: dict[str, list[str]] = {}
    for hold in evidence.holds.values():
        placed = _certainly_kept(evidence, hold)
        if placed is None:
            continue
        for line in hold.lines:
            for sku, count in evidence.scene.needs(line["sku"]).items():
                promised[sku] += count * line["quantity"]
                buyers.setdefault(sku, []).append(placed.id)
    supply = _possible_supply(evidence)
    for sku, pieces in promised.items():
        if pieces > supply[sku]:
            text = (
                f"{sku}: {pieces} pieces were promised to clients, {supply[sku]} can have come in"
            )
            yield Finding(DOUBLE_SALE, text, tuple(buyers[sku]))


def _certainly_kept(evidence: Evidence, hold: FoundHold) -> Request | None:
    """The request that was told of a hold, if the hold has not ended and nobody may have ended
    it."""
    requests = evidence.about_hold.get(hold.id, [])
    lets_go = ("HoldReleased", "StockReturned")
    for request in requests:
        if request.outcome != REFUSED and any(
            each in CAUSES[request.operation] for each in lets_go
        ):
            return None
    kept = hold.status == "confirmed" or hold.expires_at > evidence.found.now
    placed = (each for each in requests if each.outcome == OK and _placed(evidence, each, hold))
    return next(placed, None) if kept else None


def _placed(evidence: Evidence, request: Request, hold: FoundHold) -> bool:
    return any(
        event.type == "HoldPlaced" and event.data["hold_id"] == hold.id
        for _, event in evidence.own_events[request.id]
    )


def _possible_supply(evidence: Evidence) -> "Counter[str]":
    """All that came in by receipts which may have happened, and by corrections as recorded."""
    supply: Counter[str] = Counter()
    for request in evidence.history.requests:
        if request.operation == "receive" and request.outcome != REFUSED:
            for line in request.first.body["lines"]:
                supply[line["sku"]] += line["quantity"]
    for event in evidence.events:
        if event.type == "StockAdjusted":
            supply[event.stream.rpartition("@")[0]] += change_of(event)[0]
    return supply


def _takers(evidence: Evidence, stream: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for event in evidence.streams[stream]:
        request = evidence.cause_of(event)
        if event.type == "HoldPlaced" and request is not None:
            found[request.id] = None
    return tuple(found)
