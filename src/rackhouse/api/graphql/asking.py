"""What a question knows while it is answered: whose it is, and what was asked for meanwhile.

Everything that is asked for of one kind, at one depth, goes to the door in one question.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec
import strawberry
from strawberry.dataloader import DataLoader

from rackhouse.catalog import ListedProduct, listed_products, products_with_skus
from rackhouse.inventory import (
    Availability,
    Hold,
    Location,
    LotNow,
    UnitNow,
    availability_of_many,
    locations_of_many,
    lots_of_many,
    reachable_holds,
    units_of_many,
)
from rackhouse.orders import Order, orders_of_holds
from rackhouse.platform.context import Context

__all__ = ["Asking", "Info", "LotsAsked", "UnitsAsked"]

BATCH_LIMIT = 1000

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


class LotsAsked(msgspec.Struct, frozen=True):
    """Which lots of a SKU."""

    status: str | None
    after: str
    limit: int


class UnitsAsked(msgspec.Struct, frozen=True):
    """Which units of a lot."""

    state: str | None
    location: str | None
    after: int
    limit: int


class Asking:
    """One request: its context, and the loaders that gather what it asks for. Over a socket,
    ``verify`` looks at the caller's token again, and ``abandon`` breaks the connection."""

    def __init__(
        self,
        context: Context,
        *,
        verify: Callable[[], Awaitable[object]] | None = None,
        abandon: Callable[[], None] | None = None,
    ) -> None:
        self.context = context
        self.verify = verify
        self.abandon = abandon
        self.products: DataLoader[str, ListedProduct | None] = _loader(self._products)
        self.products_by_sku: DataLoader[str, ListedProduct | None] = _loader(self._by_sku)
        self.availability: DataLoader[tuple[str, str | None], Availability | None] = _loader(
            self._availability
        )
        self.locations: DataLoader[str, Location | None] = _loader(self._locations)
        self.lots: DataLoader[tuple[str, LotsAsked], list[LotNow]] = _loader(self._lots)
        self.units: DataLoader[tuple[str, str, UnitsAsked], list[UnitNow]] = _loader(self._units)
        self.holds: DataLoader[str, Hold | None] = _loader(self._holds)
        self.orders_of_holds: DataLoader[str, Order | None] = _loader(self._orders_of_holds)

    async def _products(self, ids: list[str]) -> list[ListedProduct | None]:
        found = await listed_products(context=self.context, product_ids=ids)
        return [found.get(each) for each in ids]

    async def _by_sku(self, skus: list[str]) -> list[ListedProduct | None]:
        found = await products_with_skus(context=self.context, skus=skus)
        return [found.get(each) for each in skus]

    async def _locations(self, ids: list[str]) -> list[Location | None]:
        found = await locations_of_many(context=self.context, ids=ids)
        return [found.get(each) for each in ids]

    async def _availability(self, asked: list[tuple[str, str | None]]) -> list[Any]:
        return await _by_part(
            asked,
            part=lambda each: each[1],
            ask=self._availability_as_seen_by,
        )

    async def _availability_as_seen_by(
        self, asked: Sequence[tuple[str, str | None]], channel: str | None
    ) -> dict[tuple[str, str | None], Availability]:
        found = await availability_of_many(
            context=self.context, ids=[id_ for id_, _ in asked], channel=channel
        )
        return {(each.id, channel): each for each in found.items}

    async def _lots(self, asked: list[tuple[str, LotsAsked]]) -> list[Any]:
        return await _by_part(asked, part=lambda each: each[1], ask=self._lots_alike)

    async def _lots_alike(
        self, asked: Sequence[tuple[str, LotsAsked]], alike: LotsAsked
    ) -> dict[tuple[str, LotsAsked], list[LotNow]]:
        found = await lots_of_many(
            context=self.context,
            skus=[sku for sku, _ in asked],
            **msgspec.structs.asdict(alike),
        )
        return {(sku, alike): lots for sku, lots in found.items()}

    async def _units(self, asked: list[tuple[str, str, UnitsAsked]]) -> list[Any]:
        return await _by_part(asked, part=lambda each: each[2], ask=self._units_alike)

    async def _units_alike(
        self, asked: Sequence[tuple[str, str, UnitsAsked]], alike: UnitsAsked
    ) -> dict[tuple[str, str, UnitsAsked], list[UnitNow]]:
        found = await units_of_many(
            context=self.context,
            lots=[(sku, lot) for sku, lot, _ in asked],
            **msgspec.structs.asdict(alike),
        )
        return {(sku, lot, alike): units for (sku, lot), units in found.items()}

    async def _holds(self, ids: list[str]) -> list[Hold | None]:
        found = await reachable_holds(context=self.context, hold_ids=ids)
        return [found.get(each) for each in ids]

    async def _orders_of_holds(self, ids: list[str]) -> list[Order | None]:
        found = await orders_of_holds(context=self.context, hold_ids=ids)
        return [found.get(each) for each in ids]


Info: TypeAlias = strawberry.Info[Asking, None]


def _loader(load: Callable[[list[Any]], Awaitable[Sequence[Any]]]) -> DataLoader[Any, Any]:
    return DataLoader(load, max_batch_size=BATCH_LIMIT)


async def _by_part(
    asked: list[Key],
    *,
    part: Callable[[Key], Any],
    ask: Callable[[Sequence[Key], Any], Awaitable[dict[Key, Found]]],
) -> list[Found | BaseException | None]:
    """What is asked for alike goes into one question; a refusal is the answer to its part."""
    answers: dict[Key, Found | BaseException] = {}
    for alike in {part(each): None for each in asked}:
        keys = [each for each in asked if part(each) == alike]
        try:
            answers.update(await ask(keys, alike))
        except Exception as refusal:
            answers.update(dict.fromkeys(keys, refusal))
    return [answers.get(each) for each in asked]
