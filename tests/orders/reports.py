"""Tills that report afterwards, for tests of orders."""

import datetime
import itertools
from collections.abc import Sequence
from typing import Any

from houses import Shop, context_of
from rackhouse.inventory import Line
from rackhouse.orders import (
    Order,
    ReportedReturn,
    ReportedSale,
    ReturnOutcome,
    SaleOutcome,
    UncoveredSale,
    report_returns,
    report_sales,
    uncovered_sales,
)
from rackhouse.orders.log import LOG
from rackhouse.platform.context import Context
from rackhouse.platform.house import House
from tills import downloaded

__all__ = ["MINUTE", "Till", "crashed", "events_of", "told"]

MORNING = datetime.datetime(2026, 5, 1, 9, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


class Till:
    """A till with its own numbers and its own clock."""

    def __init__(self, shop: Shop, channel: str) -> None:
        self.shop = shop
        self.channel = channel
        self.context = context_of(shop.house, channel=channel)
        self._numbers = itertools.count(1)

    def sale(self, quantity: int = 1, **said: Any) -> ReportedSale:
        """A receipt."""
        number = next(self._numbers)
        line = {key: said.pop(key) for key in ("lot", "units") if key in said}
        facts = {
            "external_id": f"{self.channel}-{number}",
            "sold_at": MORNING + number * MINUTE,
            "lines": (Line(said.pop("sku", self.shop.sku), quantity, **line),),
            **said,
        }
        return ReportedSale(**facts)

    def taken_back(self, sale: ReportedSale, quantity: int = 1, **said: Any) -> ReportedReturn:
        """A receipt of goods that came back."""
        facts = {
            "external_id": f"{sale.external_id}-back-{next(self._numbers)}",
            "sale": sale.external_id,
            "returned_at": sale.sold_at + MINUTE,
            "lines": (Line(sale.lines[0].sku, quantity),),
            **said,
        }
        return ReportedReturn(**facts)

    async def report(
        self, sales: Sequence[ReportedSale], context: Context | None = None
    ) -> list[SaleOutcome]:
        return await report_sales(
            context=context or self.context, channel=self.channel, sales=sales
        )

    async def report_back(self, returns: Sequence[ReportedReturn]) -> list[ReturnOutcome]:
        return await report_returns(context=self.context, channel=self.channel, returns=returns)

    async def one(self, sale: ReportedSale) -> SaleOutcome:
        (outcome,) = await self.report([sale])
        return outcome

    async def one_back(self, taken_back: ReportedReturn) -> ReturnOutcome:
        (outcome,) = await self.report_back([taken_back])
        return outcome

    async def free(self) -> int:
        """What is left of its allotment."""
        return sum(each.free for each in await downloaded(self.shop, self.channel))

    async def uncovered(self) -> list[UncoveredSale]:
        return await uncovered_sales(
            context=self.context, channel=self.channel, after=None, limit=50
        )


def told(outcomes: Sequence[SaleOutcome | ReturnOutcome]) -> list[str]:
    return [each.status for each in outcomes]


async def events_of(sale: SaleOutcome | UncoveredSale, house: House) -> list[tuple[str, dict]]:
    """What the log says of a sale that could not be booked."""
    id_ = sale.id if isinstance(sale, UncoveredSale) else sale.order_id
    async with house.database("orders").transaction() as tx:
        found = await LOG.read_streams(
            tx, streams=[f"sale:{id_}"], recorded_before=None, position_before=None, limit=9
        )
    return [(each.type, each.facts()) for each in reversed(found)]


async def crashed(*_: object) -> Order:
    """The end of the process between the commit of the stock and that of the orders."""
    raise ConnectionAbortedError
