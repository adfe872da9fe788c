"""What counts look like over HTTP."""

import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rackhouse.inventory.counting import Count, CountLine
from rackhouse.inventory.http.shapes import LINES_LIMIT, QUANTITY_LIMIT, Handle, Reason, Sku
from rackhouse.platform.http import PageQuery

__all__ = [
    "CancelCountBody",
    "CountAnswer",
    "CountBody",
    "CountsQuery",
    "NothingBody",
    "PostBody",
    "RecordBody",
    "count_answer",
]

SHEET_LIMIT = 1000

Status = Literal["open", "awaiting_approval", "posted", "cancelled"]
Condition = Literal["sellable", "damaged", "quality_control", "quarantine"]
Lot = Annotated[str, Meta(max_length=100, description="The lot, where pieces have one.")]


class CountBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to count at a location: some ``skus``, or what lies there by rule."""

    location: Handle
    skus: Annotated[list[Sku], Meta(min_length=1, max_length=SHEET_LIMIT)] | None = None
    not_counted_for_days: Annotated[
        Annotated[int, Meta(ge=0, le=3650)] | None,
        Meta(description="Only what was not counted for so many days."),
    ] = None
    most_moved_first: Annotated[
        bool, Meta(description="First what has had the most events since it was counted.")
    ] = False
    limit: Annotated[int, Meta(ge=1, le=SHEET_LIMIT, description="Most SKUs to count.")] = (
        SHEET_LIMIT
    )
    blind: Annotated[bool, Meta(description="Whether what is expected is kept from counters.")] = (
        True
    )
    note: Annotated[str, Meta(max_length=200)] = ""


class CountedBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was counted of one line: how many, or which numbers of a numbered lot."""

    sku: Sku
    counted: Annotated[int, Meta(ge=0, le=QUANTITY_LIMIT)] | None = None
    units: Annotated[list[Annotated[int, Meta(ge=0)]], Meta(max_length=10_000)] | None = None
    lot: Lot = ""
    condition: Condition = "sellable"
    counted_at: Annotated[
        Annotated[datetime.datetime, Meta(tz=True)] | None,
        Meta(description="When it was counted, if not just now."),
    ] = None


class RecordBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was counted."""

    lines: Annotated[list[CountedBody], Meta(min_length=1, max_length=LINES_LIMIT)]


class SkuReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the count of a SKU differs."""

    sku: Sku
    reason: Reason


class PostBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why there are differences: by SKU, or one ``reason`` for all others."""

    reasons: Annotated[list[SkuReason], Meta(max_length=SHEET_LIMIT)] = []
    reason: Reason | None = None
    leave_uncounted: Annotated[
        bool, Meta(description="Leave the lines that were not counted as they are.")
    ] = False


class CancelCountBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why nothing is posted."""

    reason: Reason = "cancelled"


class NothingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing more to say."""


class CountLineAnswer(msgspec.Struct, frozen=True):
    """A line of a sheet. ``expected`` and ``difference`` are null on a blind sheet until it is
    posted or reviewed; ``posted_version`` is the stock's version with its adjustment."""

    sku: str
    lot: str
    condition: str
    numbered: bool
    counted: int | None
    units: tuple[int, ...]
    expected: int | None
    difference: int | None
    missing: tuple[int, ...] | None
    surplus: tuple[int, ...] | None
    counted_at: datetime.datetime | None
    counted_by: str | None
    times: int
    reason: str | None
    posted_version: int | None


class CountAnswer(msgspec.Struct, frozen=True):
    """A count sheet: open, perhaps awaiting approval, then posted or cancelled."""

    id: str
    location: str
    status: str
    blind: bool
    note: str
    lines: list[CountLineAnswer]
    uncounted: int
    opened_by: str
    opened_at: datetime.datetime
    submitted_by: str | None
    posted_by: str | None
    posted_at: datetime.datetime | None
    approved_by: str | None
    version: int


class CountsQuery(PageQuery, frozen=True, kw_only=True):
    """Which sheets to list."""

    location: Annotated[str | None, Meta(description="Only at this location.")] = None
    status: Annotated[Status | None, Meta(description="Only in this status.")] = None


def count_answer(count: Count) -> CountAnswer:
    """A sheet as the API shows it."""
    lines = [_line(each, known=each.expected is not None) for each in count.lines]
    facts: dict[str, Any] = {
        name: getattr(count, name) for name in CountAnswer.__struct_fields__ if name != "lines"
    }
    return CountAnswer(**(facts | {"lines": lines, "uncounted": len(count.uncounted)}))


def _line(line: CountLine, *, known: bool) -> CountLineAnswer:
    return CountLineAnswer(
        line.sku,
        line.lot,
        line.condition,
        line.numbered,
        line.counted,
        line.units,
        line.expected,
        line.difference,
        line.missing if known else None,
        line.surplus if known else None,
        line.counted_at,
        line.counted_by,
        line.times,
        line.reason,
        line.posted_version,
    )
