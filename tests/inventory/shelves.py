"""Shelves for tests of sourcing: figures in a dict, with lots where a need asks for one."""

from collections.abc import Mapping

from rackhouse.inventory.rules import Need
from rackhouse.inventory.sourcing import Candidate

Figures = dict[tuple[str, str], int]


class FiguresShelf:
    """Free pieces by SKU and location. It counts how often it was copied and taken from."""

    def __init__(self, figures: Mapping[tuple[str, str], int]) -> None:
        self.figures = dict(figures)
        self.copies = 0
        self.taken = 0

    def free(self, need: Need, location: str) -> int:
        return self.figures.get((need.sku, location), 0)

    def take(self, need: Need, location: str, quantity: int) -> None:
        assert quantity <= self.free(need, location)
        self.figures[need.sku, location] -= quantity
        self.taken += 1

    def copy(self) -> "FiguresShelf":
        self.copies += 1
        return FiguresShelf(self.figures)


class NeedOfLot(Need, frozen=True):
    """A need that one lot only can serve, or any where it names none."""

    lot: str | None = None


class LotsShelf:
    """Free pieces by lot and location, of one SKU; a need of any lot takes the fullest first."""

    def __init__(self, lots: Mapping[tuple[str, str], int]) -> None:
        self.lots = dict(lots)

    def free(self, need: NeedOfLot, location: str) -> int:
        return sum(self.lots[key] for key in self._fitting(need, location))

    def take(self, need: NeedOfLot, location: str, quantity: int) -> None:
        for key in sorted(self._fitting(need, location), key=lambda key: -self.lots[key]):
            part = min(quantity, self.lots[key])
            self.lots[key] -= part
            quantity -= part
        assert quantity == 0

    def copy(self) -> "LotsShelf":
        return LotsShelf(self.lots)

    def _fitting(self, need: NeedOfLot, location: str) -> list[tuple[str, str]]:
        return [key for key in self.lots if key[1] == location and need.lot in (None, key[0])]


def plain(*locations: str) -> list[Candidate]:
    return [Candidate(location) for location in locations]
