"""Group commit: one transaction decides everything that arrived while the last one committed.

Many buyers of one row would otherwise queue for its lock, one commit each. Here they are decided
in arrival order by one connection, and each gets their own answer.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from psycopg.errors import UniqueViolation

from rackhouse.platform.database import DatabaseUnavailable
from rackhouse.platform.errors import Busy

__all__ = ["Batch", "GroupCommit", "QueueFull", "TimedOut"]

# All who get an answer go on in the same turn of the event loop, while the next batch waits for its
# turn. So only some are told at once.
ANSWERS_A_TURN = 64

Request = TypeVar("Request")
Answer = TypeVar("Answer")

Batch = Callable[[Sequence[Request]], Awaitable[Sequence[Answer | Exception]]]


@dataclass(eq=False)
class QueueFull(Busy):
    """{waiting} requests are waiting already, which is the limit. Send the request again."""

    waiting: int


@dataclass(eq=False)
class TimedOut(Busy):
    """The request waited longer than its deadline and was not carried out. Send it again."""


class _Waiting(Generic[Request, Answer]):
    __slots__ = ("answer", "deadline", "request")

    def __init__(
        self, request: Request, deadline: float | None, answer: "asyncio.Future[Answer]"
    ) -> None:
        self.request = request
        self.deadline = deadline
        self.answer = answer


class GroupCommit(Generic[Request, Answer]):
    """A queue in front of ``decide``, which answers a whole batch in one transaction.

    ``decide`` returns one answer or exception for each request, in order, after the commit. If it
    fails, each request is tried alone, so that one bad request harms no other; unless the
    database went away, when nobody can say whether the commit happened: then all are told to
    ask again, which their idempotency keys make safe.
    """

    def __init__(
        self, decide: Batch[Request, Answer], *, batch_limit: int, queue_limit: int
    ) -> None:
        self._decide = decide
        self._batch_limit = batch_limit
        self._queue_limit = queue_limit
        self._queue: deque[_Waiting[Request, Answer]] = deque()
        self._arrived = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._closed = False

    def submit(
        self, request: Request, *, deadline: float | None = None
    ) -> "asyncio.Future[Answer]":
        """To be awaited: the answer to a request.

        ``deadline`` is on the monotonic clock; a request that has not been started by then
        is refused with `TimedOut`. Refuses with `QueueFull` past the queue's limit.
        """
        if len(self._queue) >= self._queue_limit or self._closed:
            raise QueueFull(waiting=len(self._queue))
        if self._loop is None:
            self._loop = asyncio.create_task(self._run())
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(request, deadline, answer))
        self._arrived.set()
        return answer

    @property
    def waiting(self) -> int:
        """How many requests wait at this moment."""
        return len(self._queue)

    async def close(self) -> None:
        """Answer what waits, take nothing more."""
        self._closed = True
        self._arrived.set()
        if self._loop is not None:
            await self._loop

    async def _run(self) -> None:
        while True:
            if not self._queue:
                if self._closed:
                    await self._all_told()
                    return
                self._arrived.clear()
                await self._arrived.wait()
                continue
            batch = self._take()
            try:
                answers = await self._decide([waiting.request for waiting in batch])
            except Exception as fault:
                if isinstance(fault, DatabaseUnavailable):
                    for waiting in batch:
                        _fail(waiting, fault)
                else:
                    await self._one_by_one(batch)
            else:
                await self._tell(batch, answers)

    async def _tell(
        self, batch: Sequence[_Waiting[Request, Answer]], answers: Sequence[Answer | Exception]
    ) -> None:
        await self._all_told()
        settled = list(zip(batch, answers, strict=True))
        for waiting, answer in settled[:ANSWERS_A_TURN]:
            _settle(waiting, answer)
        if rest := settled[ANSWERS_A_TURN:]:
            self._telling = asyncio.create_task(_tell_in_turns(rest))

    async def _all_told(self) -> None:
        telling, self._telling = self._telling, None
        if telling is not None:
            await telling

    def _take(self) -> list[_Waiting[Request, Answer]]:
        now = time.monotonic()
        batch: list[_Waiting[Request, Answer]] = []
        while self._queue and len(batch) < self._batch_limit:
            waiting = self._queue.popleft()
            if waiting.answer.done():
                continue
            if waiting.deadline is not None and waiting.deadline < now:
                waiting.answer.set_exception(TimedOut())
                continue
            batch.append(waiting)
        return batch

    async def _one_by_one(self, batch: list[_Waiting[Request, Answer]]) -> None:
        for waiting in batch:
            try:
                (answer,) = await self._alone(waiting.request)
            except Exception as fault:
                _fail(waiting, fault)
            else:
                _settle(waiting, answer)

    async def _alone(self, request: Request) -> Sequence[Answer | Exception]:
        try:
            return await self._decide([request])
        except UniqueViolation:  # another process was first, and has committed by now
            return await self._decide([request])


async def _tell_in_turns(
    settled: Sequence[tuple[_Waiting[Request, Answer], Answer | Exception]],
) -> None:
    for start in range(0, len(settled), ANSWERS_A_TURN):
        await asyncio.sleep(0)
        for waiting, answer in settled[start : start + ANSWERS_A_TURN]:
            _settle(waiting, answer)


def _settle(waiting: _Waiting[Request, Answer], answer: Answer | Exception) -> None:
    with contextlib.suppress(asyncio.InvalidStateError):
        if isinstance(answer, Exception):
            waiting.answer.set_exception(answer)
        else:
            waiting.answer.set_result(answer)


def _fail(waiting: _Waiting[Request, Answer], fault: Exception) -> None:
    with contextlib.suppress(asyncio.InvalidStateError):
        waiting.answer.set_exception(fault)
