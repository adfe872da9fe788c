"""Serving all needs from given locations: each on its own, or those together that must be."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rackhouse.inventory.sourcing.demands import demands_of
from rackhouse.inventory.sourcing.drafts import Draft, Shelf, Unit
from rackhouse.inventory.sourcing.terms import Sourcing
from rackhouse.inventory.sourcing.ways import Way

if TYPE_CHECKING:
    from rackhouse.inventory.rules import Need

__all__ = ["serve", "units_of"]

SEARCH_STEPS_LIMIT = 500
"""How often units that compete for a SKU may change their places before that is given up."""


def serve(
    needs: "Sequence[Need]",
    shelf: Shelf,
    locations: Sequence[str],
    sourcing: Sourcing,
    way: Way,
) -> Draft | None:
    """All needs, or None."""
    if sourcing.split and sourcing.split_lines:
        return _serve_apart(needs, shelf, locations, way)
    draft = Draft(needs, shelf)
    for rivals in _rivals(needs, units_of(needs, sourcing)):
        if not _serve_units(draft, rivals, locations, way):
            return None
    return draft


def units_of(needs: "Sequence[Need]", sourcing: Sourcing) -> list[Unit]:
    """Which needs must come from one location: all, or those of each line."""
    if not sourcing.split:
        return [range(len(needs))]
    lines: dict[int, list[int]] = {}
    for index, need in enumerate(needs):
        lines.setdefault(need.line, []).append(index)
    return list(lines.values())


def _serve_apart(
    needs: "Sequence[Need]", shelf: Shelf, locations: Sequence[str], way: Way
) -> Draft | None:
    draft = Draft(needs, shelf)
    if all(way.serve(draft, index, locations) for index in range(len(needs))):
        return draft
    # Needs that share a SKU on different conditions: the choosy ones go first.
    choice = [sum(shelf.free(need, at) for at in locations) for need in needs]
    choosy_first = sorted(range(len(needs)), key=choice.__getitem__)
    if not draft.shared or choosy_first == [*range(len(needs))]:
        return None
    draft = Draft(needs, shelf)
    return draft if all(way.serve(draft, index, locations) for index in choosy_first) else None


def _rivals(needs: "Sequence[Need]", units: Sequence[Unit]) -> list[list[Unit]]:
    """The units in groups of which no two share a SKU, so that each can be served on its own."""
    if len({need.sku for need in needs}) == len(needs):
        return [[unit] for unit in units]
    groups: list[tuple[set[str], list[Unit]]] = []
    for unit in units:
        skus = {needs[index].sku for index in unit}
        touching = [group for group in groups if not skus.isdisjoint(group[0])]
        groups = [group for group in groups if skus.isdisjoint(group[0])]
        rivals = [each for group in touching for each in group[1]]
        groups.append((skus.union(*(group[0] for group in touching)), [*rivals, unit]))
    return [sorted(rivals, key=lambda unit: unit[0]) for _, rivals in groups]


def _serve_units(draft: Draft, units: list[Unit], locations: Sequence[str], way: Way) -> bool:
    if len(units) == 1:
        return _serve_one(draft, units[0], locations, way)
    trial = draft.copy()
    if all(_serve_one(trial, unit, locations, way) for unit in units):
        draft.become(trial)
        return True
    asked = [index for unit in units for index in unit]
    if not all(demand.met_by(locations) for demand in demands_of(draft, asked, locations)):
        return False
    found = _searched(draft, units, locations, way, iter(range(SEARCH_STEPS_LIMIT)))
    if found is not None:
        draft.become(found)
    return found is not None


def _serve_one(draft: Draft, unit: Unit, locations: Sequence[str], way: Way) -> bool:
    return any(draft.take_whole(unit, at) for at in way.ranked(draft, unit, locations))


def _searched(
    draft: Draft, units: Sequence[Unit], locations: Sequence[str], way: Way, steps: Iterator[int]
) -> Draft | None:
    """Every way to serve units that compete for a SKU, the preferred ones first."""
    if not units:
        return draft
    for location in way.ranked(draft, units[0], locations):
        trial = draft.copy()
        if next(steps, None) is None:
            return None
        if trial.take_whole(units[0], location):
            found = _searched(trial, units[1:], locations, way, steps)
            if found is not None:
                return found
    return None
