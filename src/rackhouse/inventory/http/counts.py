"""Counts over HTTP."""

from typing import Any

from rackhouse.catalog import SkuUnknown
from rackhouse.inventory import counting
from rackhouse.inventory.counting import Count, CountedPieces, CountPlace
from rackhouse.inventory.errors import (
    BundleHasNoStock,
    CountedAtOutOfBounds,
    CountIncomplete,
    CountIsNot,
    CountLineNotFound,
    CountNotFound,
    DifferenceNeedsReason,
    ExpectedWasSeen,
    FewerThanReserved,
    LineIsPosted,
    LocationNotFound,
    NothingToCount,
    SecondPersonNeeded,
    UnitNotFree,
    UnitsAreCountedNow,
    UnitsToCount,
)
from rackhouse.inventory.http.count_shapes import (
    CancelCountBody,
    CountAnswer,
    CountBody,
    CountsQuery,
    NothingBody,
    PostBody,
    RecordBody,
    count_answer,
)
from rackhouse.platform.http import Answer, Call, Endpoint, Page

__all__ = ["ENDPOINTS", "CountAnswer", "count_answer"]


async def post_count_sheet(call: Call) -> Count:
    body: CountBody = call.body
    return await counting.open_count(
        context=call.context,
        location=body.location,
        skus=body.skus,
        not_counted_for_days=body.not_counted_for_days,
        most_moved_first=body.most_moved_first,
        blind=body.blind,
        note=body.note,
        limit=body.limit,
    )


async def get_counts(call: Call) -> Answer:
    query: CountsQuery = call.query
    found = await counting.count_page(
        context=call.context,
        before=query.after(CountPlace),
        location=query.location,
        status=query.status,
        limit=query.limit + 1,
    )
    page = Page.of(found, query.limit, lambda count: CountPlace(count.opened_at, count.id))
    return Answer(200, Page([count_answer(each) for each in page.items], page.next_cursor))


async def get_count(call: Call) -> Answer:
    return _shown(await counting.count_of(context=call.context, count_id=call.path["count_id"]))


async def post_count_record(call: Call) -> Count:
    body: RecordBody = call.body
    pieces = [
        CountedPieces(
            sku=each.sku,
            counted=each.counted,
            lot=each.lot,
            condition=each.condition,
            units=None if each.units is None else tuple(each.units),
            counted_at=each.counted_at,
        )
        for each in body.lines
    ]
    return await counting.record_count(
        context=call.context, count_id=call.path["count_id"], pieces=pieces
    )


async def post_count_review(call: Call) -> Count:
    return await counting.review_count(context=call.context, count_id=call.path["count_id"])


async def post_count_posting(call: Call) -> Count:
    body: PostBody = call.body
    return await counting.post_count(
        context=call.context,
        count_id=call.path["count_id"],
        reasons={each.sku: each.reason for each in body.reasons},
        reason=body.reason,
        leave_uncounted=body.leave_uncounted,
    )


async def post_count_approval(call: Call) -> Count:
    return await counting.approve_count(context=call.context, count_id=call.path["count_id"])


async def post_count_cancellation(call: Call) -> Count:
    return await counting.cancel_count(
        context=call.context, count_id=call.path["count_id"], reason=call.body.reason
    )


def _shown(count: Count) -> Answer:
    return Answer(200, count_answer(count))


def _opened(count: Count) -> Answer:
    return Answer(201, count_answer(count))


_OF_COUNT = (CountNotFound, CountIsNot)
_OF_POSTING = (CountIncomplete, DifferenceNeedsReason, FewerThanReserved, UnitNotFree)
_STEPS: tuple[tuple[str, Any, str, Any, bool, str, tuple[Any, ...]], ...] = (
    (
        "record",
        post_count_record,
        "counts:write",
        RecordBody,
        False,
        "Write down what was counted, also again",
        (
            CountLineNotFound,
            LineIsPosted,
            ExpectedWasSeen,
            CountedAtOutOfBounds,
            UnitsToCount,
            UnitsAreCountedNow,
        ),
    ),
    (
        "review",
        post_count_review,
        "counts:post",
        NothingBody,
        True,
        "See what is expected and what differs; whoever has, counts no more of a blind sheet",
        (),
    ),
    (
        "post",
        post_count_posting,
        "counts:post",
        PostBody,
        True,
        "Post the differences, each with a reason",
        _OF_POSTING,
    ),
    (
        "approve",
        post_count_approval,
        "counts:approve",
        NothingBody,
        True,
        "Approve differences above the limit, and post them",
        (*_OF_POSTING, SecondPersonNeeded),
    ),
    (
        "cancel",
        post_count_cancellation,
        "counts:write",
        CancelCountBody,
        True,
        "Give a count up",
        (),
    ),
)

ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/counts",
        handler=post_count_sheet,
        present=_opened,
        permission="counts:write",
        summary="Open a count sheet for a location",
        body=CountBody,
        answers={201: CountAnswer},
        refusals=(LocationNotFound, NothingToCount, BundleHasNoStock, SkuUnknown),
    ),
    Endpoint(
        method="GET",
        path="/api/v1/counts",
        handler=get_counts,
        permission="counts:read",
        summary="Count sheets, the newest first",
        query=CountsQuery,
        answers={200: Page[CountAnswer]},
    ),
    Endpoint(
        method="GET",
        path="/api/v1/counts/{count_id}",
        handler=get_count,
        permission="counts:read",
        summary="A count sheet",
        answers={200: CountAnswer},
        refusals=(CountNotFound,),
    ),
    *(
        Endpoint(
            method="POST",
            path=f"/api/v1/counts/{{count_id}}/{step}",
            handler=handler,
            present=_shown,
            permission=permission,
            summary=summary,
            body=body,
            body_optional=optional,
            answers={200: CountAnswer},
            refusals=(*_OF_COUNT, *further),
        )
        for step, handler, permission, body, optional, summary, further in _STEPS
    ),
]
