"""What several endpoints take."""

import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from rackhouse.inventory.choosing_sources import SourcingWish
from rackhouse.inventory.rules import Line
from rackhouse.inventory.sourcing import Place, Strategy
from rackhouse.platform.errors import MalformedRequest

__all__ = [
    "LINES_LIMIT",
    "PRINTED",
    "QUANTITY_LIMIT",
    "UNITS_LIMIT",
    "Handle",
    "HoldLineBody",
    "HoldLines",
    "LineBody",
    "Lines",
    "Lot",
    "Number",
    "Preorder",
    "Quantity",
    "Reason",
    "Sku",
    "SourcingBody",
    "Time",
    "hold_lines_of",
    "lines_of",
]

LINES_LIMIT = 100
QUANTITY_LIMIT = 1_000_000_000
UNITS_LIMIT = 1000

PRINTED = "^[^\\x00-\\x1f\\x7f]+$"

Sku = Annotated[str, Meta(min_length=1, max_length=64, pattern=PRINTED, description="The SKU.")]
Quantity = Annotated[int, Meta(ge=1, le=QUANTITY_LIMIT, description="How many pieces.")]
Preorder = Annotated[
    Literal["never", "allow"],
    Meta(description="Whether to take from what has been promised where stock does not suffice."),
]
Lot = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="The lot: letters, digits, `.`, `_` and `-`; a letter or digit first.",
    ),
]
Number = Annotated[int, Meta(ge=1, le=1_000_000, description="The number of a unit.")]
Handle = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[a-z0-9][a-z0-9._-]*$")]
Reason = Annotated[
    str,
    Meta(min_length=1, max_length=200, pattern=PRINTED, description="Why, in a few words."),
]


Time = Annotated[datetime.datetime, Meta(tz=True)]


class LineBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some of one SKU."""

    sku: Sku
    quantity: Quantity


Lines = Annotated[list[LineBody], Meta(min_length=1, max_length=LINES_LIMIT)]


class HoldLineBody(LineBody, frozen=True, forbid_unknown_fields=True):
    """Some of one SKU; of one lot, as certain numbers of it, or picked in an order."""

    lot: Annotated[Lot | None, Meta(description="Only of this lot.")] = None
    units: Annotated[
        tuple[Number, ...],
        Meta(max_length=UNITS_LIMIT, description="These numbers of the lot, as many as pieces."),
    ] = ()
    picking: Annotated[
        Literal["first_expired", "first_in"] | None,
        Meta(description="Which lots first; `first_expired` if nothing is said."),
    ] = None


HoldLines = Annotated[list[HoldLineBody], Meta(min_length=1, max_length=LINES_LIMIT)]


class SourcingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which locations serve; what is left open is as the channel's terms say."""

    strategy: Annotated[
        Strategy | None,
        Meta(
            description="`channel_order`: the channel's locations in order. `nearest`: by distance "
            "to the destination. `fewest_parcels`: as few locations as possible. `spread`: from "
            "where most is left."
        ),
    ] = None
    split: Annotated[
        bool | None, Meta(description="Whether several locations may serve together.")
    ] = None
    split_lines: Annotated[
        bool, Meta(description="Whether several locations may serve one line together.")
    ] = True
    destination: Annotated[Place | None, Meta(description="Where the goods go to.")] = None

    def wish(self) -> SourcingWish:
        """As the operation takes it; refuses `nearest` without a destination."""
        if self.strategy == "nearest" and self.destination is None:
            raise MalformedRequest(
                field="sourcing.destination", problem="say where to, for the nearest locations"
            )
        return SourcingWish(
            strategy=self.strategy,
            split=self.split,
            split_lines=self.split_lines,
            destination=self.destination,
        )


def hold_lines_of(lines: list[HoldLineBody]) -> list[Line]:
    """The lines that a body gives; refuses numbers that do not fit the lot and the quantity."""
    for index, line in enumerate(lines):
        if not line.units:
            continue
        if line.lot is None:
            problem = "name the lot that the numbers are of"
            raise MalformedRequest(field=f"lines[{index}].lot", problem=problem)
        if len(set(line.units)) != line.quantity:
            problem = f"name {line.quantity} different numbers, as many as the quantity"
            raise MalformedRequest(field=f"lines[{index}].units", problem=problem)
    return [Line(x.sku, x.quantity, x.lot, x.units, x.picking) for x in lines]


def lines_of(lines: list[LineBody]) -> list[Line]:
    """The lines that a body gives."""
    return [Line(line.sku, line.quantity) for line in lines]
