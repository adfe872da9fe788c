"""A page for each kind of refusal: where the `type` of a problem document leads to."""

import re
from typing import Annotated, Any, get_type_hints

import msgspec
from litestar import Response, get
from litestar.params import Parameter

from rackhouse.console.errors import ProblemUnknown
from rackhouse.console.rendering import whole_page
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
    refusal_types,
)
from rackhouse.platform.http import status_of

__all__ = ["ProblemPage", "get_problem", "get_problems", "problem_pages"]

KINDS: dict[type[Refusal], str] = {
    NotAuthenticated: "Get a new access token from POST /oauth/token, or sign in again, and send "
    "the request with it. The same credentials will be refused again.",
    NotAllowed: "Ask somebody who may give you the permission, or call as somebody who has it. "
    "Sending the same request again will not help.",
    NotFound: "Check the id. It may have been removed, or belong to somebody else.",
    StaleVersion: "Read the current version, look at what changed, and send your change again with "
    "its ETag in If-Match.",
    Conflict: "Read the present state and decide again. The same request is refused for as long as "
    "the state is what it is.",
    PayloadTooLarge: "Send less at once.",
    UnsupportedMediaType: "Send the body as the type that the message names, in Content-Type.",
    MissingPrecondition: "Read the resource, and name its ETag in If-Match.",
    Invalid: "Correct what the message names and send the request again.",
    RateLimited: "Wait as long as Retry-After says, then go on more slowly.",
    Busy: "Wait as long as Retry-After says, then send the same request again, with the same "
    "Idempotency-Key. Nothing was changed unless the message says so.",
    Refusal: "This is a fault of the service. Tell whoever runs it, with the X-Correlation-Id of "
    "the answer; sending the request again with the same Idempotency-Key is safe.",
}
"""What to do about each kind, the most particular kind first."""

NAME_LENGTH_LIMIT = 100
SECTIONS = re.compile(r"{(\w+)}")


class ProblemField(msgspec.Struct, frozen=True):
    """A member of the problem document beside the usual ones."""

    name: str
    type: str


class ProblemPage(msgspec.Struct, frozen=True):
    """One kind of refusal. ``message`` alternates between words and names of fields."""

    name: str
    title: str
    status: int
    module: str
    message: list[str]
    fields: list[ProblemField]
    remedy: str
    narrower: list[str]
    retry: bool


@get("/problems")
async def get_problems() -> Response[str]:
    """Every kind of refusal."""
    return whole_page("problems.html", problems=problem_pages())


@get("/problems/{name:str}")
async def get_problem(
    name: Annotated[str, Parameter(max_length=NAME_LENGTH_LIMIT)],
) -> Response[str]:
    """One kind of refusal: its message and what to do about it."""
    described = {each.type_name(): each for each in [*KINDS, *refusal_types()]}
    if name not in described:
        raise ProblemUnknown(name=name)
    return whole_page("problem.html", problem=_page(described[name]))


def problem_pages() -> list[ProblemPage]:
    """The page of every refusal that can be raised by what runs here."""
    return [_page(refusal) for refusal in refusal_types()]


def _page(refusal: type[Refusal]) -> ProblemPage:
    hints: dict[str, Any] = get_type_hints(refusal) if refusal not in KINDS else {}
    kind = next(each for each in refusal.__mro__ if each in KINDS)
    return ProblemPage(
        name=refusal.type_name(),
        title=refusal.title(),
        status=status_of(refusal),
        module=refusal.__module__.split(".")[1],
        message=SECTIONS.split(" ".join((refusal.__doc__ or "").split())),
        fields=[ProblemField(name, _type_name(hints[name])) for name in hints],
        remedy=KINDS[kind],
        narrower=[each.type_name() for each in refusal_types() if refusal in each.__mro__[1:]],
        retry=issubclass(refusal, Busy),
    )


def _type_name(hint: Any) -> str:
    if getattr(hint, "__origin__", None) in (list, tuple):
        return f"list of {_type_name(hint.__args__[0])}"
    plain = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return plain.get(hint, getattr(hint, "__name__", str(hint)))
