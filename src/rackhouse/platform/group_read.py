"""Group read: one query answers every reader that asked while the last one was under way.

Each reader gets what was committed when they asked, or newer: nothing is kept between queries.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

__all__ = ["GroupRead"]

Key = TypeVar("Key")
Value = TypeVar("Value")

Load = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value]]]


class GroupRead(Generic[Key, Value]):
    """Reads values by key, many keys and many readers a query."""

    def __init__(self, load: Load[Key, Value], *, batch_limit: int) -> None:
        self._load = load
        self._batch_limit = batch_limit
        self._waiting: dict[Key, list[asyncio.Future[Value | None]]] = {}
        self._loop: asyncio.Task[None] | None = None

    def get(self, key: Key) -> "asyncio.Future[Value | None]":
        """To be awaited: the value of a key, or None where there is none."""
        answer: asyncio.Future[Value | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(answer)
        if self._loop is None:
            self._loop = asyncio.create_task(self._run())
        return answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(0)  # let those in who have arrived by now: fewer queries
                keys = list(self._waiting)[: self._batch_limit]
                waiting = {key: self._waiting.pop(key) for key in keys}
                await self._answer(waiting)
        finally:
            self._loop = None

    async def _answer(self, waiting: dict[Key, list["asyncio.Future[Value | None]"]]) -> None:
        try:
            found = await self._load(list(waiting))
        except Exception as fault:
            for answer in _open(waiting.values()):
                answer.set_exception(fault)
        else:
            for key, answers in waiting.items():
                for answer in _open([answers]):
                    answer.set_result(found.get(key))


def _open(groups: Iterable[list["asyncio.Future[Value]"]]) -> Iterator["asyncio.Future[Value]"]:
    return (answer for answers in groups for answer in answers if not answer.done())
