"""A served endpoint: what becomes of a request to it, whichever way it came."""

import hashlib
import time
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

from rackhouse.api.callers import Authenticator
from rackhouse.api.rate_limits import RateLimits
from rackhouse.platform.context import Caller, Context
from rackhouse.platform.database import Database
from rackhouse.platform.errors import Busy, MalformedRequest, NotAuthenticated, Refusal
from rackhouse.platform.house import House
from rackhouse.platform.http import (
    PROBLEM_MEDIA_TYPE,
    PUBLIC,
    Answer,
    Call,
    Endpoint,
    render_refusal,
)
from rackhouse.platform.idempotency import (
    AnsweredBefore,
    IdempotencyKey,
    KeyReused,
    Rendered,
    RequestInFlight,
    remember_refusal,
)
from rackhouse.platform.ids import new_id
from rackhouse.platform.telemetry import FAULTS, REFUSALS, REQUESTS

__all__ = [
    "REPLAYED",
    "Headers",
    "HungUp",
    "Request",
    "ServedEndpoint",
    "UnforeseenFault",
    "correlation_id_of",
    "encoded",
]

KEY_LIMIT = 200
RETRY_AFTER_SECONDS = 1
# Refusals that say nothing of the request: the same one may be told otherwise a moment later.
NOT_REMEMBERED = (Busy, KeyReused)
REPLAYED = (b"idempotency-replayed", b"true")

Headers = Mapping[bytes, bytes]

_log = structlog.get_logger(__name__)


@dataclass(eq=False)
class UnforeseenFault(Refusal):
    """Something failed that should not. Nothing is known to be changed; the fault is logged under
    {correlation_id}."""

    correlation_id: str


class HungUp(Exception):
    """The caller has gone before all of the request was read."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request to an endpoint: the whole path and what stands in it, the query string, the
    body as it was written (or ``pieces`` of it as they come), the key if one was given."""

    path: str
    path_params: Mapping[str, str]
    query: bytes
    raw: bytes
    key: str | None
    headers: Headers
    pieces: AsyncIterator[bytes] | None = None


class ServedEndpoint:
    """An endpoint with the database of its module, where the keys of its requests are. HTTP and
    commands hand requests to the same one."""

    def __init__(
        self,
        house: House,
        endpoint: Endpoint,
        database: Database,
        authenticate: Authenticator,
        limits: RateLimits,
    ) -> None:
        self.endpoint = endpoint
        self.body_limit = house.settings.max_body_bytes
        self._house = house
        self._database = database
        self._authenticate = authenticate
        self._limits = limits
        self._timeout = house.settings.request_timeout_seconds
        self._decode = None if endpoint.body is None else _decoder(endpoint)
        self._in_flight: set[tuple[str, str]] = set()
        self._seconds: dict[int, Any] = {}

    async def admit(
        self, scope: dict[str, Any], headers: Headers, extra: list[tuple[bytes, bytes]]
    ) -> Caller:
        """Who asks, if they may and have not asked too much."""
        permission = self.endpoint.permission
        caller = await self._authenticate(scope, headers, permission)
        self._limits.spend(caller.subject, extra)
        if permission != PUBLIC:
            caller.require(permission)
        return caller

    async def carry_out(self, caller: Caller, request: Request, correlation_id: str) -> Answer:
        """The answer to a request of somebody who was admitted."""
        endpoint = self.endpoint
        body = self._body_of(request)
        rendering = _Rendering(self._presented)
        key = self._idempotency_key(caller.subject, request, rendering)
        headers = request.headers
        call = Call(
            context=Context(
                house=self._house,
                caller=caller,
                correlation_id=correlation_id,
                traceparent=_text(headers.get(b"traceparent")),
                deadline=time.monotonic() + self._timeout,
                idempotency=key,
            ),
            path=_storable(request.path_params),
            query=None if endpoint.query is None else _query(endpoint.query, request.query),
            body=body,
            if_match=_text(headers.get(b"if-match")),
            headers=headers,
        )
        if key is None:
            return self._presented(await endpoint.handler(call))
        name = key.name
        if name in self._in_flight:
            raise RequestInFlight(key=key.key)
        self._in_flight.add(name)
        try:
            outcome = await endpoint.handler(call)
        except NOT_REMEMBERED:
            raise
        except Refusal as refusal:
            if not rendering.has_written(refusal):
                await remember_refusal(self._database, key, refusal)
            raise
        finally:
            self._in_flight.discard(name)
        return rendering.answer_to(outcome) or self._presented(outcome)

    async def settled(self, work: Awaitable[Answer], correlation_id: str) -> Answer:
        """The answer that some work comes to, whatever comes of it."""
        try:
            return await work
        except AnsweredBefore as before:
            again = before.answer
            media_type = PROBLEM_MEDIA_TYPE if again.status >= 400 else b"application/json"
            return Answer(again.status, again.body, (REPLAYED,), media_type)
        except Refusal as refusal:
            return _refused(refusal)
        except HungUp:
            raise
        except Exception:
            _log.exception("fault", endpoint=self.endpoint.name, correlation_id=correlation_id)
            FAULTS.inc()
            return _refused(UnforeseenFault(correlation_id=correlation_id))

    def count(self, status: int, seconds: float) -> None:
        """Count a request that was answered, and how long it took."""
        series = self._seconds.get(status)
        if series is None:
            series = self._seconds[status] = REQUESTS.labels(self.endpoint.name, str(status))
        series.observe(seconds)

    def _body_of(self, request: Request) -> Any:
        if self.endpoint.streamed_body:
            return request.pieces
        if self.endpoint.raw_body:
            return request.raw
        return None if self._decode is None else self._decode(request.raw)

    def _presented(self, outcome: Any) -> Answer:
        if isinstance(outcome, Answer):
            return outcome
        assert self.endpoint.present is not None
        return self.endpoint.present(outcome)

    def _idempotency_key(
        self, caller: str, request: Request, rendering: "_Rendering"
    ) -> IdempotencyKey | None:
        if request.key is None or not self.endpoint.takes_idempotency_key:
            return None
        key = request.key.strip()
        if not 0 < len(key) <= KEY_LIMIT:
            problem = f"must be 1 to {KEY_LIMIT} characters long"
            raise MalformedRequest(field="Idempotency-Key", problem=problem)
        fingerprint = f"{request.path} {_hash_of(request.raw)}"
        return IdempotencyKey(caller=caller, key=key, fingerprint=fingerprint, render=rendering)


def correlation_id_of(headers: Headers) -> str:
    """What a request is called in the logs: as its caller says, or by a new name."""
    given = headers.get(b"x-correlation-id")
    if given is not None and len(given) <= 100 and given.isascii():
        return given.decode("ascii", "replace")
    traceparent = headers.get(b"traceparent")
    if traceparent is not None and len(traceparent) == 55:
        return traceparent[3:35].decode("ascii", "replace")
    return new_id()


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


class _Rendering:
    """Writes an outcome down once: for the memory of its key, and for the caller."""

    __slots__ = ("_answer", "_outcome", "_present", "_refusal")

    def __init__(self, present: Callable[[Any], Answer]) -> None:
        self._present = present
        self._outcome: Any = None
        self._answer: Answer | None = None
        self._refusal: Refusal | None = None

    def __call__(self, outcome: Any) -> Rendered:
        if isinstance(outcome, Refusal):
            self._refusal = outcome
            return render_refusal(outcome)
        answer = self._present(outcome)
        body = encoded(answer.body).decode()
        self._outcome = outcome
        self._answer = Answer(answer.status, body, answer.headers, answer.media_type)
        return Rendered(answer.status, body)

    def has_written(self, refusal: Refusal) -> bool:
        """Whether a refusal was written down, with what it was decided by."""
        return refusal is self._refusal

    def answer_to(self, outcome: Any) -> Answer | None:
        """The answer to an outcome that was written down, or None for another."""
        return self._answer if outcome is self._outcome else None


def _hash_of(raw: bytes) -> str:
    """A fingerprint of a request's body (BLAKE2b, 128 bits)."""
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def _decoder(endpoint: Endpoint) -> Callable[[bytes], Any]:
    if endpoint.form:
        return lambda raw: _form(raw, endpoint.body)
    decode = msgspec.json.Decoder(endpoint.body).decode

    absent = b"{}" if endpoint.body_optional else b""

    def read(raw: bytes) -> Any:
        try:
            return decode(raw or absent)
        except msgspec.ValidationError as error:
            raise _malformed(str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedRequest(field="body", problem=f"not JSON: {error}") from error

    return read


def _form(raw: bytes, body: Any) -> Any:
    try:
        fields = dict(urllib.parse.parse_qsl(raw.decode(), strict_parsing=bool(raw)))
        return msgspec.convert(fields, body, strict=False)
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from error
    except ValueError as error:
        raise MalformedRequest(field="body", problem="not a form") from error


def _query(query: Any, given: bytes) -> Any:
    try:
        text = given.decode("ascii")
        fields = dict(urllib.parse.parse_qsl(text, keep_blank_values=True)) if text else {}
        unknown = fields.keys() - set(query.__struct_encode_fields__)
        if unknown:
            raise MalformedRequest(field=min(unknown), problem="unknown query parameter")
        return msgspec.convert(_storable(fields), query, strict=False)
    except msgspec.ValidationError as error:
        raise _malformed(str(error), whole="query") from error
    except ValueError as error:
        raise MalformedRequest(field="query", problem="not readable") from error


def _storable(fields: Mapping[str, str]) -> Mapping[str, str]:
    """The same, refused where the database could not even be asked about it."""
    for name, value in fields.items():
        if "\0" in value:
            raise MalformedRequest(field=name, problem="holds U+0000; nothing is called so")
    return fields


def _malformed(message: str, *, whole: str = "body") -> MalformedRequest:
    problem, _, path = message.partition(" - at `")
    field = path.rstrip("`").removeprefix("$").lstrip(".")
    return MalformedRequest(field=field or whole, problem=problem[:1].lower() + problem[1:])


def _refused(refusal: Refusal) -> Answer:
    REFUSALS.labels(refusal.type_name()).inc()
    rendered = render_refusal(refusal)
    headers: list[tuple[bytes, bytes]] = []
    if isinstance(refusal, NotAuthenticated):
        headers.append((b"www-authenticate", b'Bearer realm="rackhouse"'))
    if isinstance(refusal, Busy):
        headers.append((b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
    return Answer(rendered.status, rendered.body, headers, PROBLEM_MEDIA_TYPE)


def encoded(body: Any) -> bytes:
    """A body as it goes over the wire."""
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    return msgspec.json.encode(body)
