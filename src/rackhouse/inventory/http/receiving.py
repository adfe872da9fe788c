"""Receipts and corrections of stock over HTTP."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.inventory import receiving
from rackhouse.inventory.commands import Adjust
from rackhouse.inventory.errors import LotNotFound, UnitNotFree, UnitsMustBeNamed
from rackhouse.inventory.events import SELLABLE, Condition
from rackhouse.inventory.http.shapes import (
    LINES_LIMIT,
    PRINTED,
    QUANTITY_LIMIT,
    Handle,
    Lot,
    Quantity,
    Reason,
    Sku,
)
from rackhouse.inventory.http.stock import OF_STOCK, StockAnswer, StocksAnswer, stock_answer
from rackhouse.inventory.lot_errors import LotNotNumbered
from rackhouse.inventory.rules import Line, Stock
from rackhouse.inventory.rules.lots import NUMBERED_LIMIT
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import Answer, Call, Endpoint

__all__ = ["ENDPOINTS", "ReceiveLineBody", "receive_lines_of"]

Number = Annotated[int, Meta(ge=1, le=NUMBERED_LIMIT)]


class UnitRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All numbers from the first to the last."""

    first: Number
    last: Number


class _NumberedBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pieces that may be of a lot, and may have numbers."""

    lot: Annotated[Lot | None, Meta(description="The lot that the pieces are of.")] = None
    units: Annotated[
        Annotated[tuple[Number, ...], Meta(min_length=1, max_length=NUMBERED_LIMIT)] | None,
        Meta(description="The numbers of the pieces, where the lot is numbered."),
    ] = None
    unit_range: Annotated[
        UnitRange | None, Meta(description="The numbers as a range, instead of `units`.")
    ] = None

    def numbers(self, field: str = "") -> tuple[int, ...]:
        """The numbers that are named; refuses what is not clear. ``field`` is where this is."""
        named = self.units or ()
        if self.unit_range is not None:
            if named:
                raise MalformedRequest(f"{field}units", "give either units or unit_range")
            if self.unit_range.last < self.unit_range.first:
                raise MalformedRequest(f"{field}unit_range.last", "is below first; swap the two")
            named = tuple(range(self.unit_range.first, self.unit_range.last + 1))
        if named and self.lot is None:
            raise MalformedRequest(f"{field}lot", "name the lot that the numbers are of")
        if len(set(named)) < len(named):
            twice = next(each for each, count in Counter(named).items() if count > 1)
            raise MalformedRequest(f"{field}units", f"names {twice} twice; name each once")
        return named


class ReceiveLineBody(_NumberedBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some of one SKU that came in: give ``quantity``, or the numbers."""

    sku: Sku
    quantity: Annotated[
        Quantity | None, Meta(description="May be left out where numbers are given.")
    ] = None

    def line(self, field: str) -> Line:
        """As the operation takes it; ``field`` is where this is."""
        numbers = self.numbers(field)
        quantity = self.quantity or len(numbers)
        if not quantity:
            raise MalformedRequest(f"{field}quantity", "give a quantity, or numbers")
        if numbers and quantity != len(numbers):
            problem = f"is {quantity}, but {len(numbers)} numbers are given; leave it out"
            raise MalformedRequest(f"{field}quantity", problem)
        return Line(self.sku, quantity, self.lot, numbers)


class ReceiveBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pieces that came in."""

    location: Handle
    lines: Annotated[list[ReceiveLineBody], Meta(min_length=1, max_length=LINES_LIMIT)]
    reference: Annotated[str, Meta(max_length=200, pattern=f"^$|{PRINTED}")] | None = None
    condition: Annotated[
        Condition, Meta(description="The condition in which they came; only `sellable` is sold.")
    ] = "sellable"


class AdjustBody(_NumberedBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A correction: give ``delta`` or ``counted``, not both; of one ``lot`` and ``condition`` where
    the stock lies in several. Numbers are those that are there from now on, or no more."""

    sku: Sku
    location: Handle
    reason: Reason
    delta: Annotated[int, Meta(ge=-QUANTITY_LIMIT, le=QUANTITY_LIMIT)] | None = None
    counted: Annotated[int, Meta(ge=0, le=QUANTITY_LIMIT)] | None = None
    expected_version: Annotated[int, Meta(ge=0)] | None = None
    condition: Annotated[
        Condition | None, Meta(description="The condition of the pieces, else `sellable`.")
    ] = None


async def post_adjustment(call: Call) -> list[Stock]:
    body: AdjustBody = call.body
    if (body.delta is None) == (body.counted is None):
        raise MalformedRequest(field="delta", problem="give either delta or counted")
    adjustment = Adjust(
        sku=body.sku,
        location=body.location,
        delta=body.delta,
        counted=body.counted,
        expected_version=body.expected_version,
        lot=body.lot or "",
        condition=body.condition or SELLABLE,
        units=body.numbers(),
        whole=body.counted is not None and body.lot is None and body.condition is None,
    )
    return await receiving.adjust_stock(
        context=call.context, adjustments=[adjustment], reason=body.reason
    )


async def post_receipt(call: Call) -> list[Stock]:
    body: ReceiveBody = call.body
    lines = receive_lines_of(body.lines)
    return await receiving.receive_stock(
        context=call.context,
        location=body.location,
        lines=lines,
        reference=body.reference,
        condition=body.condition,
    )


def receive_lines_of(bodies: Sequence[ReceiveLineBody]) -> list[Line]:
    """The lines that a body gives; refuses what is not clear, and too many numbers at once."""
    lines = [each.line(f"lines[{index}].") for index, each in enumerate(bodies)]
    if sum(len(each.units) for each in lines) > NUMBERED_LIMIT:
        problem = f"name more than {NUMBERED_LIMIT} numbers; send them in several requests"
        raise MalformedRequest(field="lines", problem=problem)
    return lines


def _adjusted(rows: Sequence[Stock]) -> Answer:
    return Answer(200, stock_answer(rows[0]))


def _received(rows: Sequence[Stock]) -> Answer:
    return Answer(200, StocksAnswer([stock_answer(row) for row in rows]))


_OF_PIECES = (*OF_STOCK, LotNotFound, LotNotNumbered, UnitsMustBeNamed, UnitNotFree)

ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/inventory/adjust",
        handler=post_adjustment,
        present=_adjusted,
        permission="inventory:write",
        summary="Correct what is on hand, by a delta or to a count",
        body=AdjustBody,
        answers={200: StockAnswer},
        refusals=_OF_PIECES,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/inventory/receive",
        handler=post_receipt,
        present=_received,
        permission="inventory:write",
        summary="Take pieces in at a location",
        body=ReceiveBody,
        answers={200: StocksAnswer},
        refusals=_OF_PIECES,
    ),
]
