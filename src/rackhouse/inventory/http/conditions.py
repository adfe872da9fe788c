"""The condition of pieces over HTTP: damaged, in quality control, in quarantine, sellable."""

from typing import Annotated

from msgspec import Meta

from rackhouse.catalog import SkuUnknown
from rackhouse.inventory.errors import (
    BundleHasNoStock,
    LocationNotFound,
    LotNotFound,
    NotEnoughFree,
    StockVersionStale,
    UnitNotFree,
)
from rackhouse.inventory.events import Condition
from rackhouse.inventory.http.receiving import ReceiveLineBody
from rackhouse.inventory.http.shapes import Handle, Reason
from rackhouse.inventory.http.stock import StockAnswer, stock_answer
from rackhouse.inventory.receiving import change_condition
from rackhouse.inventory.rules import Pieces, Stock
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.http import Answer, Call, Endpoint

__all__ = ["ENDPOINTS"]


class ConditionBody(ReceiveLineBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Free pieces that are in another condition than was thought."""

    location: Handle
    before: Annotated[Condition, Meta(description="The condition that they are in.")] = "sellable"
    after: Annotated[Condition, Meta(description="The condition that they are in from now on.")]
    allotment: Annotated[
        Handle | None, Meta(description="The channel whose allotment they are taken from.")
    ] = None
    reason: Reason
    expected_version: Annotated[int, Meta(ge=0)] | None = None


async def post_condition(call: Call) -> Stock:
    body: ConditionBody = call.body
    if body.before == body.after:
        raise MalformedRequest(field="after", problem="they are in this condition already")
    line = body.line("")
    pieces = Pieces(
        sku=line.sku,
        location=body.location,
        quantity=line.quantity,
        lot=line.lot or "",
        allotment=body.allotment or "",
        condition=body.before,
        units=line.units,
    )
    return await change_condition(
        context=call.context,
        pieces=pieces,
        after=body.after,
        reason=body.reason,
        expected_version=body.expected_version,
    )


def _changed(stock: Stock) -> Answer:
    return Answer(200, stock_answer(stock))


ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/api/v1/inventory/conditions",
        handler=post_condition,
        present=_changed,
        permission="inventory:write",
        summary="Say that pieces are damaged, in quality control, in quarantine, or sellable",
        body=ConditionBody,
        answers={200: StockAnswer},
        refusals=(
            SkuUnknown,
            BundleHasNoStock,
            LocationNotFound,
            NotEnoughFree,
            LotNotFound,
            UnitNotFree,
            StockVersionStale,
        ),
    ),
]
