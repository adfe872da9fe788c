"""The model of one SKU at one location, and short histories held against it.

What clients were told is all that counts here: neither the ledger nor any row is looked at, but
for the figures in the end, which are one more answer.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from isolation.history import OK, REFUSED, UNKNOWN, History, Request
from isolation.linearizability import Call, Verdict, search

__all__ = ["Counter", "judged", "steps_of"]

HELD, CONFIRMED, RELEASED = "held", "confirmed", "released"
IN_THE_END = "in the end"


class Counter(msgspec.Struct, frozen=True):
    """The state: the figures, and the holds by the request that placed them."""

    on_hand: int = 0
    held: int = 0
    committed: int = 0
    version: int = 0
    holds: frozenset[tuple[str, int, str]] = frozenset()

    @property
    def available(self) -> int:
        """What may be promised."""
        return self.on_hand - self.held - self.committed


class _Step(msgspec.Struct, frozen=True):
    """A request as the model knows it. ``hold`` is the request that placed the hold in question;
    ``told`` is the answer, or None for nothing known."""

    operation: str
    outcome: str
    quantity: int = 0
    lines: int = 1
    hold: str = ""
    counted: int | None = None
    expected_version: int | None = None
    told: Any = None


def judged(history: History, stream: str) -> Verdict:
    """Whether the requests about one stock can be put in an order."""
    calls, steps = steps_of(history, stream)
    return search(calls, lambda state, at: _after(state, steps[at]), Counter())


def steps_of(history: History, stream: str) -> tuple[list[Call], list[_Step]]:
    """The requests about one stock as calls, and what each means to the model."""
    sku, _, location = stream.rpartition("@")
    placed_by = {
        request.answer["id"]: request.id
        for request in history.requests
        if request.outcome == OK and request.operation.startswith("hold")
    }
    calls: list[Call] = []
    steps: list[_Step] = []
    for request in history.requests:
        step = _step_of(request, sku, placed_by)
        if step is not None:
            unknown = request.outcome == UNKNOWN
            calls.append(Call(request.id, request.first.at, request.ended_at, unknown))
            steps.append(step)
    for row in history.found.stock if history.found else ():
        if (row.sku, row.location) == (sku, location):
            end = max(each.asked.at for each in history.attempts) + 1e6
            calls.append(Call(IN_THE_END, end, end, may_be_left_out=False))
            steps.append(_Step("look", OK, told=msgspec.structs.asdict(row)))
    return calls, steps


def _step_of(request: Request, sku: str, placed_by: dict[str, str]) -> _Step | None:
    body, answer = request.first.body or {}, request.answer
    target = request.first.target
    told = answer if isinstance(answer, dict) else None
    if request.operation == "look":
        if request.outcome != OK or not target.endswith(f"/{sku}"):
            return None
        (found,) = (each for each in answer["skus"] if each["sku"] == sku)
        return _Step("look", OK, told=found["locations"][0] if found["locations"] else {})
    if request.operation in ("receive", "hold"):
        quantities = [line["quantity"] for line in body["lines"] if line["sku"] == sku]
        if not quantities:
            return None
        if told and "items" in told:
            told = told["items"][0]
        return _Step(
            request.operation,
            request.outcome,
            sum(quantities),
            len(quantities),
            hold=request.id,
            told=told,
        )
    if "sku" in body:
        return None if body["sku"] != sku else _correction(request, body, told)
    hold = placed_by.get(body.get("hold_id") or target.split("/")[4])
    return _of_hold(request, hold, sku, told)


def _correction(request: Request, body: dict[str, Any], told: Any) -> _Step:
    return _Step(
        "correct",
        request.outcome,
        body.get("delta", 0),
        counted=body.get("counted"),
        expected_version=body.get("expected_version"),
        told=told,
    )


def _of_hold(request: Request, hold: str | None, sku: str, told: Any) -> _Step | None:
    if hold is None:
        return None
    lines = told["lines"] if told and "lines" in told else [{"sku": sku}]
    if request.outcome == OK and lines[0]["sku"] != sku:
        return None
    operation = "release" if "release" in request.operation else request.operation
    return _Step(operation, request.outcome, hold=hold, told=told)


def _after(state: Counter, step: _Step) -> Iterable[Counter]:
    """Where a step may lead with its answer. One whose outcome is not known did what it was asked
    to, or was refused; that it was lost is for the search to try."""
    done = list(_done(state, step))
    if step.outcome == REFUSED:
        return [state] if not done and _refusal_fits(state, step) else []
    if step.outcome == UNKNOWN:
        return done or [state]
    return [after for after in done if _answer_fits(after, step)]


def _done(state: Counter, step: _Step) -> Iterator[Counter]:
    replace = msgspec.structs.replace
    version = state.version + 1
    match step.operation:
        case "look":
            yield state
        case "receive":
            on_hand, version = state.on_hand + step.quantity, state.version + step.lines
            yield replace(state, on_hand=on_hand, version=version)
        case "correct":
            counted = step.counted
            on_hand = state.on_hand + step.quantity if counted is None else counted
            current = step.expected_version in (None, state.version)
            if current and on_hand >= state.held + state.committed:
                yield replace(state, on_hand=on_hand, version=version)
        case "hold":
            if step.quantity <= state.available:
                holds = state.holds | {(step.hold, step.quantity, HELD)}
                held = state.held + step.quantity
                yield replace(state, held=held, version=version, holds=holds)
        case "confirm" | "release":
            yield from _hold_moved(state, step)


def _hold_moved(state: Counter, step: _Step) -> Iterator[Counter]:
    known = next((each for each in state.holds if each[0] == step.hold), None)
    if known is None:
        return
    name, quantity, status = known
    wanted = CONFIRMED if step.operation == "confirm" else RELEASED
    if status == wanted:
        yield state
        return
    if status == RELEASED:
        return
    held, committed = state.held, state.committed
    if status == HELD:
        held -= quantity
    else:
        committed -= quantity
    if wanted == CONFIRMED:
        committed += quantity
    yield Counter(
        state.on_hand,
        held,
        committed,
        state.version + 1,
        state.holds - {known} | {(name, quantity, wanted)},
    )


def _answer_fits(after: Counter, step: _Step) -> bool:
    told = step.told
    if step.operation in ("look", "receive", "correct"):
        if not told:
            return after.version == 0
        names = ("on_hand", "held", "committed", "version")
        return all(told[name] == getattr(after, name) for name in names)
    if step.operation == "hold":
        return bool(told["status"] == HELD)
    wanted = CONFIRMED if step.operation == "confirm" else RELEASED
    return bool(told["status"] == wanted)


def _refusal_fits(state: Counter, step: _Step) -> bool:
    """The figures in a refusal are those of its moment."""
    told = step.told or {}
    if "lines" in told:
        return bool(told["lines"][0]["available"] == state.available)
    if "current" in told:
        return bool(told["current"] == state.version)
    if "reserved" in told:
        return bool(told["reserved"] == state.held + state.committed)
    return True
