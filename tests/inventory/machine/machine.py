"""The machine: anything anybody could do to stock in depth, in any order."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from machine.acting import Told
from machine.doing_holds import DoingHolds
from machine.doing_limits import DoingLimits
from machine.doing_promises import DoingPromises
from machine.doing_stock import DoingStock
from machine.strategies import places, skus, some
from machine.world import LOTS, NUMBERED, moment
from rackhouse.inventory.rules.lots import LotFacts

__all__ = ["InDepth", "Told"]


class InDepth(DoingStock, DoingHolds, DoingLimits, DoingPromises):
    """All of it together."""

    @initialize(
        early=st.integers(5, 40),
        late=st.integers(20, 80),
        young=st.integers(5, 40),
        order=st.permutations(LOTS),
        received=st.lists(st.tuples(skus, places, some), min_size=2, max_size=7),
    )
    def open(
        self,
        early: int,
        late: int,
        young: int,
        order: list[str],
        received: list[tuple[str, str, int]],
    ) -> None:
        """Lots are known, and something has come."""
        dates = {
            "early": LotFacts(expires_at=moment(early)),
            "late": LotFacts(expires_at=moment(late)),
            "young": LotFacts(release_at=moment(young)),
        }
        for lot in order:
            self.register("C", lot, dates[lot])
            self.wait(1)
        self.register("D", NUMBERED[0], LotFacts(numbered=NUMBERED[1]))
        for sku, place, quantity in received:
            if sku == "C":
                self.receive_lot(LOTS[quantity % 3], place, quantity, "sellable")
            elif sku == "D":
                self.receive_numbered(set(range(1, quantity + 1)), place, "sellable")
            else:
                self.receive(sku, place, quantity, "sellable")
