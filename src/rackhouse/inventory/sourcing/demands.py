"""How much is asked for on the same terms in all, and what each location could give of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from rackhouse.inventory.sourcing.drafts import Draft

if TYPE_CHECKING:
    from rackhouse.inventory.rules import Need

__all__ = ["Demand", "demands_of"]


class Demand(msgspec.Struct, frozen=True):
    """Pieces of one SKU on one set of conditions, for all needs of it together."""

    quantity: int
    free: Mapping[str, int]

    def met_by(self, locations: Iterable[str]) -> bool:
        """Whether these locations have that much."""
        return sum(self.free[at] for at in locations) >= self.quantity


def demands_of(draft: Draft, indexes: Iterable[int], locations: Sequence[str]) -> list[Demand]:
    """The demands that some needs add up to. That each is met does not yet say that all can be:
    needs on different conditions may want the same pieces."""
    kinds: dict[Need, list[int]] = {}
    for index in indexes:
        alike = msgspec.structs.replace(draft.needs[index], line=0, quantity=0)
        kinds.setdefault(alike, []).append(index)
    return [
        Demand(
            sum(draft.needs[index].quantity for index in alike),
            {at: max(0, draft.free(alike[0], at)) for at in locations},
        )
        for alike in kinds.values()
    ]
