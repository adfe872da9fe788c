"""The one table that turns kinds of refusal into HTTP problems (RFC 9457)."""

from typing import Any

from rackhouse.platform.errors import (
    Busy,
    Conflict,
    Invalid,
    MissingPrecondition,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    Refusal,
    StaleVersion,
    UnsupportedMediaType,
)
from rackhouse.platform.http.endpoint import json_text
from rackhouse.platform.idempotency import Rendered

__all__ = ["PROBLEM_MEDIA_TYPE", "problem", "render_refusal", "status_of"]

PROBLEM_MEDIA_TYPE = b"application/problem+json"
TYPE_PREFIX = "/problems/"

_STATUS: dict[type[Refusal], int] = {
    NotAuthenticated: 401,
    NotAllowed: 403,
    NotFound: 404,
    StaleVersion: 412,
    Conflict: 409,
    PayloadTooLarge: 413,
    MissingPrecondition: 428,
    UnsupportedMediaType: 415,
    Invalid: 422,
    RateLimited: 429,
    Busy: 503,
    Refusal: 500,
}


def status_of(refusal: type[Refusal]) -> int:
    """The HTTP status of a refusal's kind."""
    return next(_STATUS[kind] for kind in refusal.__mro__ if kind in _STATUS)


def problem(refusal: Refusal) -> dict[str, Any]:
    """The problem document of a refusal, with the fields needed to act."""
    return {
        "type": TYPE_PREFIX + refusal.type_name(),
        "title": refusal.title(),
        "status": status_of(type(refusal)),
        "detail": str(refusal),
        **refusal.facts(),
    }


def render_refusal(refusal: Refusal) -> Rendered:
    """A refusal as it goes over the wire."""
    return Rendered(status_of(type(refusal)), json_text(problem(refusal)))
