"""Speaking to a channel: within its rate limit, with a time limit, and without telling secrets."""

import asyncio
import time
from collections.abc import Mapping
from ipaddress import ip_address
from socket import SOCK_STREAM
from typing import Any, Protocol
from urllib.parse import quote, quote_plus, urlencode

import msgspec

from rackhouse.platform.outbound import Outbound, Reply, TargetFailed, TargetForbidden

__all__ = [
    "ANSWER_LIMIT_BYTES",
    "ChannelTrouble",
    "Misunderstood",
    "NotPermitted",
    "Pace",
    "Patience",
    "RealPatience",
    "Remote",
    "RemoteAnswer",
    "SecretText",
    "Setup",
    "Throttled",
    "Unreachable",
    "redacted",
]

ANSWER_LIMIT_BYTES = 1_048_576
PROBLEM_LIMIT = 500
LINE_LENGTH_MIN = 16
HIDDEN = "[secret]"
LONGEST_WAIT_SECONDS = 30.0
THROTTLED_LIMIT = 4


class ChannelTrouble(Exception):
    """The channel could not be spoken to, or said no. The message holds no secret."""

    retry_after_seconds: float | None = None


class Unreachable(ChannelTrouble):
    """It did not answer, or said that it could not at the moment."""


class Throttled(ChannelTrouble):
    """It was asked too fast."""

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class NotPermitted(ChannelTrouble):
    """It does not let us in, or not do this."""


class Misunderstood(ChannelTrouble):
    """What it answered is not what its protocol says, or it did not take what we sent."""


class SecretText:
    """A secret that shows itself only when it is asked to."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN


class Pace(msgspec.Struct, frozen=True):
    """So many requests a second, and so many at once after a rest."""

    per_second: float
    burst: int


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What an adapter was told of one connection: its settings, of the adapter's own type, and its
    secrets by name."""

    connection: str
    settings: Any
    secrets: Mapping[str, SecretText]

    def secret(self, name: str) -> str:
        """A secret; refuses with `NotPermitted` where it was not given."""
        found = self.secrets.get(name)
        if found is None:
            raise NotPermitted(f"the secret {name} is not set")
        return found.reveal()


class RemoteAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel answered; header names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self, kind: Any = Any) -> Any:
        """The body as JSON of a type; refuses with `Misunderstood`."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Misunderstood(f"the answer is not what was expected: {error}") from error


class Remote:
    """One connection's line to its channel."""

    def __init__(
        self,
        setup: Setup,
        outbound: Outbound,
        bucket: "Bucket",
        *,
        timeout_seconds: float,
    ) -> None:
        self.setup = setup
        self._outbound = outbound
        self._bucket = bucket
        self._timeout = timeout_seconds

    @property
    def settings(self) -> Any:
        """The connection's settings, of the adapter's own type."""
        return self.setup.settings

    def secret(self, name: str) -> str:
        """A secret; refuses with `NotPermitted` where it was not given."""
        return self.setup.secret(name)

    def slow_down(self, seconds: float) -> None:
        """Send nothing for a while: the channel asked for it in words of its own."""
        self._bucket.rest(seconds)

    async def address_of(self, host: str, port: int) -> str:
        """An address of a host to which something other than HTTP may be spoken, in turn. Raises
        `Unreachable` where it has none, or one that is not allowed."""
        await self._bucket.take()
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
            for info in found:
                self._outbound.refuse_address(ip_address(str(info[4][0]).partition("%")[0]))
        except (OSError, ValueError, TargetForbidden) as error:
            raise Unreachable(f"{host}: {error}") from None
        return str(found[0][4][0])

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        json: Any = None,
        query: Mapping[str, str] | None = None,
    ) -> RemoteAnswer:
        """Ask the channel. Redirects are not followed. An answer of 401 or 403 is `NotPermitted`,
        429 is `Throttled`, 5xx and none at all are `Unreachable`; any other is answered."""
        body = None if json is None else msgspec.json.encode(json)
        sent = {"content-type": "application/json", "accept": "application/json", **headers}
        for _ in range(THROTTLED_LIMIT):
            try:
                return await self._asked(method, url, sent, body, query)
            except Throttled as throttled:  # it did nothing yet, so the same may be asked again
                last = throttled
        raise last

    async def _asked(
        self,
        method: str,
        url: str,
        sent: Mapping[str, str],
        body: bytes | None,
        query: Mapping[str, str] | None,
    ) -> RemoteAnswer:
        await self._bucket.take()
        whole_url = url if not query else f"{url}?{urlencode(query)}"
        try:
            reply = await self._outbound.request(
                method=method,
                url=whole_url,
                headers=sent,
                body=body or b"",
                timeout_seconds=self._timeout,
                answer_limit=ANSWER_LIMIT_BYTES,
            )
        except (TargetFailed, TargetForbidden) as error:
            raise Unreachable(redacted(str(error), self.setup)) from None
        return self._answer(reply)

    def _answer(self, reply: Reply) -> RemoteAnswer:
        answer = RemoteAnswer(status=reply.status, headers=reply.headers, body=reply.body)
        self._refuse_trouble(answer)
        if not reply.whole:
            raise Misunderstood(f"the answer is larger than {ANSWER_LIMIT_BYTES} bytes")
        return answer

    def _refuse_trouble(self, answer: RemoteAnswer) -> None:
        # Cut only afterwards: half a secret is not recognized as one.
        told = redacted(answer.body.decode("utf-8", "replace"), self.setup)
        said = f"the channel answered {answer.status}: {told}"
        if answer.status == 429:
            seconds = _seconds(answer.headers.get("retry-after"))
            self._bucket.rest(seconds)
            raise Throttled(said, seconds)
        if answer.status in (401, 403):
            raise NotPermitted(said)
        if answer.status >= 500:
            raise Unreachable(said)
        if 300 <= answer.status < 400:
            raise Misunderstood(f"the channel answered {answer.status}; it is not followed")


class Patience(Protocol):
    """How it is waited until a channel may be asked again, in seconds of some clock."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class RealPatience:
    """Waiting in real time."""

    def now(self) -> float:
        """What the monotonic clock shows."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let others work meanwhile."""
        await asyncio.sleep(seconds)


class Bucket:
    """A token bucket: how fast one channel may be asked by this process."""

    def __init__(self, pace: Pace, patience: Patience) -> None:
        self._pace = pace
        self._patience = patience
        self._tokens = float(pace.burst)
        self._at = patience.now()
        self._rests_until = 0.0

    def rest(self, seconds: float) -> None:
        """Let nothing through for some time."""
        self._rests_until = max(self._rests_until, self._patience.now() + seconds)

    async def take(self) -> None:
        """Wait until another request may go; refuses with `Throttled` where that is too long."""
        while True:
            now = self._patience.now()
            gained = (now - self._at) * self._pace.per_second
            self._tokens = min(self._pace.burst, self._tokens + gained)
            self._at = now
            wait = max(self._rests_until - now, (1 - self._tokens) / self._pace.per_second)
            if wait <= 0:
                self._tokens -= 1
                return
            if wait > LONGEST_WAIT_SECONDS:
                raise Throttled("the channel asked us to wait", wait)
            await self._patience.sleep(wait)


def redacted(text: str, setup: Setup) -> str:
    """A text without any of the connection's secrets in it, as they are or as part of a URL, and
    not too long. Of a secret of several lines, such as a key, no line is told."""
    for secret in setup.secrets.values():
        shown = secret.reveal()
        lines = [line for line in shown.splitlines() if len(line) >= LINE_LENGTH_MIN]
        for form in (shown, quote(shown, safe=""), quote_plus(shown), *lines):
            if form:
                text = text.replace(form, HIDDEN)
    return text[:PROBLEM_LIMIT]


def _seconds(told: str | None) -> float:
    try:
        return min(max(float(told or 1), 0.0), 3600.0)
    except ValueError:
        return 1.0
