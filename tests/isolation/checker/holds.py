"""Holds: there when they were acknowledged, whole, ended by somebody or by the clock, and by the
server's clock alone."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from isolation.checker.anomalies import (
    ENDED_EARLY,
    HALF_DONE,
    LOST_HOLD,
    OUTLIVED,
    Finding,
)
from isolation.checker.evidence import EXPIRED, Evidence, figures_of
from isolation.checker.ledger import CAUSES
from isolation.history import OK, REFUSED, Attempt, Event, FoundHold, Request

__all__ = [
    "acknowledged_holds_are_there",
    "holds_are_placed_whole",
    "holds_end_with_a_cause",
    "no_hold_ends_early",
    "no_hold_outlives_its_end",
    "parts_are_as_large_as_asked",
    "pieces_of_a_hold_are_all_accounted_for",
    "reads_count_what_has_lapsed_as_free",
]

SOLD = ("confirmed", "shipped", "delivered", "returned")


def acknowledged_holds_are_there(evidence: Evidence) -> Iterator[Finding]:
    """Whoever was told of a hold, or of the hold of an order, finds it."""
    for request, _, answer in evidence.answers():
        told = answer if isinstance(answer, dict) else {}
        hold_id = told.get("hold_id") or (told["id"] if "allocations" in told else None)
        if hold_id is not None and hold_id not in evidence.holds:
            yield Finding(LOST_HOLD, f"the hold {hold_id} is not there", (request.id,))


def holds_end_with_a_cause(evidence: Evidence) -> Iterator[Finding]:
    """What is released was let go, what is confirmed was sold, and what was sold stays so unless
    somebody let it go; an extension that was acknowledged is kept."""
    for hold in evidence.holds.values():
        requests = evidence.about_hold.get(hold.id, [])
        ids = tuple(request.id for request in requests)
        let_go = any(_may(request, "HoldReleased") for request in requests)
        sold = any(_may(request, "HoldConfirmed") for request in requests)
        acknowledged = any(_was_told_sold(request) for request in requests)
        if hold.status == "released" and not let_go:
            yield Finding(LOST_HOLD, f"{hold.id} is released and nobody let it go", ids)
        if hold.status == "confirmed" and not sold:
            yield Finding(LOST_HOLD, f"{hold.id} is confirmed and nobody bought it", ids)
        if acknowledged and hold.status not in ("confirmed", "released"):
            yield Finding(LOST_HOLD, f"{hold.id} was sold and is {hold.status}", ids)
        yield from _of_extensions(evidence, hold, requests)


def _of_extensions(
    evidence: Evidence, hold: FoundHold, requests: Sequence[Request]
) -> Iterator[Finding]:
    ends = [end for _, end in _ends(evidence, hold.id)]
    for request in requests:
        if request.operation == "extend" and request.outcome == OK:
            end = _moment(request.answer["expires_at"])
            if evidence.at(end) not in ends:
                text = f"{hold.id}: the extension to {end} is not in the ledger"
                yield Finding(LOST_HOLD, text, (request.id,))


def pieces_of_a_hold_are_all_accounted_for(evidence: Evidence) -> Iterator[Finding]:
    """Each allocation is what its events say."""
    for hold in evidence.holds.values():
        told = _pieces(evidence.events_of_hold[hold.id])
        for row in hold.allocations:
            place = (f"{row.sku}@{row.location}", row.line, row.lot, row.allotment)
            found = told.pop(place, Counter())
            is_now = {
                "quantity": row.quantity,
                "held": row.held,
                "committed": row.committed,
                "shipped": row.shipped,
                "returned": row.returned,
            }
            if any(found[name] != count for name, count in is_now.items()):
                text = f"{hold.id} at {row.sku}@{row.location}: {is_now}, its events say {+found}"
                yield Finding(LOST_HOLD, text, _ids(evidence, hold.id))
        for stream, line, _, _ in told:
            text = f"{hold.id}: nothing is allocated at {stream} for line {line}"
            yield Finding(LOST_HOLD, text, _ids(evidence, hold.id))
    for hold_id in evidence.events_of_hold.keys() - evidence.holds.keys():
        yield Finding(LOST_HOLD, f"{hold_id} has events and is not there")


def _pieces(events: Sequence[Event]) -> dict[tuple[str, int, str, str], "Counter[str]"]:
    found: dict[tuple[str, int, str, str], Counter[str]] = defaultdict(Counter)
    for event in events:
        data = event.data
        place = (event.stream, data["line"], data.get("lot", ""), data.get("allotment", ""))
        pieces, quantity = found[place], data.get("quantity", 0)
        match event.type:
            case "HoldPlaced":
                pieces.update(quantity=quantity, held=quantity)
            case "HoldConfirmed":
                pieces.update(held=-quantity, committed=quantity)
            case "HoldReleased":
                pieces.update(held=-data["from_held"], committed=-data["from_committed"])
            case "HoldExpired":
                pieces.update(held=-quantity)
            case "StockShipped":
                pieces.update(committed=-quantity, shipped=quantity)
            case "StockReturned":
                pieces.update(returned=quantity)
    return found


def holds_are_placed_whole(evidence: Evidence) -> Iterator[Finding]:
    """All lines, of bundles all components, or nothing at all."""
    for hold in evidence.holds.values():
        for number, line in enumerate(hold.lines):
            needed = evidence.scene.needs(line["sku"])
            asked = {sku: count * line["quantity"] for sku, count in needed.items()}
            taken: Counter[str] = Counter()
            for row in hold.allocations:
                if row.line == number:
                    taken[row.sku] += row.quantity
            if dict(taken) != asked:
                text = f"{hold.id} line {number} took {dict(taken)}, asked for was {asked}"
                yield Finding(HALF_DONE, text, _ids(evidence, hold.id))


def parts_are_as_large_as_asked(evidence: Evidence) -> Iterator[Finding]:
    """Who ships, returns or releases some lines moves these pieces; a release may find nothing
    left to do."""
    for request in evidence.acknowledged("ship in part", "return in part", "release in part"):
        asked: Counter[str] = Counter()
        for line in request.first.body["lines"]:
            for sku, count in evidence.scene.needs(line["sku"]).items():
                asked[sku] += count * line["quantity"]
        moved: Counter[str] = Counter()
        for _, event in evidence.own_events[request.id]:
            data = event.data
            pieces = data.get("quantity", data.get("from_held", 0) + data.get("from_committed", 0))
            moved[event.stream.rpartition("@")[0]] += pieces
        if moved != asked and (moved or request.operation != "release in part"):
            text = f"{dict(asked)} was asked for and {dict(moved)} moved"
            yield Finding(HALF_DONE, text, (request.id,))


def no_hold_ends_early(evidence: Evidence) -> Iterator[Finding]:
    """Nothing lapses, and nobody is told so, before the time that the hold says."""
    for hold_id, events in evidence.events_of_hold.items():
        for event, until in _with_ends(events):
            if event.type == EXPIRED and event.recorded_at < until:
                text = f"{hold_id} lapsed at {event.recorded_at}, its end was {until}"
                yield Finding(ENDED_EARLY, text, _ids(evidence, hold_id))
    for hold in evidence.holds.values():
        if hold.status == "expired" and hold.expires_at > evidence.found.now:
            yield Finding(ENDED_EARLY, f"{hold.id} is expired before {hold.expires_at}")
    for sight in _sights(evidence):
        ends = _in_force(evidence, sight)
        if sight.is_over and ends and min(ends) > sight.ended_at + evidence.tolerance_seconds:
            text = f"{sight.hold_id}: told that it is over {min(ends) - sight.ended_at:.3f} s early"
            yield Finding(ENDED_EARLY, text, (sight.request_id,))


def no_hold_outlives_its_end(evidence: Evidence) -> Iterator[Finding]:
    """Nothing is sold or extended at or after the time that the hold says, nor after it lapsed."""
    for hold_id, events in evidence.events_of_hold.items():
        lapsed = False
        for event, until in _with_ends(events):
            used = event.type in ("HoldConfirmed", "HoldExtended")
            if used and (lapsed or event.recorded_at >= until):
                text = f"{hold_id}: {event.type} at {event.recorded_at}, its end was {until}"
                yield Finding(OUTLIVED, text, _ids(evidence, hold_id))
            lapsed = lapsed or event.type == EXPIRED
        hold = evidence.holds.get(hold_id)
        if lapsed and hold is not None and hold.status == "confirmed":
            text = f"{hold_id} is confirmed although its pieces had lapsed"
            yield Finding(OUTLIVED, text, _ids(evidence, hold_id))
    for sight in _sights(evidence):
        ends = _in_force(evidence, sight)
        if not sight.is_over and ends and max(ends) < sight.asked_at - evidence.tolerance_seconds:
            text = f"{sight.hold_id}: used {sight.asked_at - max(ends):.3f} s after its end"
            yield Finding(OUTLIVED, text, (sight.request_id,))


def reads_count_what_has_lapsed_as_free(evidence: Evidence) -> Iterator[Finding]:
    """Availability shows as held what runs at that moment, whether anybody has tidied up or not."""
    tolerance = datetime.timedelta(seconds=evidence.tolerance_seconds)
    for request, attempt, answer in evidence.answers():
        for sku in answer.get("skus", ()) if isinstance(answer, dict) else ():
            for place in sku["locations"]:
                stream = f"{sku['sku']}@{place['location']}"
                events = evidence.streams.get(stream, [])
                known = [each for each in events if each.version <= place["version"]]
                if not known or known[-1].version != place["version"]:
                    continue
                asked, answered = _times(evidence, attempt)
                most = figures_of(known[-1])[1] - _lapsed(known, asked - tolerance)
                least = figures_of(known[-1])[1] - _lapsed(known, answered + tolerance)
                if place["held"] > most:
                    text = f"{stream}: {place['held']} told as held, of which {most} ran"
                    yield Finding(OUTLIVED, text, (request.id,))
                if place["held"] < least:
                    text = f"{stream}: {place['held']} told as held, and {least} ran"
                    yield Finding(ENDED_EARLY, text, (request.id,))


def _lapsed(events: Sequence[Event], moment: datetime.datetime) -> int:
    """How many pieces still count as held in the figures of a stream although their time is
    over."""
    held: Counter[tuple[str, int, str]] = Counter()
    until: dict[tuple[str, int, str], datetime.datetime] = {}
    for event in events:
        if "hold_id" not in event.data:
            continue
        key = (event.data["hold_id"], event.data["line"], event.data.get("allotment", ""))
        if "expires_at" in event.data:
            until[key] = _moment(event.data["expires_at"])
        quantity = event.data.get("quantity", 0)
        match event.type:
            case "HoldPlaced":
                held[key] += quantity
            case "HoldConfirmed" | "HoldExpired":
                held[key] -= quantity
            case "HoldReleased":
                held[key] -= event.data["from_held"]
    return sum(count for key, count in held.items() if count and until[key] <= moment)


class _Sight(NamedTuple):
    """Somebody was told whether a hold can still be used."""

    hold_id: str
    request_id: str
    asked_at: float
    ended_at: float
    is_over: bool


def _sights(evidence: Evidence) -> Iterator[_Sight]:
    for hold_id, requests in evidence.about_hold.items():
        for request in requests:
            for attempt in request.decided[:1]:
                answer = request.answer if isinstance(request.answer, dict) else {}
                over = answer.get("hold_status") == "expired" and answer["hold_id"] == hold_id
                is_look = request.operation == "look at a hold"
                over = over or (is_look and answer.get("status") == "expired")
                used = is_look and answer.get("status") == "held"
                used = used or any(
                    event.type in ("HoldConfirmed", "HoldExtended")
                    and event.data["hold_id"] == hold_id
                    and not _places(evidence, request)
                    for _, event in evidence.own_events[request.id]
                )
                if over or used:
                    asked_at = request.first.at if request.first.key else attempt.asked.at
                    yield _Sight(hold_id, request.id, asked_at, attempt.ended_at, over)


def _places(evidence: Evidence, request: Request) -> bool:
    return any(event.type == "HoldPlaced" for _, event in evidence.own_events[request.id])


def _in_force(evidence: Evidence, sight: _Sight) -> list[float]:
    """The ends that a hold had at some moment while somebody asked about it."""
    ends = _ends(evidence, sight.hold_id)
    found = []
    for at, (since, end) in enumerate(ends):
        until = ends[at + 1][0] if at + 1 < len(ends) else float("inf")
        slack = evidence.tolerance_seconds
        if since <= sight.ended_at + slack and until >= sight.asked_at - slack:
            found.append(end)
    return found


def _ends(evidence: Evidence, hold_id: str) -> list[tuple[float, float]]:
    """Since when a hold had which end, on the monotonic clock."""
    found: dict[tuple[float, float], None] = {}
    for event in evidence.events_of_hold[hold_id]:
        if "expires_at" in event.data:
            end = evidence.at(_moment(event.data["expires_at"]))
            found[evidence.at(event.recorded_at), end] = None
    return sorted(found, key=lambda each: each[0])


def _with_ends(events: Sequence[Event]) -> Iterator[tuple[Event, datetime.datetime]]:
    """The events of a hold, each with the end that was in force when it happened."""
    until: dict[tuple[str, int], datetime.datetime] = {}
    for event in events:
        key = (event.stream, event.data["line"])
        if key in until:
            yield event, until[key]
        if "expires_at" in event.data:
            until[key] = _moment(event.data["expires_at"])


def _was_told_sold(request: Request) -> bool:
    """Whether somebody was told that it is sold, by what sells it."""
    may = request.outcome == OK and "HoldConfirmed" in CAUSES[request.operation]
    return may and isinstance(request.answer, dict) and request.answer.get("status") in SOLD


def _may(request: Request, cause: str) -> bool:
    return request.outcome != REFUSED and cause in CAUSES[request.operation]


def _ids(evidence: Evidence, hold_id: str) -> tuple[str, ...]:
    return tuple(request.id for request in evidence.about_hold.get(hold_id, ()))


def _times(evidence: Evidence, attempt: Attempt) -> tuple[datetime.datetime, datetime.datetime]:
    wall = evidence.history.wall
    asked, answered = wall(attempt.asked.at), wall(attempt.ended_at)
    return (
        datetime.datetime.fromtimestamp(asked, datetime.UTC),
        datetime.datetime.fromtimestamp(answered, datetime.UTC),
    )


def _moment(text: Any) -> datetime.datetime:
    return datetime.datetime.fromisoformat(str(text))
