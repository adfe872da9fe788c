"""Retries: what is asked again, and how long to wait before."""

import random
from dataclasses import dataclass

from rackhouse_client.problems import Problem

__all__ = ["Retries"]

AGAIN_STATUSES = frozenset({429, 502, 503, 504})
AGAIN_TYPES = frozenset({"request-in-flight"})


@dataclass(frozen=True, kw_only=True)
class Retries:
    """How often a request is sent, and how long to wait between: a random part of a time that
    doubles from ``first_seconds`` to ``most_seconds``, or as long as `Retry-After` says."""

    attempts: int = 6
    first_seconds: float = 0.2
    most_seconds: float = 5.0

    def again(self, problem: Problem) -> bool:
        """Whether the same request may be answered otherwise a moment later."""
        return problem.status in AGAIN_STATUSES or problem.type in AGAIN_TYPES

    def wait_seconds(self, attempt: int, told_seconds: float | None = None) -> float:
        """How long to wait after an attempt, counted from one."""
        most = min(self.most_seconds, self.first_seconds * 2 ** min(attempt - 1, 30))
        return max(told_seconds or 0.0, random.uniform(0.0, most))  # noqa: S311
