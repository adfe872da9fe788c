"""What several endpoints take."""

from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.inventory.rules import Line

__all__ = [
    "LINES_LIMIT",
    "QUANTITY_LIMIT",
    "Handle",
    "LineBody",
    "Lines",
    "Quantity",
    "Reason",
    "Sku",
    "lines_of",
]

LINES_LIMIT = 100
QUANTITY_LIMIT = 1_000_000_000

Sku = Annotated[str, Meta(min_length=1, max_length=64, description="The SKU.")]
Quantity = Annotated[int, Meta(ge=1, le=QUANTITY_LIMIT, description="How many pieces.")]
Handle = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[a-z0-9][a-z0-9._-]*$")]
Reason = Annotated[str, Meta(min_length=1, max_length=200, description="Why, in a few words.")]


class LineBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some of one SKU."""

    sku: Sku
    quantity: Quantity


Lines = Annotated[list[LineBody], Meta(min_length=1, max_length=LINES_LIMIT)]


def lines_of(lines: list[LineBody]) -> list[Line]:
    """The lines that a body gives."""
    return [Line(line.sku, line.quantity) for line in lines]
