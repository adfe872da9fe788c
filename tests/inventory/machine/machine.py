"""The machine: anything anybody could do to stock in depth, in any order."""

from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from machine.acting import Told
from machine.doing_holds import DoingHolds
from machine.doing_limits import DoingLimits
from machine.doing_promises import DoingPromises
from machine.doing_stock import DoingStock
from machine.strategies import some
from machine.world import CHANNELS, LOTS, NUMBERED, PARTS, PLACES, WHOLE, World, moment
from rackhouse.inventory.rules.lots import LotFacts

__all__ = ["InDepth", "Told", "aimed_at"]

FEW = ["A", "C", "D", "AC", "AD", "AC", "AD", "BD"]
"""The SKUs of a small world."""

days = st.tuples(st.integers(5, 40), st.integers(20, 80), st.integers(5, 40))


@st.composite
def worlds(draw: st.DrawFn, parts: tuple[str, ...], skus: tuple[str, ...]) -> World:
    """The whole world, or a small part of it in which more meets."""
    if not parts and draw(st.booleans()):
        return WHOLE
    others = [place for place in PLACES if place != "middle"]
    return World(
        skus=skus or tuple(draw(st.sampled_from(FEW))),
        places=("middle", *draw(st.sets(st.sampled_from(others), max_size=1))),
        channels=tuple(sorted(draw(st.sets(st.sampled_from([*CHANNELS]), min_size=1)))),
        parcels=draw(st.sampled_from([(0, 2), (2, 4), (4, 8)])),
        parts=parts or tuple(draw(st.sets(st.sampled_from(PARTS), min_size=2, max_size=4))),
    )


class InDepth(DoingStock, DoingHolds, DoingLimits, DoingPromises):
    """All of it together."""

    aim: ClassVar[tuple[tuple[str, ...], tuple[str, ...]]] = ((), ())
    """The parts of its histories and the SKUs, if they are not to be drawn."""

    @initialize(data=st.data(), days=days, order=st.permutations(LOTS))
    def open(self, data: st.DataObject, days: tuple[int, int, int], order: list[str]) -> None:
        """Lots are known, and something has come."""
        early, late, young = days
        dates = {
            "early": LotFacts(expires_at=moment(early)),
            "late": LotFacts(expires_at=moment(late)),
            "young": LotFacts(release_at=moment(young)),
        }
        for lot in order:
            self.register("C", lot, dates[lot])
            self.wait(1)
        self.register("D", NUMBERED[0], LotFacts(numbered=NUMBERED[1]))
        self.world = data.draw(worlds(*self.aim))
        loads = st.tuples(
            st.sampled_from(self.loads), st.sampled_from(self.places), some, st.sampled_from(LOTS)
        )
        least, most = self.world.parcels
        for load, place, quantity, lot in data.draw(st.lists(loads, min_size=least, max_size=most)):
            self.receive(load, place, quantity, lot, set(range(1, quantity + 1)), "sellable")


def aimed_at(parts: tuple[str, ...], skus: tuple[str, ...]) -> type[InDepth]:
    """The machine, with histories of nothing but some parts, perhaps of certain SKUs."""
    return type("Aimed", (InDepth,), {"aim": (parts, skus)})
