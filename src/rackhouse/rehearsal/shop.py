"""A shop: one channel's client of the API, which asks until it has an answer."""

import asyncio
import random
import time

import msgspec

from rackhouse.rehearsal.http_client import (
    AnswerUnknown,
    HttpAnswer,
    HttpClient,
    ServiceUnreachable,
)
from rackhouse.rehearsal.tally import Tally

__all__ = ["NoAnswer", "Problem", "Shop", "back_off_seconds", "problem_of"]

ASKED_LIMIT = 40
FIRST_BACK_OFF_SECONDS = 0.05
BACK_OFF_LIMIT_SECONDS = 1.0
DOUBLINGS_LIMIT = 10
RETRY_AFTER_LIMIT_SECONDS = 5.0

BUSY, TOO_MANY, CONFLICT, SERVER_ERROR = 503, 429, 409, 500
IN_FLIGHT = "/problems/request-in-flight"


class NoAnswer(Exception):
    """A shop asked `ASKED_LIMIT` times, or until its time was over, and still has no answer."""


class Problem(msgspec.Struct, frozen=True):
    """A refusal as the API words it (RFC 9457)."""

    type: str = ""


def problem_of(answer: HttpAnswer) -> str:
    """The type of a refusal."""
    try:
        return msgspec.json.decode(answer.body, type=Problem).type
    except msgspec.DecodeError:
        return ""


def back_off_seconds(chance: random.Random, rounds: int) -> float:
    """How long to wait before the next try: doubled each time up to a limit, with jitter, so
    that those who were refused together do not come back together."""
    ceiling = FIRST_BACK_OFF_SECONDS * float(2 ** min(rounds, DOUBLINGS_LIMIT))
    return chance.uniform(0.5, 1.0) * min(ceiling, BACK_OFF_LIMIT_SECONDS)


class Shop:
    """Speaks for one channel. ``ends_at`` is on the monotonic clock."""

    def __init__(
        self, http: HttpClient, *, channel: str, token: str, tally: Tally, ends_at: float
    ) -> None:
        self.channel = channel
        self.tally = tally
        self.ends_at = ends_at
        self._http = http
        self._token = token

    async def post(
        self, target: str, *, key: str, body: bytes, chance: random.Random
    ) -> HttpAnswer:
        """The answer to a POST. Asks again under the same key for as long as nobody can say what
        became of it, or the service is too busy; refuses with `NoAnswer`."""
        return await self._ask("POST", target, key, body, chance)

    async def hang_up(
        self, target: str, *, key: str, body: bytes, after_seconds: float
    ) -> HttpAnswer | None:
        """Send a POST and hang up soon after; the answer, in case it was quicker than that."""
        self.tally.sent()
        try:
            answer = await self._http.ask(
                "POST",
                target,
                token=self._token,
                key=key,
                body=body,
                timeout_seconds=after_seconds,
            )
        except (AnswerUnknown, ServiceUnreachable):
            self.tally.asked_again["hung up"] += 1
            return None
        self.tally.heard(answer)
        return None if _wants_patience(answer) else answer

    async def get(self, target: str, *, chance: random.Random) -> HttpAnswer:
        """The answer to a GET; refuses with `NoAnswer`."""
        return await self._ask("GET", target, None, None, chance)

    async def delete(self, target: str, *, chance: random.Random) -> HttpAnswer:
        """The answer to a DELETE; refuses with `NoAnswer`."""
        return await self._ask("DELETE", target, None, None, chance)

    def time_is_over(self) -> bool:
        """Whether nobody should begin anything more."""
        return time.monotonic() >= self.ends_at

    async def _ask(
        self, method: str, target: str, key: str | None, body: bytes | None, chance: random.Random
    ) -> HttpAnswer:
        for rounds in range(ASKED_LIMIT):
            if rounds and self.time_is_over():
                break
            wait = back_off_seconds(chance, rounds)
            self.tally.sent()
            try:
                answer = await self._http.ask(method, target, token=self._token, key=key, body=body)
            except (AnswerUnknown, ServiceUnreachable):
                self.tally.asked_again["cut off"] += 1
            else:
                self.tally.heard(answer)
                if not _wants_patience(answer):
                    return answer
                self.tally.asked_again[_reason(answer)] += 1
                wait = max(wait, _retry_after_seconds(answer))
            await asyncio.sleep(wait)
        raise NoAnswer(f"{method} {target} was not answered")


def _wants_patience(answer: HttpAnswer) -> bool:
    """Whether the same request is to be sent again: it was not decided, or not told."""
    if answer.status in (BUSY, TOO_MANY):
        return True
    return answer.status == CONFLICT and problem_of(answer) == IN_FLIGHT


def _reason(answer: HttpAnswer) -> str:
    names = {BUSY: "busy", TOO_MANY: "too many requests", CONFLICT: "in flight"}
    return names[answer.status]


def _retry_after_seconds(answer: HttpAnswer) -> float:
    value = answer.header(b"retry-after") or b"0"
    return min(float(value), RETRY_AFTER_LIMIT_SECONDS) if value.isdigit() else 0.0
