"""Whether anything at all is to be said of prices: asked for every order, so answered from
memory."""

from collections.abc import Mapping, Sequence

from rackhouse.platform.cache import FactCache
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.pricing import store

__all__ = ["PricingFacts", "hear_pricing"]

ANY = "any"


class PricingFacts:
    """What this process remembers of the rules."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._cache: FactCache[str, bool] = FactCache(self._load)

    async def any_rules(self) -> bool:
        """Whether there is a price list or a promotion; a house without the module has none."""
        if all(module.name != "pricing" for module in self._house.modules):
            return False
        return await self._cache.get(ANY) is not False

    def forget(self) -> None:
        """Ask again the next time."""
        self._cache.forget()

    async def _load(self, keys: Sequence[str]) -> Mapping[str, bool]:
        async with self._house.database("pricing").reading() as tx:
            return dict.fromkeys(keys, await store.any_rules(tx))


def hear_pricing(house: House, _: Sequence[Event]) -> None:
    """Forget what another process may have changed."""
    house.the(PricingFacts).forget()
