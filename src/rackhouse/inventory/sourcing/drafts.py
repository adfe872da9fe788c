"""A plan in the making: what has been taken so far, and what is left to take."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from rackhouse.inventory.rules import Need

__all__ = ["Draft", "Part", "Shelf", "Unit"]

Unit = Sequence[int]
"""Needs, by their index, that must come from one location."""


class Shelf(Protocol):
    """What can be had where. What is taken of a SKU does not change what is free of another."""

    def free(self, need: "Need", location: str) -> int:
        """How many of a need's SKU could still be taken there, as its conditions allow."""
        ...

    def take(self, need: "Need", location: str, quantity: int) -> object:
        """Count some pieces as gone."""
        ...

    def copy(self) -> "Shelf":
        """The same, to be changed apart."""
        ...


class Part(msgspec.Struct, frozen=True):
    """Pieces of a need (by its index) that one location serves."""

    need_index: int
    location: str
    quantity: int


class Draft:
    """The parts found so far. The shelf that it is given is never changed: where two needs share
    a SKU, it works on a copy; where none do, what was taken never matters again."""

    def __init__(self, needs: "Sequence[Need]", shelf: Shelf) -> None:
        self.needs = needs
        self.shared = len({need.sku for need in needs}) < len(needs)
        self.parts: list[Part] = []
        self._shelf = shelf.copy() if self.shared else shelf

    def copy(self) -> "Draft":
        """The same, to be changed apart."""
        made = Draft.__new__(Draft)
        made.needs, made.shared = self.needs, self.shared
        made.become(self)
        made._shelf = self._shelf.copy() if self.shared else self._shelf
        return made

    def become(self, other: "Draft") -> None:
        """Go on from where another draft has come to."""
        self.parts, self._shelf = [*other.parts], other._shelf

    def free(self, index: int, location: str) -> int:
        """How many pieces a need could still take at a location."""
        return self._shelf.free(self.needs[index], location)

    def take(self, index: int, location: str, quantity: int) -> None:
        """Take pieces for a need."""
        if self.shared:
            self._shelf.take(self.needs[index], location, quantity)
        self.parts.append(Part(index, location, quantity))

    def take_whole(self, unit: Unit, location: str) -> bool:
        """Take all that some needs ask for at one location; False, and nothing, if it has less."""
        free = {index: self.free(index, location) for index in unit}
        if any(free[index] < self.needs[index].quantity for index in unit):
            return False
        if len(unit) == 1 or not self._shares(unit):
            self._take_each(unit, location)
            return True
        trial = self.copy()
        # What has the fewest pieces to choose from chooses first.
        if trial._take_each(sorted(unit, key=free.__getitem__), location):
            self.become(trial)
            return True
        return False

    def _take_each(self, unit: Iterable[int], location: str) -> bool:
        for index in unit:
            quantity = self.needs[index].quantity
            if self.shared and self.free(index, location) < quantity:
                return False
            self.take(index, location, quantity)
        return True

    def _shares(self, unit: Unit) -> bool:
        return self.shared and len({self.needs[index].sku for index in unit}) < len(unit)
