"""Attempts: what is decided between sending a request and sending it again."""

from typing import Any

import httpx

from rackhouse_client.calls import Request
from rackhouse_client.problems import NotAuthenticated, Problem, Unanswered
from rackhouse_client.retries import Retries

__all__ = ["Attempts"]

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Attempts:
    """The attempts of one request. Each answer says how long to wait before the next, or raises."""

    def __init__(self, request: Request[Any], retries: Retries) -> None:
        self._request = request
        self._retries = retries
        self._count = 0
        self._renewed = False

    def lost(self, error: httpx.TransportError) -> float:
        """No answer came: it may have been done or not. What can be sent twice is sent again."""
        self._count += 1
        safe = self._request.repeats_safely or isinstance(error, NEVER_SENT)
        if not safe or self._count >= self._retries.attempts:
            asked = self._request
            raise Unanswered(asked.method, asked.target, asked.key, self._count) from error
        return self._retries.wait_seconds(self._count)

    def refused(self, problem: Problem, *, renews: bool) -> float:
        """The service said no. A token may just have expired, which another one mends."""
        if isinstance(problem, NotAuthenticated) and renews and not self._renewed:
            self._renewed = True
            return 0.0
        self._count += 1
        if not self._retries.again(problem) or self._count >= self._retries.attempts:
            raise problem
        return self._retries.wait_seconds(self._count, problem.retry_after_seconds)
