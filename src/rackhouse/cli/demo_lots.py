"""The lots of the demo house: batches with dates and flavors, and bottles that are numbered."""

import datetime
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from rackhouse.inventory import Line, LotExists, LotFacts, register_lot
from rackhouse.platform.context import Context

__all__ = ["LOTS", "DemoLot", "lines_of_lots", "register_lots"]

Numbers = tuple[int, ...]


class DemoLot(msgspec.Struct, frozen=True, kw_only=True):
    """A lot, and what of it lies where: so many pieces, or these numbers. ``release_in_days`` is
    counted from the day on which the demo is loaded."""

    sku: str
    lot: str
    facts: dict[str, Any]
    pieces: dict[str, int | Numbers]
    release_in_days: int | None = None


def _text(value: str) -> dict[str, Any]:
    return {"kind": "text", "value": value}


def _number(value: float, unit: str) -> dict[str, Any]:
    return {"kind": "number", "value": value, "unit": unit}


LOTS = (
    DemoLot(
        sku="FOUR-ROSES-SINGLE-BARREL-700",
        lot="BARREL-72-3A",
        facts={
            "made_on": datetime.date(2026, 2, 18),
            "numbered": 200,
            "flavor_profile": {"vanilla": 75, "plum": 60, "oak": 55, "rye spice": 50, "cocoa": 30},
            "attributes": {
                "barrel": _text("72-3A"),
                "warehouse_floor": _number(3, "floor"),
                "abv": _number(57.4, "% vol"),
                "filled_on": {"kind": "date", "value": "2016-05-09"},
                "chill_filtered": {"kind": "boolean", "value": False},
            },
        },
        pieces={
            "warehouse": tuple(range(1, 161)),
            "shop-berlin": tuple(range(161, 181)),
            "shop-paris": tuple(range(181, 201)),
        },
    ),
    DemoLot(
        sku="PORT-ELLEN-37-2016-700",
        lot="2016",
        facts={
            "numbered": 2940,
            "flavor_profile": ["waxed lemon", "driftwood smoke", "honeycomb"],
            "attributes": {"distilled": _text("1978"), "abv": _number(55.2, "% vol")},
        },
        pieces={"warehouse": (811, 812, 1204), "shop-paris": (2611,)},
    ),
    DemoLot(
        sku="ELIJAH-CRAIG-BARREL-PROOF-B517-750",
        lot="B517",
        facts={
            "made_on": datetime.date(2017, 5, 1),
            "flavor_profile": {"caramel": 80, "clove": 55, "roasted nuts": 50},
            "attributes": {"abv": _number(62.1, "% vol")},
        },
        pieces={"warehouse": 14, "shop-berlin": 2},
    ),
    DemoLot(
        sku="SPRINGBANK-10-700",
        lot="26-104",
        facts={
            "made_on": datetime.date(2026, 1, 20),
            "flavor_profile": {"pear": 60, "brine": 45, "smoke": 35, "malt": 50},
        },
        pieces={"warehouse": 18, "shop-berlin": 3},
    ),
    DemoLot(
        sku="SPRINGBANK-10-700",
        lot="26-231",
        facts={
            "made_on": datetime.date(2026, 6, 11),
            "flavor_profile": {"pear": 50, "brine": 55, "smoke": 45, "malt": 45},
        },
        pieces={"warehouse": 24},
        release_in_days=14,
    ),
)


async def register_lots(context: Context) -> None:
    """Make the demo's lots known, unless they are."""
    today = datetime.datetime.now(datetime.UTC).replace(hour=10, minute=0, second=0, microsecond=0)
    for each in LOTS:
        facts = LotFacts(**each.facts)
        if each.release_in_days is not None:
            release_at = today + datetime.timedelta(days=each.release_in_days)
            facts = msgspec.structs.replace(facts, release_at=release_at)
        with suppress(LotExists):
            await register_lot(context=context, sku=each.sku, lot=each.lot, facts=facts)


def lines_of_lots(sku: str, location: str) -> Iterator[Line]:
    """What there is of a SKU's lots at a location."""
    for each in LOTS:
        pieces = each.pieces.get(location) if each.sku == sku else None
        if isinstance(pieces, int):
            yield Line(sku, pieces, each.lot)
        elif pieces is not None:
            yield Line(sku, len(pieces), each.lot, pieces)
