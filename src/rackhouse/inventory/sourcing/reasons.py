"""Why these locations: what is kept with a hold, and shown in its order."""

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

import msgspec

from rackhouse.inventory.sourcing.distances import Candidate
from rackhouse.inventory.sourcing.drafts import Part, Shelf
from rackhouse.inventory.sourcing.terms import Sourcing, Strategy

if TYPE_CHECKING:
    from rackhouse.inventory.rules import Need

__all__ = ["Choice", "PassedOver", "SourcingReason", "explain"]

PASSED_OVER_LIMIT = 3
"""How many of the locations that were not chosen are named; the first in order are."""

_WHOLE: dict[Strategy, str] = {
    "channel_order": "first in the channel's order that has it",
    "nearest": "nearest that has it",
    "fewest_parcels": "has everything",
    "spread": "gives the smallest share of what it has",
}
_IN_PARTS: dict[Strategy, str] = {
    "channel_order": "no location has all of a line; the first in the channel's order give",
    "nearest": "no location has all of a line; the nearest give",
    "fewest_parcels": "one of the fewest that have everything together",
    "spread": "no location has all of a line; the fullest give the same share each",
}


class Choice(msgspec.Struct, frozen=True):
    """A location that was chosen, for how many pieces, and why."""

    location: str
    pieces: int
    why: str
    distance_km: float | None = None


class PassedOver(msgspec.Struct, frozen=True):
    """A location that was not chosen: how many of the pieces it had, and how many lines whole."""

    location: str
    pieces: int
    lines: int
    distance_km: float | None = None


class SourcingReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why an order is served from where it is. ``not_named`` counts the locations that were
    passed over and are not in the list."""

    strategy: Strategy
    split: bool
    split_lines: bool
    parcels: int
    chosen: list[Choice]
    passed_over: list[PassedOver] = []
    not_named: int = 0


def explain(
    needs: "Sequence[Need]",
    shelf: Shelf,
    candidates: Sequence[Candidate],
    sourcing: Sourcing,
    parts: Sequence[Part],
) -> SourcingReason:
    """The reason for some parts, told from the shelf as it was before."""
    pieces: dict[str, int] = {}
    for part in parts:
        pieces[part.location] = pieces.get(part.location, 0) + part.quantity
    chosen = [each for each in candidates if each.location in pieces]
    others = [each for each in candidates if each.location not in pieces]
    parted = _in_parts(needs, sourcing, parts)
    return SourcingReason(
        strategy=sourcing.strategy,
        split=sourcing.split,
        split_lines=sourcing.split and sourcing.split_lines,
        parcels=len(pieces),
        chosen=[_choice(at, pieces[at.location], sourcing, parted) for at in chosen],
        passed_over=[_passed_over(needs, shelf, each) for each in others[:PASSED_OVER_LIMIT]],
        not_named=max(0, len(others) - PASSED_OVER_LIMIT),
    )


def _in_parts(needs: "Sequence[Need]", sourcing: Sourcing, parts: Sequence[Part]) -> set[str]:
    """The locations that do not give everything that was asked of them as a whole."""
    if sourcing.strategy == "fewest_parcels":
        chosen = {part.location for part in parts}
        return chosen if len(chosen) > 1 else set()
    return {part.location for part in parts if part.quantity < needs[part.need_index].quantity}


def _choice(
    candidate: Candidate, pieces: int, sourcing: Sourcing, parted: Container[str]
) -> Choice:
    strategy = sourcing.strategy
    if strategy == "nearest" and sourcing.destination is None:
        strategy = "channel_order"
    why = (_IN_PARTS if candidate.location in parted else _WHOLE)[strategy]
    if strategy == "nearest" and candidate.distance_km is None:
        why += "; it has no coordinates, so it comes last"
    return Choice(candidate.location, pieces, why, _rounded(candidate.distance_km))


def _passed_over(needs: "Sequence[Need]", shelf: Shelf, candidate: Candidate) -> PassedOver:
    pieces = 0
    lines: dict[int, bool] = {}
    for need in needs:
        free = shelf.free(need, candidate.location)
        pieces += max(0, min(free, need.quantity))
        lines[need.line] = lines.get(need.line, True) and free >= need.quantity
    return PassedOver(
        candidate.location, pieces, sum(lines.values()), _rounded(candidate.distance_km)
    )


def _rounded(distance_km: float | None) -> float | None:
    return None if distance_km is None else round(distance_km, 1)
