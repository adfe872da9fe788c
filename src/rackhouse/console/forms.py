"""What people write into forms of the console, read and checked."""

from collections.abc import Mapping
from typing import Any

from litestar import Request

from rackhouse.console.security import context_of_session, guard_against_forgery, house_of
from rackhouse.platform.context import Context
from rackhouse.platform.errors import MalformedRequest

__all__ = ["context_of_form", "pieces_in", "words_in"]

PIECES_MAX = 1_000_000_000
WORDS_LENGTH_LIMIT = 200


async def context_of_form(request: Request[Any, Any, Any]) -> Context:
    """The context of whoever sent a form from a page of this console."""
    house = house_of(request)
    context = await context_of_session(house, request)
    guard_against_forgery(house, request)
    return context


def pieces_in(data: Mapping[str, str], field: str) -> int:
    """How many pieces a field says; an empty one says none."""
    text = data.get(field, "").strip() or "0"
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= PIECES_MAX):
        raise MalformedRequest(field=field, problem="write how many pieces, in digits")
    return int(text)


def words_in(data: Mapping[str, str], field: str) -> str | None:
    """The words in a field, if there are any."""
    text = data.get(field, "").strip()
    if len(text) > WORDS_LENGTH_LIMIT or not text.isprintable():
        problem = f"say it in {WORDS_LENGTH_LIMIT} characters at most"
        raise MalformedRequest(field=field, problem=problem)
    return text or None
