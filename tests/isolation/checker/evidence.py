"""A history as the invariants look at it: requests, events and holds, found by each other."""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from isolation.history import OK, Attempt, Event, Found, FoundHold, FoundOrder, History, Request

__all__ = ["Evidence", "figures_of"]

EXPIRED = "HoldExpired"
SERVICE = "service:"


def figures_of(event: Event) -> tuple[int, int, int]:
    """On hand, held and committed, as an event records them."""
    data = event.data
    return (data["on_hand"], data["held"], data["committed"])


class Evidence:
    """A finished history, with its indexes."""

    def __init__(self, history: History) -> None:
        assert history.found is not None, "the history does not say what was found in the end"
        self.history = history
        self.scene = history.began.scene
        self.found: Found = history.found
        self.requests = {request.id: request for request in history.requests}
        self.tolerance_seconds = 0.05 + history.drift_seconds
        self._causes: dict[str, tuple[Request, Attempt]] = {}
        for request in history.requests:
            for attempt in request.attempts:
                cause = f"{history.began.run}-{attempt.asked.number}"
                self._causes[cause] = (request, attempt)
        self.events = self.found.events
        self.streams: dict[str, list[Event]] = defaultdict(list)
        self.events_of_hold: dict[str, list[Event]] = defaultdict(list)
        for event in self.events:
            self.streams[event.stream].append(event)
            if "hold_id" in event.data:
                self.events_of_hold[event.data["hold_id"]].append(event)
        for events in self.streams.values():
            events.sort(key=lambda event: event.version)
        self.own_events: dict[str, list[tuple[Attempt, Event]]] = defaultdict(list)
        for event in self.events:
            known = self._causes.get(event.cause)
            if known is not None and event.type != EXPIRED:
                self.own_events[known[0].id].append((known[1], event))
        self.holds: dict[str, FoundHold] = {hold.id: hold for hold in self.found.holds}
        self.orders: dict[str, FoundOrder] = {order.id: order for order in self.found.orders}
        self.order_of_hold = {order.hold_id: order for order in self.found.orders}
        self.about_hold = self._about_holds()

    def cause_of(self, event: Event) -> Request | None:
        """The request that an event names, if a client sent it."""
        known = self._causes.get(event.cause)
        return None if known is None else known[0]

    def at(self, moment: datetime.datetime) -> float:
        """A time of the database on the monotonic clock."""
        began = self.history.began
        return began.at + moment.timestamp() - began.wall

    def acknowledged(self, *operations: str) -> Iterator[Request]:
        """The requests of some operations that got a yes."""
        for request in self.history.requests:
            if request.operation in operations and request.outcome == OK:
                yield request

    def answers(self) -> Iterator[tuple[Request, Attempt, Any]]:
        """Every yes, with its answer; not those that repeat an earlier one."""
        for request in self.history.requests:
            for attempt in request.decided:
                answered = attempt.answered
                if attempt.outcome == OK and answered is not None and not answered.replayed:
                    yield request, attempt, answered.told()

    def _about_holds(self) -> dict[str, list[Request]]:
        """The requests that may have changed each hold: those that name it or its order, those
        whose answer does, and those whose events do."""
        found: dict[str, dict[str, Request]] = defaultdict(dict)
        for request in self.history.requests:
            named = {request.first.target.split("/")[-1], *request.first.target.split("/")[-2:-1]}
            body = request.first.body if isinstance(request.first.body, dict) else {}
            named.add(body.get("hold_id", ""))
            answer = request.answer if isinstance(request.answer, dict) else {}
            if request.outcome == OK:
                named |= {str(answer.get("id", "")), str(answer.get("hold_id", ""))}
            for order_id in named & self.orders.keys():
                named = named | {self.orders[order_id].hold_id}
            named |= {event.data.get("hold_id", "") for _, event in self.own_events[request.id]}
            for hold_id in named & self.holds.keys():
                found[hold_id][request.id] = request
        return {hold_id: list(requests.values()) for hold_id, requests in found.items()}
