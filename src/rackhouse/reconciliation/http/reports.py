"""What channels report of themselves, over HTTP."""

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.channels import BoundToAnotherChannel, ChannelDisabled, ChannelNotFound
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery
from rackhouse.reconciliation import reports
from rackhouse.reconciliation.errors import ReportFromTheFuture, ReportTooOld
from rackhouse.reconciliation.figures import RequestedFigure
from rackhouse.reconciliation.reports import Reported, ReportedFigure

__all__ = ["ENDPOINTS"]

FIGURES_LIMIT = 1000

_CHANNEL_ID = {"channel_id": "The channel's handle, such as `web` or `pos-3`."}


class FigureBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a channel can sell of a SKU, by its own count."""

    sku: Annotated[str, Meta(min_length=1, max_length=64)]
    available: Annotated[int, Meta(ge=0, le=1_000_000_000)]


class ReportBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A channel's own figures, and the moment at which it read them."""

    as_of: Annotated[
        datetime.datetime, Meta(tz=True, description="When the figures were read (RFC 3339).")
    ]
    items: Annotated[list[FigureBody], Meta(min_length=1, max_length=FIGURES_LIMIT)]


async def post_reported_stock(call: Call) -> Reported:
    """Of each SKU the newest report counts. The next audit compares it with what the channel could
    sell at that moment by the ledger; what differs becomes a case."""
    body: ReportBody = call.body
    return await reports.report_stock(
        context=call.context,
        channel=call.path["channel_id"],
        as_of=body.as_of,
        figures=[ReportedFigure(each.sku, each.available) for each in body.items],
    )


async def get_requested_stock(call: Call) -> Answer:
    query: PageQuery = call.query
    found = await reports.requested_stock(
        context=call.context,
        channel=call.path["channel_id"],
        after=query.after(str) or "",
        limit=query.limit + 1,
    )
    return Answer(200, Page.of(found, query.limit, lambda each: each.sku))


def _taken(reported: Reported) -> Answer:
    return Answer(202, reported)


ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/channels/{channel_id}/reported-stock",
        handler=post_reported_stock,
        present=_taken,
        permission="reports:write",
        summary="Report what a channel can sell by its own count",
        body=ReportBody,
        answers={202: Reported},
        refusals=(
            BoundToAnotherChannel,
            ChannelNotFound,
            ChannelDisabled,
            SkuUnknown,
            ReportFromTheFuture,
            ReportTooOld,
        ),
        path_descriptions=_CHANNEL_ID,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/channels/{channel_id}/requested-stock",
        handler=get_requested_stock,
        permission="reports:read",
        summary="The figures that a channel is asked to take instead of its own",
        query=PageQuery,
        answers={200: Page[RequestedFigure]},
        refusals=(BoundToAnotherChannel,),
        path_descriptions=_CHANNEL_ID,
    ),
]
