"""The page of search quality: what is asked for and not found, and trying a search."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.params import Parameter
from markupsafe import Markup

from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, house_of
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Refusal
from rackhouse.search import FoundProduct, Search, asked_queries, search_products

__all__ = ["get_search_quality_page"]

QUERIES_SHOWN = 25
ASKED_LOOKED_AT = 200
FEW = 3
WINDOWS = (1, 7, 30, 90)
DAYS_MAX = 3650
FOUND_SHOWN = 15
WORDS_LENGTH_LIMIT = 200

AnyRequest = Request[Any, Any, Any]


class TriedRow(msgspec.Struct, frozen=True):
    """A product that a search found: what it weighs, and where the words stand in it."""

    id: str
    name: str
    weight: float | None
    where: list[tuple[str, Markup]]


class Tried(msgspec.Struct, frozen=True):
    """What a search found."""

    total: int
    meant: str | None
    rows: list[TriedRow]


@get("/search-quality")
async def get_search_quality_page(
    request: AnyRequest,
    days: Annotated[int, Parameter(ge=1, le=DAYS_MAX)] = 30,
    q: Annotated[str, Parameter(max_length=WORDS_LENGTH_LIMIT)] = "",
) -> Response[str]:
    """What was asked in the last days, and what some words find."""
    context = await context_of_session(house_of(request), request)
    asked: dict[str, Any] = {"context": context, "days": days}
    without = await asked_queries(**asked, without_result=True, limit=QUERIES_SHOWN)
    most = await asked_queries(**asked, without_result=False, limit=ASKED_LOOKED_AT)
    tried, problem = await _tried(context, q.strip()) if q.strip() else (None, None)
    return whole_page(
        "search_quality.html",
        days=days,
        windows=WINDOWS,
        words=q,
        tried=tried,
        problem=problem,
        without_result=without,
        little=[each for each in most if 0 < each.last_found < FEW][:QUERIES_SHOWN],
        few=FEW,
        most=most[:QUERIES_SHOWN],
    )


async def _tried(context: Context, words: str) -> tuple[Tried | None, str | None]:
    """What some words find now. It is not counted among what customers asked."""
    search = Search(q=words, limit=FOUND_SHOWN, counted=False)
    try:
        answered = await search_products(context=context, search=search)
    except Refusal as refusal:
        return None, str(refusal)
    rows = [
        _row(found, place[0]) for found, place in zip(answered.items, answered.places, strict=True)
    ]
    return Tried(answered.total, answered.did_you_mean, rows), None


def _row(found: FoundProduct, weight: float | None) -> TriedRow:
    marks = found.highlights
    said = [("name", marks.name), ("brand", marks.brand)]
    said += [("fact", each) for each in marks.facts]
    said += [("description", marks.text)]
    where = [(field, Markup(text)) for field, text in said if text]  # noqa: S704 - search escapes
    return TriedRow(found.id, found.name, weight, where)
