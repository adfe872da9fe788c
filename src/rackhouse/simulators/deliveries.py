"""Deliveries: what a simulated channel tells, sent as luck will have it."""

from collections import deque
from collections.abc import Mapping

import aiohttp
import msgspec

from rackhouse.simulators.faults import Luck

__all__ = ["Deliveries", "Envelope"]

ATTEMPTS_LIMIT = 4


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
        self._luck = luck
        self._waiting: deque[Envelope] = deque()

    def put(self, envelope: Envelope) -> None:
        """Let something be delivered."""
        if self.address is None:
            return
        if self._luck.is_lost():
            return
        self._waiting.append(envelope)
        if self._luck.is_duplicated():
            self._waiting.append(envelope)

    async def send_all(self) -> int:
        """Deliver what waits, some of it later than what came after it; says how many arrived."""
        arrived = 0
        async with aiohttp.ClientSession() as client:
            while self._waiting:
                envelope = self._waiting.popleft()
                if self._waiting and self._luck.is_reordered():
                    later = min(self._luck.places_later(), len(self._waiting))
                    self._waiting.insert(later, envelope)
                    envelope = self._waiting.popleft()
                arrived += await self._sent(client, envelope)
        return arrived

    async def _sent(self, client: aiohttp.ClientSession, envelope: Envelope) -> int:
        assert self.address is not None
        envelope.attempts += 1
        try:
            async with client.post(
                self.address, data=envelope.body, headers=dict(envelope.headers)
            ) as answer:
                await answer.read()
                status = answer.status
        except aiohttp.ClientError:
            status = 0
        self.answers[status] = self.answers.get(status, 0) + 1
        if not 200 <= status < 300 and envelope.attempts < ATTEMPTS_LIMIT and status != 401:
            self._waiting.append(envelope)
        return int(200 <= status < 300)
