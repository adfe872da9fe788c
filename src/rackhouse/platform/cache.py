"""A cache of facts that seldom change: loaded together, forgotten when an event says so."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from rackhouse.platform.group_read import GroupRead

__all__ = ["FactCache"]

Key = TypeVar("Key")
Fact = TypeVar("Fact")

FRESH_FOR_SECONDS = 60.0
ENTRY_LIMIT = 100_000


class FactCache(Generic[Key, Fact]):
    """Facts by key. An entry lives until it is forgotten, or `FRESH_FOR_SECONDS` at most, so that
    a missed event heals by itself. Absent facts are not kept."""

    def __init__(
        self,
        load: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Fact]]],
        *,
        batch_limit: int = 500,
    ) -> None:
        self._reads = GroupRead(load, batch_limit=batch_limit)
        self._entries: dict[Key, tuple[float, Fact]] = {}
        self._generation = 0

    def peek(self, key: Key) -> Fact | None:
        """The fact if it is at hand."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None and entry[0] > time.monotonic() else None

    async def get(self, key: Key) -> Fact | None:
        """The fact, loaded if need be; None where there is none."""
        fact = self.peek(key)
        if fact is None:
            generation = self._generation
            fact = await self._reads.get(key)
            if fact is not None and generation == self._generation:
                self._keep(key, fact)
        return fact

    async def get_many(self, keys: Iterable[Key]) -> dict[Key, Fact]:
        """The facts of some keys, loaded together if need be; without those there are none of."""
        found = {key: self.peek(key) for key in keys}
        missing = [key for key, fact in found.items() if fact is None]
        if missing:
            loaded = await asyncio.gather(*(self.get(key) for key in missing))
            found.update(zip(missing, loaded, strict=True))
        return {key: fact for key, fact in found.items() if fact is not None}

    def forget(self, keys: Iterable[Key] | None = None) -> None:
        """Forget some keys, or all."""
        self._generation += 1
        if keys is None:
            self._entries.clear()
        else:
            for key in keys:
                self._entries.pop(key, None)

    def _keep(self, key: Key, fact: Fact) -> None:
        if len(self._entries) >= ENTRY_LIMIT:
            self._entries.clear()
        self._entries[key] = (time.monotonic() + FRESH_FOR_SECONDS, fact)
