"""The pages of counts: open a sheet, write down what is on the shelf, post what differs. They fit a
phone, because that is what people have at the shelf."""

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Redirect

from rackhouse.console.names import Names
from rackhouse.console.rendering import whole_page
from rackhouse.console.security import context_of_session, guard_against_forgery, house_of
from rackhouse.inventory import (
    Count,
    CountedPieces,
    CountLine,
    Location,
    approve_count,
    cancel_count,
    count_of,
    count_page,
    locations,
    open_count,
    post_count,
    record_count,
    review_count,
)
from rackhouse.platform.context import Context
from rackhouse.platform.errors import MalformedRequest

__all__ = [
    "get_count_page",
    "get_counts_page",
    "post_count_of_location",
    "post_count_step",
]

COUNTS_SHOWN = 40
LINES_SHOWN = 50
LOCATIONS_LIMIT = 200
SKUS_LIMIT = 1000
PAGES_LIMIT = 100

AnyRequest = Request[Any, Any, Any]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Id = Annotated[str, Parameter(max_length=100)]


@get("/counts")
async def get_counts_page(request: AnyRequest) -> Response[str]:
    """The newest sheets, and a form for another one."""
    house = house_of(request)
    context = await context_of_session(house, request)
    found = await count_page(
        context=context, before=None, location=None, status=None, limit=COUNTS_SHOWN
    )
    return whole_page(
        "counts.html",
        counts=found,
        may_open="counts:write" in context.caller.permissions,
        locations=await _locations(context),
    )


@post("/counts")
async def post_count_of_location(request: AnyRequest, data: Form) -> Redirect:
    """Open a sheet."""
    house = house_of(request)
    context = await context_of_session(house, request)
    guard_against_forgery(house, request)
    skus = data.get("skus", "").split()
    count = await open_count(
        context=context,
        location=data.get("location", "").strip(),
        skus=skus[:SKUS_LIMIT] or None,
        not_counted_for_days=_number(data, "days") if data.get("days") else None,
        most_moved_first=data.get("order") == "most_moved",
        limit=_number(data, "limit") if data.get("limit") else SKUS_LIMIT,
        blind=data.get("blind") == "yes",
    )
    return Redirect(f"/counts/{count.id}", status_code=303)


@get("/counts/{count_id:str}")
async def get_count_page(
    request: AnyRequest,
    count_id: Id,
    page: Annotated[int, Parameter(ge=1, le=PAGES_LIMIT)] = 1,
) -> Response[str]:
    """One sheet, as whoever counts sees it."""
    house = house_of(request)
    context = await context_of_session(house, request)
    return await _shown(context, await count_of(context=context, count_id=count_id), page=page)


@post("/counts/{count_id:str}/{step:str}", status_code=200)
async def post_count_step(request: AnyRequest, count_id: Id, step: Id, data: Form) -> Response[Any]:
    """Go a step further with a sheet."""
    house = house_of(request)
    context = await context_of_session(house, request)
    guard_against_forgery(house, request)
    match step:
        case "record":
            await _record(context, count_id, data)
        case "review":
            reviewed = await review_count(context=context, count_id=count_id)
            return await _shown(context, reviewed, reviewing=True)
        case "post":
            await post_count(
                context=context,
                count_id=count_id,
                reasons={},
                reason=data.get("reason", "").strip() or None,
                leave_uncounted=data.get("leave_uncounted") == "yes",
            )
        case "approve":
            await approve_count(context=context, count_id=count_id)
        case "cancel":
            await cancel_count(context=context, count_id=count_id, reason="cancelled")
        case _:
            raise MalformedRequest(field="step", problem="record, review, post, approve or cancel")
    return Redirect(f"/counts/{count_id}", status_code=303)


async def _record(context: Context, count_id: str, data: Mapping[str, str]) -> None:
    count = await count_of(context=context, count_id=count_id)
    pieces = [
        _counted(line, data[f"line-{line.line}"].strip())
        for line in count.lines
        if data.get(f"line-{line.line}", "").strip()
    ]
    if not pieces:
        raise MalformedRequest(field="counted", problem="write down what you counted")
    await record_count(context=context, count_id=count_id, pieces=pieces)


def _counted(line: CountLine, text: str) -> CountedPieces:
    try:
        numbers = tuple(int(each) for each in text.replace(",", " ").split())
    except ValueError as error:
        problem = f"{text!r} is no number"
        raise MalformedRequest(field=line.sku, problem=problem) from error
    if any(each < 0 for each in numbers) or (not line.numbered and len(numbers) != 1):
        raise MalformedRequest(field=line.sku, problem="write one number, none below nothing")
    return CountedPieces(
        sku=line.sku,
        lot=line.lot,
        condition=line.condition,
        counted=None if line.numbered else numbers[0],
        units=numbers if line.numbered else None,
    )


async def _shown(
    context: Context, count: Count, *, page: int = 1, reviewing: bool = False
) -> Response[str]:
    lines = count.lines if reviewing else count.lines[(page - 1) * LINES_SHOWN :][:LINES_SHOWN]
    permissions = context.caller.permissions
    countable = count.status in ("open", "awaiting_approval")
    return whole_page(
        "count.html",
        count=count,
        lines=lines,
        names=await context.house.the(Names).of_skus({each.sku for each in count.lines}),
        page=page,
        pages=1 if reviewing else max(1, -(-len(count.lines) // LINES_SHOWN)),
        reviewing=reviewing,
        may_count=countable and "counts:write" in permissions and not reviewing,
        may_post=countable and "counts:post" in permissions,
        may_approve=count.status == "awaiting_approval" and "counts:approve" in permissions,
    )


async def _locations(context: Context) -> list[Location]:
    """The first places to offer; none for who may not read stock, and has to know."""
    if "inventory:read" not in context.caller.permissions:
        return []
    found: list[Location] = await locations(context=context, after="", limit=LOCATIONS_LIMIT)
    return found


def _number(data: Mapping[str, str], field: str) -> int:
    try:
        number = int(data[field])
    except ValueError as error:
        raise MalformedRequest(field=field, problem="write a whole number") from error
    if not 0 <= number <= 10_000:
        raise MalformedRequest(field=field, problem="0 to 10,000")
    return number
