"""The product types in force: those that come with Rackhouse, and the seller's own, which go
before them. Remembered by each process until an event says that one changed."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from rackhouse.catalog import store
from rackhouse.catalog.rules import ListedType
from rackhouse.catalog.types import built_in_types
from rackhouse.platform.cache import FactCache
from rackhouse.platform.database import Transaction
from rackhouse.platform.house import House

__all__ = ["TypesInForce", "shipped_types", "types_in_force", "types_now"]

OWN = "own"


class TypesInForce:
    """This process's memory of the seller's own product types."""

    def __init__(self, house: House) -> None:
        self._database = house.database("catalog")
        self._loaded: FactCache[str, Mapping[str, ListedType]] = FactCache(self._load)
        self._latest: Mapping[str, ListedType] | None = None

    async def get(self) -> Mapping[str, ListedType]:
        """Every type in force, by name; the same mapping for as long as nothing changes."""
        found = await self._loaded.get(OWN)
        assert found is not None
        return found

    def forget(self) -> None:
        """Forget them: one has changed."""
        self._loaded.forget()

    async def _load(self, _: Sequence[str]) -> Mapping[str, Mapping[str, ListedType]]:
        async with self._database.reading() as tx:
            own = await store.own_types(tx)
        found = _together(own)
        if self._latest is None or found != self._latest:
            self._latest = found
        return {OWN: self._latest}


async def types_in_force(*, house: House) -> Mapping[str, ListedType]:
    """Every product type by name, as this process knows it: answered from memory."""
    return await house.the(TypesInForce).get()


async def types_now(tx: Transaction, names: Iterable[Any]) -> dict[str, ListedType]:
    """Every type that comes with Rackhouse and those of the seller's own with these names, as
    they are in a transaction: under the lock of the catalog, none of them changes any more."""
    asked = sorted({name for name in names if isinstance(name, str) and name.isprintable()})
    return _together(await store.own_types_named(tx, asked))


@cache
def shipped_types() -> Mapping[str, ListedType]:
    """The types that come with Rackhouse, as they are before anybody changes them."""
    return {name: ListedType.shipped(each) for name, each in built_in_types().items()}


def _together(own: Iterable[ListedType]) -> dict[str, ListedType]:
    types = {**shipped_types(), **{each.name: each for each in own}}
    return {name: types[name] for name in sorted(types)}
