"""What people call things: names of SKUs and of channels, kept until an event says otherwise."""

import asyncio
from collections.abc import Collection, Sequence

from rackhouse.catalog import SkuUnknown, offers_of
from rackhouse.channels import list_channels
from rackhouse.platform.context import Context
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.tail import Tails

__all__ = ["Names"]

LOAD_LIMIT = 500
NAMES_LIMIT = 300_000
CHANNELS_LIMIT = 1000
SERVICE = "console"


class Names:
    """This process's memory of names. A SKU that the catalog does not know is its own name.

    ``generation`` grows whenever a SKU may have got another name, ``channels_generation`` whenever
    a channel has changed.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self.generation = self.channels_generation = 0
        self._skus: dict[str, str] = {}
        self._channels: dict[str, str] | None = None
        self._listening = False
        self._opening = asyncio.Lock()

    async def of_skus(self, skus: Collection[str]) -> dict[str, str]:
        """The names of some SKUs."""
        await self._listen()
        if len(self._skus) > NAMES_LIMIT:
            self._skus.clear()
        names = {sku: self._skus[sku] for sku in skus if sku in self._skus}
        missing = [sku for sku in skus if sku not in names]
        for start in range(0, len(missing), LOAD_LIMIT):
            names |= await self._load(missing[start : start + LOAD_LIMIT])
        return names

    async def of_channels(self) -> dict[str, str]:
        """The names of all channels by their ids."""
        await self._listen()
        if self._channels is None:
            allowed = frozenset({"channels:read"})
            context = Context.of_service(self._house, SERVICE, allowed)
            found = await list_channels(context=context, after=None, limit=CHANNELS_LIMIT)
            self._channels = {channel.id: channel.name for channel in found}
        return self._channels

    async def _load(self, skus: Sequence[str]) -> dict[str, str]:
        generation = self.generation
        found = dict(
            zip(skus, await asyncio.gather(*(self._name(sku) for sku in skus)), strict=True)
        )
        if generation == self.generation:
            self._skus.update(found)
        return found

    async def _name(self, sku: str) -> str:
        try:
            return (await offers_of(house=self._house, skus=[sku]))[sku].name
        except SkuUnknown:
            return sku

    async def _listen(self) -> None:
        async with self._opening:
            if self._listening:
                return
            tails = self._house.the(Tails)
            await tails.of("catalog").listen(self._forget_skus)
            await tails.of("channels").listen(self._forget_channels)
            self._listening = True

    def _forget_skus(self, events: Sequence[Event]) -> None:
        self.generation += 1
        self._skus.clear()

    def _forget_channels(self, events: Sequence[Event]) -> None:
        self.channels_generation += 1
        self._channels = None
