"""What is set apart for channels, all SKUs together: read anew once something has happened, for all
who look at it in one go."""

import asyncio
import time
from collections.abc import Mapping

from rackhouse.console.stock_view import StockView
from rackhouse.inventory import SetApart, set_apart_of_channels
from rackhouse.platform.context import Context
from rackhouse.platform.house import House

__all__ = ["Apart", "ApartView"]

READ_SECONDS = 1.0
"""It is read so often at most."""
REST = 10
"""And the database rests so many times as long as it took."""

Apart = Mapping[tuple[str, str], SetApart]
"""What is set apart, by channel and location."""


class ApartView:
    """This process's view of what is set apart."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._found: Apart = {}
        self._read_again_at = 0.0
        self._heard = -1
        self._reading = asyncio.Lock()

    async def newest(self) -> Apart:
        """What is set apart, as of `READ_SECONDS` ago or later, if that does not take long."""
        async with self._reading:
            began_at = time.monotonic()
            if self.is_old() and began_at >= self._read_again_at:
                heard = self._house.the(StockView).events_heard
                allowed = frozenset({"inventory:read"})
                context = Context.of_service(self._house, "console", allowed)
                found = await set_apart_of_channels(context=context)
                self._found = {(each.channel, each.location): each for each in found}
                self._heard, ended_at = heard, time.monotonic()
                rest = max(READ_SECONDS, REST * (ended_at - began_at))
                self._read_again_at = ended_at + rest
        return self._found

    def is_old(self) -> bool:
        """Whether something has happened since it was read."""
        return self._heard != self._house.the(StockView).events_heard
