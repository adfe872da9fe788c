"""An endpoint: one method and path with its permission, shapes, answers and refusals.

The API serves endpoints, the OpenAPI document describes them, and tests walk through them: each
from this one declaration.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta

from rackhouse.platform.context import Context
from rackhouse.platform.errors import (
    Invalid,
    MissingPrecondition,
    Refusal,
    StaleVersion,
    UnsupportedMediaType,
)

__all__ = [
    "PUBLIC",
    "Answer",
    "Call",
    "Endpoint",
    "MediaTypeUnsupported",
    "Page",
    "PageQuery",
    "check_media_type",
    "cursor_of",
    "entity_tag",
    "json_text",
    "version_matched",
]

PUBLIC = "public"
PAGE_LIMIT = 200
PAGE_DEFAULT = 50
CURSOR_LIMIT = 500

Item = TypeVar("Item")


@dataclass(eq=False)
class CursorUnknown(Invalid):
    """cursor: {cursor} did not come from this list. Start again without a cursor."""

    cursor: str


@dataclass(eq=False)
class VersionIsStale(StaleVersion):
    """If-Match names another version than the current one, {current}. Read it again, then edit."""

    current: int


@dataclass(eq=False)
class IfMatchMissing(MissingPrecondition):
    """If-Match is missing. Send the ETag of the version that you edit, or `*` for any."""


@dataclass(eq=False)
class IfMatchUnreadable(Invalid):
    """If-Match: {value} is not an ETag of this API, such as "7", nor `*`."""

    value: str


@dataclass(eq=False)
class MediaTypeUnsupported(UnsupportedMediaType):
    """A body of the type {given} is not understood here. Send it as {media_type}."""

    given: str
    media_type: str


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The query of every list."""

    cursor: Annotated[
        Annotated[str, Meta(max_length=CURSOR_LIMIT)] | None,
        Meta(description="`next_cursor` of the page before."),
    ] = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_LIMIT, description="Most items to answer.")] = (
        PAGE_DEFAULT
    )

    def after(self, keys: type[Item]) -> Item | None:
        """The keys of the last item of the page before, as ``Page.of`` was given them."""
        if self.cursor is None:
            return None
        try:
            text = base64.urlsafe_b64decode(self.cursor.encode("ascii", "strict"))
            return msgspec.json.decode(text, type=keys)
        except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
            raise CursorUnknown(cursor=self.cursor) from error


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """Part of a list."""

    items: list[Item]
    next_cursor: Annotated[
        str | None, Meta(description="Ask with it for the next page; null on the last one.")
    ]

    @staticmethod
    def of(found: Sequence[Item], limit: int, keys: Callable[[Item], object]) -> "Page[Item]":
        """A page of ``limit`` from ``limit + 1`` items that were asked for."""
        items = list(found[:limit])
        if len(found) <= limit:
            return Page(items, None)
        return Page(items, cursor_of(keys(items[-1])))


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request, read and checked against its endpoint."""

    context: Context
    path: Mapping[str, str]
    query: Any = None
    body: Any = None
    if_match: str | None = None
    headers: Mapping[bytes, bytes] = msgspec.field(default_factory=dict)


class Answer(msgspec.Struct, frozen=True):
    """An answer: a struct to be written as JSON, text that is JSON already, or the pieces of
    something large, which are sent as they come and are closed in the end."""

    status: int
    body: Any = None
    headers: Sequence[tuple[bytes, bytes]] = ()
    media_type: bytes = b"application/json"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One method and path.

    A handler answers with an `Answer`, or with an outcome that ``present`` turns into one: a POST
    does the latter, so that its answer can be remembered with what it changed.
    ``path`` has its parameters in braces; ``permission`` is what the caller needs, or `PUBLIC`;
    ``query`` and ``body`` are struct types (an optional body that is empty reads as ``{}``);
    a ``raw_body`` is handed over as the bytes that came, for what is signed as such, a
    ``streamed_body`` as an iterator of the pieces that come, which has limits of its own; a body
    has to be of the ``body_media_type``, where one is named;
    ``answers`` maps each good status to the type of its body (None for an empty one);
    ``other_media_types`` are those of answers beside ``answer_media_type``;
    ``refusals`` are those of its operation; ``command`` says that the WebSocket and gRPC carry it,
    too, by its name.
    """

    method: str
    path: str
    handler: Callable[[Call], Awaitable[Any]]
    permission: str
    summary: str
    answers: Mapping[int, Any]
    present: Callable[[Any], Answer] | None = None
    query: Any = None
    body: Any = None
    body_optional: bool = False
    raw_body: bool = False
    streamed_body: bool = False
    form: bool = False
    body_media_type: str | None = None
    refusals: Sequence[type[Refusal]] = ()
    needs_if_match: bool = False
    only_reads: bool = False
    command: bool = False
    answer_media_type: str = "application/json"
    other_media_types: Sequence[str] = ()
    path_descriptions: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of its handler, which is its operation id."""
        return self.handler.__name__

    @property
    def takes_idempotency_key(self) -> bool:
        """Every POST does, unless it only reads, or what is posted follows another's protocol or
        goes by what it is."""
        if self.form or self.only_reads or self.raw_body or self.streamed_body:
            return False
        return self.method == "POST"


def cursor_of(keys: object) -> str:
    """Some keys as a cursor, from which ``PageQuery.after`` reads them."""
    return base64.urlsafe_b64encode(msgspec.json.encode(keys)).decode()


def json_text(value: object) -> str:
    """A value as JSON text."""
    return msgspec.json.encode(value).decode()


def entity_tag(version: int) -> tuple[bytes, bytes]:
    """The ETag header of a version."""
    return (b"etag", b'"%d"' % version)


def check_media_type(endpoint: Endpoint, headers: Mapping[bytes, bytes]) -> None:
    """Refuse with `MediaTypeUnsupported` a body of another type than an endpoint names."""
    wanted = endpoint.body_media_type
    if wanted is None:
        return
    given = headers.get(b"content-type", b"").decode("latin-1")
    if given.partition(";")[0].strip().lower() != wanted:
        raise MediaTypeUnsupported(given=given or "unknown", media_type=wanted)


def version_matched(call: Call) -> int | None:
    """The version that If-Match names, or None for ``*``.

    Refuses with `IfMatchMissing` and `IfMatchUnreadable`.
    """
    value = call.if_match
    if value is None:
        raise IfMatchMissing()
    if value.strip() == "*":
        return None
    digits = value.strip().removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise IfMatchUnreadable(value=value)
    return int(digits)
