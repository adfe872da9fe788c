"""What channels report afterwards, over HTTP: sales, returns, and what could not be booked."""

import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rackhouse.channels import ChannelNotFound
from rackhouse.inventory import Line, OtherChannel, ReturnCondition, Shortage
from rackhouse.orders.errors import SaleIsSettled, UncoveredSaleNotFound
from rackhouse.orders.judging import ReportedSale, SaleOutcome
from rackhouse.orders.reported_returns import ReportedReturn, ReturnOutcome, report_returns
from rackhouse.orders.reporting import cover_sale, report_sales
from rackhouse.orders.rules import UncoveredSale
from rackhouse.orders.uncovered import UncoveredSalePlace, dismiss_sale, uncovered_sales
from rackhouse.platform.errors import MalformedRequest, Refusal
from rackhouse.platform.http import Answer, Call, Endpoint, Page, PageQuery, problem

__all__ = ["ENDPOINTS"]

REPORTS_LIMIT = 500
LINES_LIMIT = 100
UNITS_LIMIT = 1000
PRINTABLE = "^[^\\x00-\\x1f\\x7f]+$"

Printable = Annotated[str, Meta(min_length=1, max_length=100, pattern=PRINTABLE)]
Moment = Annotated[
    datetime.datetime,
    Meta(tz=True, description="By the device's own clock; kept as told, decides nothing."),
]
Lot = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9][A-Za-z0-9._/-]*$")]
Reason = Annotated[str, Meta(min_length=1, max_length=200, pattern=PRINTABLE)]


class ReportedLineBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some of one SKU; of which lot, and which numbers of it, where the device knows."""

    sku: Annotated[str, Meta(min_length=1, max_length=64, pattern=PRINTABLE)]
    quantity: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    lot: Lot | None = None
    units: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=1_000_000)], ...],
        Meta(max_length=UNITS_LIMIT, description="The numbers, as many as pieces."),
    ] = ()


ReportedLines = Annotated[tuple[ReportedLineBody, ...], Meta(min_length=1, max_length=LINES_LIMIT)]


class SaleBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sale that has happened."""

    external_id: Annotated[
        Printable, Meta(description="The channel's own number of this sale; it is booked once.")
    ]
    sold_at: Moment
    lines: ReportedLines
    customer_id: Printable | None = None


class SalesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sales in any order, also such as were reported before."""

    sales: Annotated[list[SaleBody], Meta(min_length=1, max_length=REPORTS_LIMIT)]


class ReturnBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A return that has happened."""

    external_id: Annotated[
        Printable, Meta(description="The channel's own number of this return; it is booked once.")
    ]
    sale: Annotated[Printable, Meta(description="The number of the sale.")]
    returned_at: Moment
    lines: ReportedLines
    reason: Reason = "returned"
    condition: Annotated[
        ReturnCondition,
        Meta(description="How the goods are; what is a `write_off` is not kept."),
    ] = "sellable"
    location: Annotated[
        Annotated[str, Meta(min_length=1, max_length=64, pattern="^[a-z0-9][a-z0-9._-]*$")] | None,
        Meta(description="Where they are now; left out, where they were sold from."),
    ] = None


class ReturnsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Returns in any order, also such as were reported before."""

    returns: Annotated[list[ReturnBody], Meta(min_length=1, max_length=REPORTS_LIMIT)]


class SaleAnswer(msgspec.Struct, frozen=True):
    """What became of a sale; where it was not booked, ``problem`` says why, and ``missing`` what
    there is of what was sold."""

    external_id: str
    status: Literal["recorded", "repeated", "conflicting", "exceeded", "dismissed", "refused"]
    order_id: str | None
    missing: tuple[Shortage, ...]
    problem: dict[str, Any] | None


class SalesAnswer(msgspec.Struct, frozen=True):
    """What became of each sale, in the order of the report."""

    sales: list[SaleAnswer]


class ReturnAnswer(msgspec.Struct, frozen=True):
    """What became of a return; where it was not booked, ``problem`` says why, and ``missing`` what
    is left to return."""

    external_id: str
    status: Literal["recorded", "repeated", "conflicting", "waiting", "exceeded", "refused"]
    order_id: str | None
    missing: tuple[Shortage, ...]
    problem: dict[str, Any] | None


class ReturnsAnswer(msgspec.Struct, frozen=True):
    """What became of each return, in the order of the report."""

    returns: list[ReturnAnswer]


class NothingMoreBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing more to say."""


class DismissalBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the sale will not be booked."""

    reason: Reason


async def post_channel_sales(call: Call) -> list[SaleOutcome]:
    """Each sale is answered on its own. `recorded`: booked now. `repeated`: booked before.
    `conflicting`: something else was reported under its number. `exceeded`: there is not enough;
    nothing was booked, and a person hears of it; report it again when there is. `dismissed`: a
    person decided that it will not be booked. `refused`: it can not be meant."""
    body: SalesBody = call.body
    sales = [
        ReportedSale(
            external_id=sale.external_id,
            sold_at=sale.sold_at,
            lines=_lines(sale.lines, f"sales[{index}]"),
            customer_id=sale.customer_id,
        )
        for index, sale in enumerate(body.sales)
    ]
    return await report_sales(context=call.context, channel=call.path["channel"], sales=sales)


async def post_channel_returns(call: Call) -> list[ReturnOutcome]:
    """Each return is answered on its own. `recorded`: booked now. `repeated`: booked before.
    `conflicting`: something else was reported under its number. `waiting`: its sale has not been
    reported; report it again after that. `exceeded`: more than was sold and not returned yet.
    `refused`: it can not be meant."""
    body: ReturnsBody = call.body
    returns = [
        ReportedReturn(
            external_id=each.external_id,
            sale=each.sale,
            returned_at=each.returned_at,
            lines=_lines(each.lines, f"returns[{index}]"),
            reason=each.reason,
            condition=each.condition,
            location=each.location,
        )
        for index, each in enumerate(body.returns)
    ]
    return await report_returns(context=call.context, channel=call.path["channel"], returns=returns)


async def get_uncovered_sales(call: Call) -> Answer:
    query: PageQuery = call.query
    found = await uncovered_sales(
        context=call.context,
        channel=call.path["channel"],
        after=query.after(UncoveredSalePlace),
        limit=query.limit + 1,
    )
    place = lambda sale: UncoveredSalePlace(sale.reported_at, sale.id)  # noqa: E731
    return Answer(200, Page.of(found, query.limit, place))


async def post_sale_cover(call: Call) -> SaleOutcome:
    """Once stock was found for it, or corrected."""
    return await cover_sale(
        context=call.context, channel=call.path["channel"], sale_id=call.path["sale_id"]
    )


async def post_sale_dismissal(call: Call) -> UncoveredSale:
    """It was no sale, or what left is corrected in the stock otherwise."""
    return await dismiss_sale(
        context=call.context,
        channel=call.path["channel"],
        sale_id=call.path["sale_id"],
        reason=call.body.reason,
    )


def _lines(bodies: tuple[ReportedLineBody, ...], place: str) -> tuple[Line, ...]:
    for index, line in enumerate(bodies):
        if line.units and line.lot is None:
            problem = "name the lot that the numbers are of"
            raise MalformedRequest(field=f"{place}.lines[{index}].lot", problem=problem)
        if line.units and len(set(line.units)) != line.quantity:
            problem = f"name {line.quantity} different numbers, as many as the quantity"
            raise MalformedRequest(field=f"{place}.lines[{index}].units", problem=problem)
    return tuple(Line(line.sku, line.quantity, line.lot, line.units) for line in bodies)


def _sales_told(outcomes: list[SaleOutcome]) -> Answer:
    return Answer(200, SalesAnswer([_sale(each) for each in outcomes]))


def _returns_told(outcomes: list[ReturnOutcome]) -> Answer:
    told = [
        ReturnAnswer(x.external_id, x.status, x.order_id, x.missing, _problem(x.refusal))  # type: ignore[arg-type]
        for x in outcomes
    ]
    return Answer(200, ReturnsAnswer(told))


def _sale(told: SaleOutcome) -> SaleAnswer:
    refusal = _problem(told.refusal)
    return SaleAnswer(told.external_id, told.status, told.order_id, told.missing, refusal)  # type: ignore[arg-type]


def _sale_told(outcome: SaleOutcome) -> Answer:
    return Answer(200, _sale(outcome))


def _dismissed(sale: UncoveredSale) -> Answer:
    return Answer(200, sale)


def _problem(refusal: Refusal | None) -> dict[str, Any] | None:
    return None if refusal is None else problem(refusal)


_CHANNEL = {"channel": "The channel's handle, such as `pos-3`."}
_SALE = {**_CHANNEL, "sale_id": "The id of the sale, as the list of uncovered sales shows it."}
_REFUSALS = (ChannelNotFound, OtherChannel)

ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/channels/{channel}/sales",
        handler=post_channel_sales,
        command=True,
        present=_sales_told,
        permission="orders:write",
        summary="Report sales that a channel has made on its own",
        body=SalesBody,
        answers={200: SalesAnswer},
        refusals=_REFUSALS,
        path_descriptions=_CHANNEL,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/channels/{channel}/returns",
        handler=post_channel_returns,
        present=_returns_told,
        permission="orders:write",
        summary="Report returns that a channel has accepted on its own",
        body=ReturnsBody,
        answers={200: ReturnsAnswer},
        refusals=_REFUSALS,
        path_descriptions=_CHANNEL,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/channels/{channel}/uncovered-sales",
        handler=get_uncovered_sales,
        permission="orders:read",
        summary="Reported sales that could not be booked, the oldest first",
        query=PageQuery,
        answers={200: Page[UncoveredSale]},
        refusals=_REFUSALS,
        path_descriptions=_CHANNEL,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/channels/{channel}/uncovered-sales/{sale_id}/cover",
        handler=post_sale_cover,
        present=_sale_told,
        permission="orders:write",
        summary="Try again to book a reported sale",
        body=NothingMoreBody,
        body_optional=True,
        answers={200: SaleAnswer},
        refusals=(*_REFUSALS, UncoveredSaleNotFound, SaleIsSettled),
        path_descriptions=_SALE,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/channels/{channel}/uncovered-sales/{sale_id}/dismiss",
        handler=post_sale_dismissal,
        present=_dismissed,
        permission="inventory:write",
        summary="Decide that a reported sale will not be booked",
        body=DismissalBody,
        answers={200: UncoveredSale},
        refusals=(*_REFUSALS, UncoveredSaleNotFound, SaleIsSettled),
        path_descriptions=_SALE,
    ),
]
