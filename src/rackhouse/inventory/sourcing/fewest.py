"""The fewest locations that together have everything."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import msgspec

from rackhouse.inventory.sourcing.demands import Demand, demands_of
from rackhouse.inventory.sourcing.drafts import Draft, Shelf, Unit
from rackhouse.inventory.sourcing.serving import serve, units_of
from rackhouse.inventory.sourcing.terms import Sourcing
from rackhouse.inventory.sourcing.ways import in_order

if TYPE_CHECKING:
    from rackhouse.inventory.rules import Need

__all__ = ["EXACT_LOCATIONS_LIMIT", "fewest_parcels"]

EXACT_LOCATIONS_LIMIT = 12
"""Up to so many locations that have anything of the order, the fewest are found for certain."""

TRIALS_LIMIT = 50
"""How many sets of locations are tried that seem to have enough, but turn out not to, since
several needs want the same pieces."""

Serve = Callable[[Sequence[str]], Draft | None]


class _Wanted(msgspec.Struct, frozen=True):
    """What a set of locations must have at the least."""

    demands: list[Demand]
    whole: list[frozenset[str]]
    """For each unit that must stay together, the locations that have it whole."""

    def met_by(self, locations: Sequence[str]) -> bool:
        """Whether nothing speaks against these locations. What failed last is asked first."""
        for at, where in enumerate(self.whole):
            if where.isdisjoint(locations):
                self.whole.insert(0, self.whole.pop(at))
                return False
        for at, demand in enumerate(self.demands):
            if not demand.met_by(locations):
                self.demands.insert(0, self.demands.pop(at))
                return False
        return True


def fewest_parcels(
    needs: "Sequence[Need]", shelf: Shelf, locations: Sequence[str], sourcing: Sourcing
) -> Draft | None:
    """All needs from as few locations as can be; of sets of the same size, the one that comes
    first in the order of locations.

    The fewest up to `EXACT_LOCATIONS_LIMIT` locations that have anything of the order (and
    `TRIALS_LIMIT`); above, the greedy set cover (V. Chvatal, "A Greedy Heuristic for the
    Set-Covering Problem", 1979), without those that turn out to be dispensable.
    """
    draft = Draft(needs, shelf)
    for location in locations:
        if draft.take_whole(range(len(needs)), location):
            return draft
    return _from_several(draft, shelf, locations, sourcing) if sourcing.split else None


def _from_several(
    draft: Draft, shelf: Shelf, locations: Sequence[str], sourcing: Sourcing
) -> Draft | None:
    wanted = _wanted(draft, locations, sourcing)
    if not wanted.met_by(locations):
        return None
    useful = [at for at in locations if any(demand.free[at] > 0 for demand in wanted.demands)]

    def attempt(chosen: Sequence[str]) -> Draft | None:
        return serve(draft.needs, shelf, chosen, sourcing, in_order)

    if len(useful) <= EXACT_LOCATIONS_LIMIT:
        found = _smallest(wanted, useful, attempt)
    else:
        found = attempt(_greedy(wanted, useful))
    return found or attempt(useful)


def _wanted(draft: Draft, locations: Sequence[str], sourcing: Sourcing) -> _Wanted:
    demands = demands_of(draft, range(len(draft.needs)), locations)
    if sourcing.split_lines:
        return _Wanted(demands, [])
    units = units_of(draft.needs, sourcing)
    return _Wanted(demands, [_having(draft, unit, locations) for unit in units])


def _having(draft: Draft, unit: Unit, locations: Sequence[str]) -> frozenset[str]:
    return frozenset(
        at
        for at in locations
        if all(draft.free(index, at) >= draft.needs[index].quantity for index in unit)
    )


def _smallest(wanted: _Wanted, useful: Sequence[str], attempt: Serve) -> Draft | None:
    trials = 0
    for chosen in _by_size(useful):
        if wanted.met_by(chosen):
            found = attempt(chosen)
            trials += 1
            if found is not None or trials == TRIALS_LIMIT:
                return found
    return None


def _by_size(useful: Sequence[str]) -> Iterator[Sequence[str]]:
    for size in range(2, len(useful) + 1):
        yield from combinations(useful, size)


def _greedy(wanted: _Wanted, useful: Sequence[str]) -> list[str]:
    chosen: list[str] = []
    while not wanted.met_by(chosen):
        left = [at for at in useful if at not in chosen]
        chosen.append(max(left, key=lambda at: _gain(wanted, chosen, at)))
    for location in reversed(chosen):
        without = [at for at in chosen if at != location]
        if wanted.met_by(without):
            chosen = without
    return [at for at in useful if at in chosen]


def _gain(wanted: _Wanted, chosen: Sequence[str], location: str) -> tuple[int, int]:
    """How many units and demands a location would complete, and how many pieces it would add."""
    complete = sum(location in where and where.isdisjoint(chosen) for where in wanted.whole)
    pieces = 0
    for demand in wanted.demands:
        missing = demand.quantity - sum(demand.free[at] for at in chosen)
        if missing > 0:
            complete += demand.free[location] >= missing
            pieces += min(missing, demand.free[location])
    return complete, pieces
