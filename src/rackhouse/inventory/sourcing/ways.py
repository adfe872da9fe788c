"""Ways to go through locations: in their order, or by what is left there."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from rackhouse.inventory.sourcing.drafts import Draft, Unit

__all__ = ["Way", "in_order", "spread"]


class Way(Protocol):
    """How one strategy chooses."""

    def ranked(self, draft: Draft, unit: Unit, locations: Sequence[str]) -> Iterable[str]:
        """The locations to try for needs that must stay together, the best first."""
        ...

    def serve(self, draft: Draft, index: int, locations: Sequence[str]) -> bool:
        """Take all of a need, from one location if one has it whole; False if there is less."""
        ...


class _InOrder:
    """The first location that has it, or else several, as they come."""

    def ranked(self, draft: Draft, unit: Unit, locations: Sequence[str]) -> Iterable[str]:
        """As they come."""
        return locations

    def serve(self, draft: Draft, index: int, locations: Sequence[str]) -> bool:
        """From the first that has it whole, or else all that each has, as they come."""
        quantity = missing = draft.needs[index].quantity
        parts: list[tuple[str, int]] = []
        for location in locations:
            free = draft.free(index, location)
            if free >= quantity:
                draft.take(index, location, quantity)
                return True
            if free > 0 and missing > 0:
                parts.append((location, min(free, missing)))
                missing -= min(free, missing)
        if missing > 0:
            return False
        for location, count in parts:
            draft.take(index, location, count)
        return True


class _Spread:
    """Where the smallest share is taken of what is there, so that locations run down evenly."""

    def ranked(self, draft: Draft, unit: Unit, locations: Sequence[str]) -> Iterable[str]:
        """By the greatest share that the needs would take of anything there."""
        shares = {at: _share(draft, unit, at) for at in locations}
        return sorted((at for at in locations if shares[at] <= 1), key=shares.__getitem__)

    def serve(self, draft: Draft, index: int, locations: Sequence[str]) -> bool:
        """From the fullest if it has it whole; or else from as few of the fullest as have it, of
        each the same share, give or take a piece."""
        missing = quantity = draft.needs[index].quantity
        free = {at: draft.free(index, at) for at in locations}
        chosen = []
        for location in sorted(locations, key=lambda at: -free[at]):
            if missing <= 0 or free[location] <= 0:
                break
            chosen.append(location)
            missing -= free[location]
        if missing > 0:
            return False
        for location, count in _evenly(quantity, [(at, free[at]) for at in chosen]):
            draft.take(index, location, count)
        return True


def _share(draft: Draft, unit: Unit, location: str) -> float:
    greatest = 0.0
    for index in unit:
        free = draft.free(index, location)
        if free <= 0:
            return 2.0
        greatest = max(greatest, draft.needs[index].quantity / free)
    return greatest


def _evenly(quantity: int, free: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """The same share of each, rounded so that the greatest remainders gain."""
    total = sum(count for _, count in free)
    shares = [divmod(quantity * count, total) for _, count in free]
    left = quantity - sum(whole for whole, _ in shares)
    gain = set(sorted(range(len(free)), key=lambda at: -shares[at][1])[:left])
    return [(free[at][0], shares[at][0] + (at in gain)) for at in range(len(free))]


in_order: Way = _InOrder()
spread: Way = _Spread()
