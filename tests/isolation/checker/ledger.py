"""What the ledger itself must be: one line of events a stream, each following from the one before,
each asked for by somebody, each request in it once."""

import datetime
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from isolation.checker.anomalies import (
    DONE_TWICE,
    HALF_DONE,
    LOST_UPDATE,
    NEGATIVE,
    PHANTOM,
    STALE_CLOCK,
    Finding,
)
from isolation.checker.evidence import EXPIRED, SERVICE, Evidence, figures_of
from isolation.history import OK, REFUSED, Event, Request
from isolation.operations import OPERATIONS

__all__ = [
    "acknowledged_changes_are_in_the_ledger",
    "each_event_follows_from_the_one_before",
    "every_event_was_asked_for",
    "figures_are_never_below_zero",
    "refused_requests_did_nothing",
    "requests_are_carried_out_once",
    "rows_are_what_their_events_say",
    "time_runs_forward_in_a_stream",
    "transfers_lose_and_make_nothing",
]

CAUSES = {operation.name: operation.causes for operation in OPERATIONS}


CHANGES: dict[str, Callable[[dict[str, Any]], tuple[int, int, int]]] = {
    "StockReceived": lambda data: (data["quantity"], 0, 0),
    "StockReturned": lambda data: (data["quantity"], 0, 0),
    "StockAdjusted": lambda data: (data["delta"], 0, 0),
    "HoldPlaced": lambda data: (0, data["quantity"], 0),
    "HoldExtended": lambda data: (0, 0, 0),
    "HoldConfirmed": lambda data: (0, -data["quantity"], data["quantity"]),
    "HoldReleased": lambda data: (0, -data["from_held"], -data["from_committed"]),
    "HoldExpired": lambda data: (0, -data["quantity"], 0),
    "StockShipped": lambda data: (-data["quantity"], 0, -data["quantity"]),
    "StockAllotted": lambda data: (0, 0, 0),
    "AllotmentReturned": lambda data: (0, 0, 0),
    "TransferSent": lambda data: (-data["quantity"], 0, 0),
    "TransferReceived": lambda data: (data["quantity"], 0, 0),
}
"""What each type of event adds to on hand, held and committed. Written down here a second time on
purpose: what the service says of its own events is what is to be checked."""


def change_of(event: Event) -> tuple[int, int, int]:
    """What an event adds to on hand, held and committed."""
    return CHANGES[event.type](event.data)


def each_event_follows_from_the_one_before(evidence: Evidence) -> Iterator[Finding]:
    """Versions are 1, 2, 3; the figures of each are those before it and its change."""
    for stream, events in evidence.streams.items():
        before: Event | None = None
        figures, version = (0, 0, 0), 0
        for event in events:
            added = tuple(a + b for a, b in zip(figures, change_of(event), strict=True))
            if event.version != version + 1:
                text = f"{stream}: version {event.version} follows version {version}"
                yield Finding(LOST_UPDATE, text, _requests(evidence, before, event))
            elif added != figures_of(event):
                text = f"{stream}: {event.type} {event.version} records {figures_of(event)}, "
                text += f"but {figures} and its change make {added}"
                yield Finding(LOST_UPDATE, text, _requests(evidence, before, event))
            before, figures, version = event, figures_of(event), event.version


def figures_are_never_below_zero(evidence: Evidence) -> Iterator[Finding]:
    """Neither those of events nor those of rows; what is in allotments is there, too."""
    figures = [
        (f"{event.stream} {event.version}", *figures_of(event), event.data.get("allotted", 0))
        for event in evidence.events
    ]
    figures += [
        (f"{row.sku}@{row.location} in the end", row.on_hand, row.held, row.committed, 0)
        for row in evidence.found.stock
    ]
    for place, on_hand, held, committed, allotted in figures:
        below = min(on_hand, held, committed, allotted) < 0
        if below or held + committed + allotted > on_hand:
            text = f"{place}: {on_hand} on hand, {held} held, {committed} committed, "
            yield Finding(NEGATIVE, f"{text}{allotted} in allotments")


def time_runs_forward_in_a_stream(evidence: Evidence) -> Iterator[Finding]:
    """What has the later version was decided later: the clock is read under the lock. Unless
    somebody has set the clock meanwhile."""
    slack = datetime.timedelta(seconds=evidence.history.drift_seconds)
    for stream, events in evidence.streams.items():
        for before, event in itertools.pairwise(events):
            earlier = event.recorded_at < before.recorded_at - slack
            if earlier and event.version > before.version:
                text = f"{stream}: version {event.version} is of {event.recorded_at}, "
                text += f"version {before.version} of {before.recorded_at}"
                yield Finding(STALE_CLOCK, text, _requests(evidence, before, event))


def rows_are_what_their_events_say(evidence: Evidence) -> Iterator[Finding]:
    """A stock row is the last of its events."""
    rows = {f"{row.sku}@{row.location}": row for row in evidence.found.stock}
    for stream, row in rows.items():
        last = evidence.streams[stream][-1] if evidence.streams[stream] else None
        told = (*figures_of(last), last.version) if last else (0, 0, 0, 0)
        is_now = (row.on_hand, row.held, row.committed, row.version)
        if is_now != told:
            yield Finding(PHANTOM, f"{stream}: the row says {is_now}, its events say {told}")
    for stream in evidence.streams.keys() - rows.keys():
        if evidence.streams[stream]:
            yield Finding(LOST_UPDATE, f"{stream}: there are events and no row")


def every_event_was_asked_for(evidence: Evidence) -> Iterator[Finding]:
    """Each names a request that may cause it, of the size that was asked for; the service itself
    only tidies up what has lapsed."""
    for event in evidence.events:
        request = evidence.cause_of(event)
        if event.type == EXPIRED and (request is not None or event.actor.startswith(SERVICE)):
            continue
        if request is None:
            text = f"{event.stream}: nobody asked for {event.type} {event.data}"
            yield Finding(PHANTOM, text)
        elif event.type not in CAUSES[request.operation]:
            text = f"{event.stream}: {request.operation} caused {event.type}"
            yield Finding(PHANTOM, text, (request.id,))
    for request in evidence.history.requests:
        received = _quantities(evidence, request, "StockReceived")
        asked = _asked(request) if received else Counter()
        if received - asked:
            text = f"received {dict(received)}, asked for was {dict(asked)}"
            yield Finding(PHANTOM, text, (request.id,))


def transfers_lose_and_make_nothing(evidence: Evidence) -> Iterator[Finding]:
    """What comes of a transfer was sent."""
    on_their_way: Counter[tuple[str, str]] = Counter()
    for event in evidence.events:
        transfer = (event.data.get("transfer_id", ""), event.stream.rpartition("@")[0])
        if event.type == "TransferSent":
            on_their_way[transfer] += event.data["quantity"]
        elif event.type == "TransferReceived":
            on_their_way[transfer] -= event.data["quantity"]
            if on_their_way[transfer] < 0:
                text = f"{event.stream}: more came of the transfer {transfer[0]} than was sent"
                yield Finding(PHANTOM, text, _requests(evidence, event))


def requests_are_carried_out_once(evidence: Evidence) -> Iterator[Finding]:
    """No two attempts of one request did the same."""
    for request_id, found in evidence.own_events.items():
        done: dict[tuple[str, str, int], set[int]] = defaultdict(set)
        for attempt, event in found:
            what = (event.type, event.stream, event.data.get("line", 0))
            done[what].add(attempt.asked.number)
        for (type_, stream, _), numbers in done.items():
            if len(numbers) > 1:
                text = f"{stream}: the attempts {sorted(numbers)} of one request did {type_} each"
                yield Finding(DONE_TWICE, text, (request_id,))
        holds = {event.data["hold_id"] for _, event in found if event.type == "HoldPlaced"}
        if len(holds) > 1:
            text = f"one request placed the holds {sorted(holds)}"
            yield Finding(DONE_TWICE, text, (request_id,))


def refused_requests_did_nothing(evidence: Evidence) -> Iterator[Finding]:
    """A no leaves no trace but what had lapsed anyway, and sales that somebody else called off
    before the order was written down: there are two events then, which cancel out."""
    for request in evidence.history.requests:
        traces = [event for _, event in evidence.own_events[request.id]]
        traces = [event for event in traces if not _was_called_off(evidence, event)]
        if request.outcome == REFUSED and traces:
            what = ", ".join(f"{event.type} in {event.stream}" for event in traces)
            yield Finding(HALF_DONE, f"it was refused and did {what}", (request.id,))


def _was_called_off(evidence: Evidence, event: Event) -> bool:
    return event.type == "HoldConfirmed" and any(
        later.type == "HoldReleased"
        and later.stream == event.stream
        and later.version > event.version
        and later.cause != event.cause
        and later.data["from_committed"] >= event.data["quantity"]
        for later in evidence.events_of_hold[event.data["hold_id"]]
    )


def acknowledged_changes_are_in_the_ledger(evidence: Evidence) -> Iterator[Finding]:
    """Receipts and corrections in full, as asked for and as answered."""
    for request in evidence.acknowledged("receive"):
        if _asked(request) != _quantities(evidence, request, "StockReceived"):
            found = dict(_quantities(evidence, request, "StockReceived"))
            yield Finding(LOST_UPDATE, f"of the receipt the ledger has {found}", (request.id,))
    for request in evidence.history.requests:
        if request.outcome == OK and "StockAdjusted" in CAUSES[request.operation]:
            yield from _of_correction(evidence, request)


def _of_correction(evidence: Evidence, request: Request) -> Iterator[Finding]:
    made = {e.stream: e for _, e in evidence.own_events[request.id] if e.type == "StockAdjusted"}
    body, answer = request.first.body, request.answer
    rows, asked = answer.get("items", [answer]), body.get("locations", [body])
    for row, each in zip(rows, asked, strict=True):
        stream = f"{row['sku']}@{row['location']}"
        event = made.get(stream)
        if event is None:
            text = f"{stream}: the ledger does not have the correction to version {row['version']}"
            yield Finding(LOST_UPDATE, text, (request.id,))
            continue
        expected = each.get("expected_version")
        if expected is not None and event.version != expected + 1:
            text = f"{stream}: a correction of version {expected} became version {event.version}"
            others = (other.id for other in _between(evidence, stream, expected, event.version))
            yield Finding(LOST_UPDATE, text, (request.id, *others))
        counted = each.get("counted", each.get("on_hand"))
        # A count is of the pool: what is in allotments lies beside it.
        shared = any(other.type == "StockAllotted" for other in evidence.streams[stream])
        is_other = counted is not None and not shared and event.data["on_hand"] != counted
        if is_other or ("delta" in each and event.data["delta"] != each["delta"]):
            yield Finding(LOST_UPDATE, f"{stream}: recorded was {event.data}", (request.id,))


def _between(evidence: Evidence, stream: str, expected: int, version: int) -> Iterator[Request]:
    for event in evidence.streams[stream]:
        request = evidence.cause_of(event)
        if expected < event.version < version and request is not None:
            yield request


def _asked(request: Request) -> "Counter[str]":
    found: Counter[str] = Counter()
    for line in request.first.body.get("lines", ()):
        found[f"{line['sku']}@{request.first.body['location']}"] += line["quantity"]
    return found


def _quantities(evidence: Evidence, request: Request, type_: str) -> "Counter[str]":
    found: Counter[str] = Counter()
    for _, event in evidence.own_events[request.id]:
        if event.type == type_:
            found[event.stream] += event.data["quantity"]
    return found


def _requests(evidence: Evidence, *events: Event | None) -> tuple[str, ...]:
    found = (evidence.cause_of(event) for event in events if event is not None)
    return tuple(request.id for request in found if request is not None)
