"""A request before it is sent: what both kinds of client send, and what they read its answer as."""

import uuid
from collections.abc import Mapping
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

__all__ = ["Answer", "Line", "Pieces", "Request", "asked"]

Answer = TypeVar("Answer")


class Pieces(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some of one SKU."""

    sku: str
    quantity: int


class Line(Pieces, frozen=True, omit_defaults=True):
    """Some of one SKU; perhaps of one lot, perhaps certain numbers of it."""

    lot: str | None = None
    units: tuple[int, ...] = ()


class Request(msgspec.Struct, Generic[Answer], frozen=True, kw_only=True):
    """One request. ``path`` has its parameters in braces; ``key`` is its idempotency key."""

    method: str
    path: str
    answer: Any
    places: Mapping[str, str] = {}
    query: Mapping[str, Any] = {}
    body: Any = None
    key: str | None = None
    if_match: str | None = None

    @property
    def target(self) -> str:
        """The path with its parameters filled in."""
        return self.path.format_map({name: quote(at, safe="") for name, at in self.places.items()})

    def headers(self) -> dict[str, str]:
        """What it says beside its body."""
        told = {"accept": "application/json"}
        if self.key is not None:
            told["idempotency-key"] = self.key
        if self.if_match is not None:
            told["if-match"] = self.if_match
        if self.body is not None:
            told["content-type"] = "application/json"
        return told

    def content(self) -> bytes | None:
        """Its body as JSON."""
        return None if self.body is None else msgspec.json.encode(self.body)

    def read(self, body: bytes) -> Any:
        """What the body of its answer says."""
        return None if self.answer is None else msgspec.json.decode(body, type=self.answer)

    @property
    def repeats_safely(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.method == "GET" or self.key is not None


def asked(
    method: str,
    path: str,
    answer: Any,
    *,
    places: Mapping[str, str] | None = None,
    query: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
    key: str | None = None,
    version: int | None = None,
) -> Request[Any]:
    """A request without what was not said. A POST has an idempotency key, given or made up; a PUT
    or DELETE names the version that it is about, or any."""
    edits = method in ("PUT", "DELETE")
    return Request(
        method=method,
        path=path,
        answer=answer,
        places=places or {},
        query=_said(query or {}),
        body=None if body is None else _said(body),
        key=(key or str(uuid.uuid4())) if method == "POST" else None,
        if_match=("*" if version is None else f'"{version}"') if edits else None,
    )


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}
