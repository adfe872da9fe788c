"""Rate limits: a token bucket for each caller, in this process."""

import time
from dataclasses import dataclass

from rackhouse.platform.errors import RateLimited
from rackhouse.platform.settings import Settings

__all__ = ["RateLimits"]

CALLER_LIMIT = 50_000


@dataclass(eq=False)
class TooManyRequests(RateLimited):
    """You may send {per_second} requests a second. Wait {retry_after_seconds} s, then go on."""

    per_second: int
    retry_after_seconds: int


class RateLimits:
    """Who may still send how much. A limit of 0 requests a second means no limit."""

    def __init__(self, settings: Settings) -> None:
        self._per_second = settings.rate_limit_per_second
        self._burst = settings.rate_limit_burst
        self._policy = f'"requests";q={self._burst};w={self._window}'.encode()
        self._buckets: dict[str, tuple[float, float]] = {}

    @property
    def _window(self) -> int:
        return max(1, self._burst // max(1, self._per_second))

    def spend(self, caller: str, headers: list[tuple[bytes, bytes]]) -> None:
        """Count one request of a caller and tell what is left; refuses with `TooManyRequests`."""
        if self._per_second == 0:
            return
        now = time.monotonic()
        tokens, counted_at = self._buckets.get(caller, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - counted_at) * self._per_second)
        if len(self._buckets) >= CALLER_LIMIT:
            self._buckets.clear()
        self._buckets[caller] = (max(0.0, tokens - 1), now)
        headers.append((b"ratelimit-policy", self._policy))
        headers.append((b"ratelimit", b'"requests";r=%d;t=1' % max(0, int(tokens - 1))))
        if tokens < 1:
            raise TooManyRequests(per_second=self._per_second, retry_after_seconds=1)
