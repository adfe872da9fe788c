"""Deliveries: what a simulated channel tells, sent as luck will have it."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping

import aiohttp
import msgspec

from rackhouse.simulators.faults import Luck

__all__ = ["Deliveries", "Envelope"]

ATTEMPTS_LIMIT = 4
NO_ANSWER = 0
NOT_GENUINE = 401


class Envelope(msgspec.Struct, kw_only=True):
    """Something to be delivered."""

    body: bytes
    headers: Mapping[str, str]
    attempts: int = 0


class Deliveries:
    """What waits to be delivered to one address. Real platforms send what was not taken again for
    hours; here a few times, and then it is lost, as theirs is in the end."""

    def __init__(self, luck: Luck) -> None:
        self.address: str | None = None
        self.answers: dict[int, int] = {}
        self.luck = luck
        self._waiting: deque[Envelope] = deque()

    def put(self, envelope: Envelope) -> None:
        """Let something be delivered."""
        if self.address is None:
            return
        if self.luck.is_lost():
            return
        self._waiting.append(envelope)
        if self.luck.is_duplicated():
            self._waiting.append(envelope)

    async def send_all(self) -> int:
        """Deliver what waits, some of it later than what came after it; says how many arrived."""
        async with aiohttp.ClientSession() as client:

            async def post(envelope: Envelope) -> int:
                return await self._posted(client, envelope)

            return await self.send_each(post)

    async def send_each(self, post: Callable[[Envelope], Awaitable[int]]) -> int:
        """Deliver what waits by ``post``, which answers the status, or `NO_ANSWER`."""
        arrived = 0
        while self._waiting:
            envelope = self._waiting.popleft()
            if self._waiting and self.luck.is_reordered():
                later = min(self.luck.places_later(), len(self._waiting))
                self._waiting.insert(later, envelope)
                envelope = self._waiting.popleft()
            envelope.attempts += 1
            status = await post(envelope)
            self.answers[status] = self.answers.get(status, 0) + 1
            taken = 200 <= status < 300
            if not taken and envelope.attempts < ATTEMPTS_LIMIT and status != NOT_GENUINE:
                self._waiting.append(envelope)
            arrived += taken
        return arrived

    async def _posted(self, client: aiohttp.ClientSession, envelope: Envelope) -> int:
        assert self.address is not None
        try:
            async with client.post(
                self.address, data=envelope.body, headers=dict(envelope.headers)
            ) as answer:
                await answer.read()
                return answer.status
        except aiohttp.ClientError:
            return NO_ANSWER
