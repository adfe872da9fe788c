"""What clients were told must agree with itself, in the order in which it was asked and told."""

import bisect
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from isolation.checker.anomalies import (
    FAULT,
    LOST_UPDATE,
    NEGATIVE,
    STALE_READ,
    TWO_ANSWERS,
    Finding,
)
from isolation.checker.evidence import Evidence, figures_of

__all__ = [
    "answers_never_go_back",
    "answers_show_no_figure_below_zero",
    "figures_told_are_in_the_ledger",
    "nobody_is_told_of_a_fault",
    "one_key_has_one_answer",
]

BUSY = (503,)


class Seen(NamedTuple):
    """The figures of a stock that somebody was told."""

    stream: str
    version: int
    on_hand: int
    held: int
    committed: int
    available: int
    is_as_of_now: bool
    """What has lapsed does not count as held."""


def _seen(evidence: Evidence, answer: Any) -> Iterator[Seen]:
    """The figures in an answer, of stocked SKUs."""
    if not isinstance(answer, dict):
        return
    if {"sku", "location", "on_hand", "version"} <= answer.keys():
        yield _figures(answer["sku"], answer, is_as_of_now=False)
    for sku in answer.get("skus", ()):
        if sku["sku"] not in evidence.scene.bundles:
            for place in sku["locations"]:
                yield _figures(sku["sku"], place, is_as_of_now=True)
    for item in answer.get("items", ()):
        yield from _seen(evidence, item)


def _figures(sku: str, told: dict[str, Any], *, is_as_of_now: bool) -> Seen:
    return Seen(
        f"{sku}@{told['location']}",
        told["version"],
        told["on_hand"],
        told["held"],
        told["committed"],
        told["available"],
        is_as_of_now,
    )


def answers_show_no_figure_below_zero(evidence: Evidence) -> Iterator[Finding]:
    """Of stocks and of bundles, in sum and by location."""
    for request, _, answer in evidence.answers():
        for figures in _all_figures(answer):
            below = {name: figure for name, figure in figures.items() if figure < 0}
            reserved = figures.get("held", 0) + figures.get("committed", 0)
            if below or reserved > figures["on_hand"]:
                yield Finding(NEGATIVE, f"the answer shows {figures}", (request.id,))


def _all_figures(answer: Any) -> Iterator[dict[str, int]]:
    if isinstance(answer, dict):
        if "on_hand" in answer:
            names = ("on_hand", "held", "committed", "available", "reserved")
            yield {name: answer[name] for name in names if name in answer}
        for value in answer.values():
            yield from _all_figures(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from _all_figures(value)


def one_key_has_one_answer(evidence: Evidence) -> Iterator[Finding]:
    """Status and body of every retry are those of the first yes or no."""
    for request in evidence.history.requests:
        if request.first.key is None:
            continue
        answers = {
            (attempt.answered.status, bytes(attempt.answered.answer))
            for attempt in request.decided
            if attempt.answered is not None
        }
        if len(answers) > 1:
            text = " and ".join(f"{status} {body.decode()[:300]}" for status, body in answers)
            yield Finding(TWO_ANSWERS, text, (request.id,))


def answers_never_go_back(evidence: Evidence) -> Iterator[Finding]:
    """What was asked for after somebody knew a version does not show an earlier one, whichever
    process answers whichever client."""
    told: dict[str, list[tuple[float, float, int, str]]] = defaultdict(list)
    for request, attempt, answer in evidence.answers():
        for seen in _seen(evidence, answer):
            span = (attempt.asked.at, attempt.ended_at)
            told[seen.stream].append((*span, seen.version, request.id))
    for stream, sights in told.items():
        ends: list[float] = []
        newest: list[tuple[int, str]] = []
        for _, ended_at, version, request_id in sorted(sights, key=lambda each: each[1]):
            best = max(newest[-1], (version, request_id)) if newest else (version, request_id)
            ends.append(ended_at)
            newest.append(best)
        for asked_at, _, version, request_id in sights:
            known = bisect.bisect_left(ends, asked_at)
            if known and newest[known - 1][0] > version:
                text = f"{stream}: version {version} was told after version {newest[known - 1][0]}"
                yield Finding(STALE_READ, text, (newest[known - 1][1], request_id))


def figures_told_are_in_the_ledger(evidence: Evidence) -> Iterator[Finding]:
    """Each version that was told has an event with these figures; held may be less by what had
    lapsed."""
    for request, _, answer in evidence.answers():
        for seen in _seen(evidence, answer):
            events = evidence.streams[seen.stream]
            told = [figures_of(each) for each in events if each.version == seen.version]
            fits = any(
                (on_hand, committed) == (seen.on_hand, seen.committed)
                and (seen.held == held or (seen.is_as_of_now and seen.held <= held))
                for on_hand, held, committed in told
            )
            if not fits and (seen.version or seen[2:6] != (0, 0, 0, 0)):
                text = f"{seen}: the ledger has {told} for this version"
                yield Finding(LOST_UPDATE, text, (request.id,))


def nobody_is_told_of_a_fault(evidence: Evidence) -> Iterator[Finding]:
    """Whatever is broken, the service says that it is busy."""
    for request in evidence.history.requests:
        for attempt in request.attempts:
            status = attempt.answered.status if attempt.answered else None
            if status is not None and status >= 500 and status not in BUSY:
                yield Finding(FAULT, f"it was answered {status}", (request.id,))
