"""The network between clients and the service: it loses, cuts, repeats and delays.

Every fault is drawn from the chance of the client that it befalls.
"""

import random
from collections.abc import Awaitable, Callable

import msgspec

from rackhouse.simulation.books import Books
from rackhouse.simulation.timeline import Timeline
from rackhouse.simulation.world import Faults

__all__ = ["Answer", "Client", "GaveUp", "Request"]

TIMEOUT_SECONDS = 5.0
SLOW_SECONDS = 20.0
LATE_REPEAT_SECONDS = 120.0
ASKED_LIMIT = 14
BACK_OFF_LIMIT_SECONDS = 60.0
NO_CONTENT = 204
NOT_DECIDED = frozenset({429, 503})
CONFLICT = 409


class GaveUp(Exception):
    """A client asked `ASKED_LIMIT` times and still has no answer."""


class Request(msgspec.Struct, frozen=True):
    """One HTTP request; without a token it has only its own ``headers``."""

    method: str
    target: str
    token: str | None = None
    key: str | None = None
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """One HTTP answer as it arrived."""

    status: int
    body: bytes

    def members(self) -> dict[str, msgspec.Raw]:
        """The members of the JSON object; refuses with `msgspec.DecodeError`."""
        return msgspec.json.decode(self.body, type=dict[str, msgspec.Raw])

    def read(self, type: type) -> object:  # noqa: A002 - as msgspec names it
        """The body as a type; refuses with `msgspec.DecodeError`."""
        return msgspec.json.decode(self.body, type=type)


Serve = Callable[[Request], Awaitable[Answer | None]]


class Client:
    """Somebody who asks the service until there is an answer, each time under the same key."""

    def __init__(
        self,
        serve: Serve,
        timeline: Timeline,
        books: Books,
        faults: Faults,
        *,
        token: str,
        chance: random.Random,
    ) -> None:
        self._serve = serve
        self._timeline = timeline
        self._books = books
        self.faults = faults
        self._token = token
        self._chance = chance

    async def post(self, target: str, body: object, *, key: str) -> Answer:
        """The answer to a POST; refuses with `GaveUp`."""
        text = msgspec.json.encode(body)
        return await self._ask(Request("POST", target, self._token, key, text))

    async def put(self, target: str, body: object) -> Answer:
        """The answer to a PUT; refuses with `GaveUp`."""
        return await self._ask(Request("PUT", target, self._token, None, msgspec.json.encode(body)))

    async def get(self, target: str) -> Answer:
        """The answer to a GET; refuses with `GaveUp`."""
        return await self._ask(Request("GET", target, self._token))

    async def _ask(self, request: Request) -> Answer:
        for asked in range(ASKED_LIMIT):
            answer = await self._send(request)
            if answer is not None and answer.status not in NOT_DECIDED:
                return answer
            self._books.count("asked_again")
            ceiling = min(BACK_OFF_LIMIT_SECONDS, 0.5 * 2.0**asked)
            await self._timeline.sleep(self._chance.uniform(0.5, 1.0) * ceiling)
        raise GaveUp(f"{request.method} {request.target} was not answered")

    async def _send(self, request: Request) -> Answer | None:
        """What arrives of an answer, after whatever befalls it on the way."""
        faults, drawn = self.faults, self._chance.random()
        if self._chance.random() < faults.slow_requests:
            await self._timeline.sleep(self._chance.uniform(0.0, SLOW_SECONDS))
        if drawn < faults.lost_requests:
            await self._timeline.sleep(TIMEOUT_SECONDS)
            return None
        answer = await self._serve(request)
        drawn -= faults.lost_requests
        if answer is None or drawn < faults.lost_answers:
            await self._timeline.sleep(TIMEOUT_SECONDS)
            return None
        drawn -= faults.lost_answers
        if drawn < faults.truncated_answers:
            answer = Answer(answer.status, answer.body[: self._chance.randrange(len(answer.body))])
        elif (
            request.key is not None and drawn < faults.truncated_answers + faults.repeated_requests
        ):
            late = self._chance.uniform(0.0, LATE_REPEAT_SECONDS)
            self._timeline.begin(self._repeat(request, answer), after=late)
        return answer if _is_whole(answer) else None

    async def _repeat(self, request: Request, first: Answer) -> None:
        """The network delivers a request once more; nobody waits for the answer, but it has to be
        the same."""
        again = await self._serve(request)
        self._books.count("repeated_requests")
        decided = again is not None and again.status not in NOT_DECIDED
        if again is not None and decided and first.status not in NOT_DECIDED and again != first:
            self._books.mismatches.append(
                f"{request.method} {request.target} was answered {first.status}, "
                f"and {again.status} or something else when it came again"
            )


def _is_whole(answer: Answer) -> bool:
    if not answer.body:
        return answer.status == NO_CONTENT
    try:
        msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return False
    return True
