"""Sales that channels have reported and that could not be booked: more was sold than there is, or
their number is that of another sale."""

import msgspec

from rackhouse.orders import (
    ReportedOtherwise,
    UncoveredSale,
    UncoveredSalePlace,
    sale_events,
    uncovered_sale,
    uncovered_sales,
)
from rackhouse.platform.context import Context
from rackhouse.reconciliation.corrections import CoverSale
from rackhouse.reconciliation.events import Evidence
from rackhouse.reconciliation.rules import Case, Sighting

__all__ = ["NOT_COVERED", "still_uncovered", "uncovered_page"]

NOT_COVERED = "sale_not_covered"
SALES_LIMIT = 100


async def uncovered_page(context: Context, place: str | None) -> tuple[list[Sighting], str | None]:
    """What is to be seen of the next of these sales after a place, and where they end; None at the
    end of all."""
    after = None if place is None else msgspec.json.decode(place, type=UncoveredSalePlace)
    sales = await uncovered_sales(context=context, channel=None, after=after, limit=SALES_LIMIT)
    sightings = [await _sighting(context, sale) for sale in sales]
    if len(sales) < SALES_LIMIT:
        return sightings, None
    end = UncoveredSalePlace(sales[-1].reported_at, sales[-1].id)
    return sightings, msgspec.json.encode(end).decode()


async def still_uncovered(context: Context, case: Case) -> list[Sighting]:
    """The same case again, unless its sale is settled."""
    assert case.channel is not None and case.order_id is not None
    sale = await uncovered_sale(context=context, channel=case.channel, sale_id=case.order_id)
    return [await _sighting(context, sale)] if sale.status == "open" else []


async def _sighting(context: Context, sale: UncoveredSale) -> Sighting:
    sold: dict[str, int] = {}
    there: dict[str, int] = {}
    for each in sale.missing:
        sold[each.sku] = sold.get(each.sku, 0) + each.asked
        there[each.sku] = each.available
    if not sale.missing:
        for line in sale.lines:
            sold[line.sku] = sold.get(line.sku, 0) + line.quantity
    return Sighting(
        kind=NOT_COVERED,
        finding=_finding(sale, sold),
        proposal=CoverSale(sale.channel, sale.id),
        channel=sale.channel,
        order_id=sale.id,
        expected=there,
        found=sold,
        evidence=await _evidence(context, sale.id),
    )


def _finding(sale: UncoveredSale, sold: dict[str, int]) -> str:
    what = ", ".join(f"{count} of {sku}" for sku, count in sold.items())
    if sale.why == ReportedOtherwise.type_name():
        return (
            f"{sale.channel} sold {what} under a number that another sale has; booked as well, it "
            f"is {sale.external_id}"
        )
    return f"{sale.channel} sold {what} as {sale.external_id}, more than there was"


async def _evidence(context: Context, sale_id: str) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            log="orders",
            stream=event.stream,
            version=event.version,
            position=event.position.position,
            type=event.type,
            actor=event.actor,
            channel=event.channel,
            recorded_at=event.recorded_at,
            facts=event.facts(),
        )
        for event in await sale_events(context=context, sale_id=sale_id)
    )
