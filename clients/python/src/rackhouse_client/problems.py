"""Problems: every no of the service as an exception, with the members of its problem document."""

from collections.abc import Mapping
from typing import Any

import msgspec

from rackhouse_client.answers import Shortage

__all__ = [
    "Busy",
    "Conflict",
    "Invalid",
    "NotAllowed",
    "NotAuthenticated",
    "NotEnoughStock",
    "NotFound",
    "Problem",
    "RackhouseError",
    "RateLimited",
    "ServerFault",
    "StaleVersion",
    "Unanswered",
    "problem_of",
]


class RackhouseError(Exception):
    """Whatever this client raises."""


class Unanswered(RackhouseError):
    """No answer came, however often it was asked. What was asked may have been done: ask again with
    the same `key` to learn it."""

    def __init__(self, method: str, url: str, key: str | None, attempts: int) -> None:
        super().__init__(f"{method} {url} was not answered, tried {attempts} times")
        self.key = key
        self.attempts = attempts


class Problem(RackhouseError):
    """The service said no (RFC 9457). ``type`` is the stable name, such as `not-enough-stock`;
    ``members`` are all the members of the document."""

    def __init__(
        self,
        status: int,
        members: Mapping[str, Any],
        correlation_id: str | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        self.status = status
        self.members = dict(members)
        self.type = str(members.get("type", "")).rpartition("/")[2]
        self.title = str(members.get("title", ""))
        self.detail = str(members.get("detail") or members.get("error_description") or self.title)
        self.correlation_id = correlation_id
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"{self.detail or 'no reason given'} ({status} {self.type})")


class NotAuthenticated(Problem):
    """The token is missing, expired or refused (401)."""


class NotAllowed(Problem):
    """The caller may not do this (403)."""


class NotFound(Problem):
    """There is no such thing, or not for this caller (404)."""


class Conflict(Problem):
    """The request is sound, but the present state forbids it (409)."""


class NotEnoughStock(Conflict):
    """There is less than was asked for."""

    @property
    def missing(self) -> list[Shortage]:
        """What was asked for of each SKU that there is not enough of, and what there is."""
        return msgspec.convert(self.members.get("lines", []), list[Shortage])


class StaleVersion(Problem):
    """Somebody has changed it meanwhile (412). Read it again, then edit."""


class Invalid(Problem):
    """The request can not be understood, or is out of bounds (400, 413, 422, 428)."""


class RateLimited(Problem):
    """More requests than the caller may send (429)."""


class Busy(Problem):
    """The service can not decide it at the moment (503)."""


class ServerFault(Problem):
    """Something failed that should not (500 and above)."""


_KINDS: dict[int, type[Problem]] = {
    401: NotAuthenticated,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: StaleVersion,
    429: RateLimited,
    503: Busy,
}
_TYPES: dict[str, type[Problem]] = {"not-enough-stock": NotEnoughStock}


def problem_of(status: int, body: bytes, headers: Mapping[str, str]) -> Problem:
    """The exception that an answer of this status stands for."""
    try:
        members = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError:
        members = {"title": body[:200].decode("utf-8", "replace")}
    kind: type[Problem] = ServerFault if status >= 500 else Invalid
    kind = _KINDS.get(status, kind)
    kind = _TYPES.get(str(members.get("type", "")).rpartition("/")[2], kind)
    waiting = headers.get("retry-after", "")
    seconds = float(waiting) if waiting.isdigit() else None
    return kind(status, members, headers.get("x-correlation-id"), seconds)
