"""Serving an endpoint: read the request, make its context, run the handler, write the answer."""

import hashlib
import time
import urllib.parse
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

from rackhouse.api.callers import Authenticator
from rackhouse.api.rate_limits import RateLimits
from rackhouse.platform.context import Context
from rackhouse.platform.database import Database
from rackhouse.platform.errors import (
    Busy,
    Invalid,
    MalformedRequest,
    NotAuthenticated,
    PayloadTooLarge,
    Refusal,
)
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

__all__ = ["ServedPath"]

KEY_LIMIT = 200
RETRY_AFTER_SECONDS = 1
# What is counted for requests that nobody waits for, as other servers do; it is never sent.
HUNG_UP = 499
# Refusals that say nothing of the request: the same one may be told otherwise a moment later.
NOT_REMEMBERED = (Busy, KeyReused)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = dict[bytes, bytes]

_log = structlog.get_logger(__name__)


@dataclass(eq=False)
class BodyTooLarge(PayloadTooLarge):
    """The body is larger than {limit_bytes} bytes."""

    limit_bytes: int


@dataclass(eq=False)
class MethodUnknown(Invalid):
    """This path does not know {method}; it knows {allowed}."""

    method: str
    allowed: str


@dataclass(eq=False)
class UnforeseenFault(Refusal):
    """Something failed that should not. Nothing is known to be changed; the fault is logged under
    {correlation_id}."""

    correlation_id: str


class _HungUp(Exception):
    """The caller has gone before all of the request was read."""


class ServedPath:
    """One path with an endpoint for each of its methods, as an ASGI application. Each comes with
    the database of its module, where the keys of its requests are."""

    def __init__(
        self,
        house: House,
        endpoints: Sequence[tuple[Endpoint, Database]],
        authenticate: Authenticator,
        limits: RateLimits,
    ) -> None:
        self._methods = {
            each.method: _Served(house, each, database, authenticate, limits)
            for each, database in endpoints
        }
        self._allowed = ", ".join(sorted(self._methods))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        served = self._methods.get(scope["method"])
        if served is not None:
            await served(scope, receive, send)
            return
        body = render_refusal(MethodUnknown(method=scope["method"], allowed=self._allowed)).body
        headers = [(b"allow", self._allowed.encode())]
        await _send(send, 405, body.encode(), PROBLEM_MEDIA_TYPE, headers)


class _Served:
    def __init__(
        self,
        house: House,
        endpoint: Endpoint,
        database: Database,
        authenticate: Authenticator,
        limits: RateLimits,
    ) -> None:
        self._house = house
        self._endpoint = endpoint
        self._database = database
        self._authenticate = authenticate
        self._limits = limits
        self._timeout = house.settings.request_timeout_seconds
        self._body_limit = house.settings.max_body_bytes
        self._decode = None if endpoint.body is None else _decoder(endpoint)
        self._in_flight: set[tuple[str, str]] = set()
        self._seconds: dict[int, Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        headers: Headers = dict(scope["headers"])
        correlation_id = _correlation_id(headers)
        extra: list[tuple[bytes, bytes]] = [(b"x-correlation-id", correlation_id.encode())]
        try:
            answer = await self._answer(scope, headers, receive, correlation_id, extra)
        except AnsweredBefore as before:
            again = before.answer
            media_type = PROBLEM_MEDIA_TYPE if again.status >= 400 else b"application/json"
            answer = Answer(again.status, again.body, (), media_type)
            extra.append((b"idempotency-replayed", b"true"))
        except Refusal as refusal:
            answer = _refused(refusal)
        except _HungUp:
            self._count(HUNG_UP, time.perf_counter() - started)
            return
        except Exception:
            _log.exception("fault", endpoint=self._endpoint.name, correlation_id=correlation_id)
            FAULTS.inc()
            answer = _refused(UnforeseenFault(correlation_id=correlation_id))
        await _send(
            send, answer.status, _encoded(answer.body), answer.media_type, [*answer.headers, *extra]
        )
        self._count(answer.status, time.perf_counter() - started)

    async def _answer(
        self,
        scope: Scope,
        headers: Headers,
        receive: Receive,
        correlation_id: str,
        extra: list[tuple[bytes, bytes]],
    ) -> Answer:
        endpoint = self._endpoint
        caller = await self._authenticate(scope, headers, endpoint.permission)
        self._limits.spend(caller.subject, extra)
        if endpoint.permission != PUBLIC:
            caller.require(endpoint.permission)
        raw = await _read_body(receive, headers, self._body_limit)
        body = raw if endpoint.raw_body else self._decode and self._decode(raw)
        rendering = _Rendering(self._presented)
        key = self._idempotency_key(headers, caller.subject, scope, raw, rendering)
        call = Call(
            context=Context(
                house=self._house,
                caller=caller,
                correlation_id=correlation_id,
                traceparent=_text(headers.get(b"traceparent")),
                deadline=time.monotonic() + self._timeout,
                idempotency=key,
            ),
            path=_storable(scope["path_params"]),
            query=None if endpoint.query is None else _query(endpoint.query, scope),
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

    def _presented(self, outcome: Any) -> Answer:
        if isinstance(outcome, Answer):
            return outcome
        assert self._endpoint.present is not None
        return self._endpoint.present(outcome)

    def _idempotency_key(
        self, headers: Headers, caller: str, scope: Scope, raw: bytes, rendering: "_Rendering"
    ) -> IdempotencyKey | None:
        given = headers.get(b"idempotency-key")
        if given is None or not self._endpoint.takes_idempotency_key:
            return None
        key = given.decode("latin-1").strip()
        if not 0 < len(key) <= KEY_LIMIT:
            problem = f"must be 1 to {KEY_LIMIT} characters long"
            raise MalformedRequest(field="Idempotency-Key", problem=problem)
        fingerprint = f"{scope['path']} {hash_of(raw)}"
        return IdempotencyKey(caller=caller, key=key, fingerprint=fingerprint, render=rendering)

    def _count(self, status: int, seconds: float) -> None:
        series = self._seconds.get(status)
        if series is None:
            series = self._seconds[status] = REQUESTS.labels(self._endpoint.name, str(status))
        series.observe(seconds)


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
        body = _encoded(answer.body).decode()
        self._outcome = outcome
        self._answer = Answer(answer.status, body, answer.headers, answer.media_type)
        return Rendered(answer.status, body)

    def has_written(self, refusal: Refusal) -> bool:
        """Whether a refusal was written down, with what it was decided by."""
        return refusal is self._refusal

    def answer_to(self, outcome: Any) -> Answer | None:
        """The answer to an outcome that was written down, or None for another."""
        return self._answer if outcome is self._outcome else None


def hash_of(raw: bytes) -> str:
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


def _query(query: Any, scope: Scope) -> Any:
    text = scope["query_string"]
    try:
        text = text.decode("ascii")
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


def _correlation_id(headers: Mapping[bytes, bytes]) -> str:
    given = headers.get(b"x-correlation-id")
    if given is not None and len(given) <= 100 and given.isascii():
        return given.decode("ascii", "replace")
    traceparent = headers.get(b"traceparent")
    if traceparent is not None and len(traceparent) == 55:
        return traceparent[3:35].decode("ascii", "replace")
    return new_id()


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


async def _read_body(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The whole body. What was read of a request whose caller has hung up is no request: for one
    that takes a body or none, nothing would mean everything."""
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > limit:
        raise BodyTooLarge(limit_bytes=limit)
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _HungUp
        body += message.get("body", b"")
        if len(body) > limit:
            raise BodyTooLarge(limit_bytes=limit)
        more = message.get("more_body", False)
    return body


def _refused(refusal: Refusal) -> Answer:
    REFUSALS.labels(refusal.type_name()).inc()
    rendered = render_refusal(refusal)
    headers: list[tuple[bytes, bytes]] = []
    if isinstance(refusal, NotAuthenticated):
        headers.append((b"www-authenticate", b'Bearer realm="rackhouse"'))
    if isinstance(refusal, Busy):
        headers.append((b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
    return Answer(rendered.status, rendered.body, headers, PROBLEM_MEDIA_TYPE)


def _encoded(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    return msgspec.json.encode(body)


async def _send(
    send: Send,
    status: int,
    body: bytes,
    media_type: bytes,
    headers: Sequence[tuple[bytes, bytes]],
) -> None:
    length = b"%d" % len(body)
    own = [(b"content-type", media_type), (b"content-length", length), *headers]
    if status == 204:
        own = list(headers)
    await send({"type": "http.response.start", "status": status, "headers": own})
    await send({"type": "http.response.body", "body": body})
