"""Sales that a channel reports afterwards, such as those of a till that was offline.

Each has the channel's own number, and may come in any order and as often as the line makes it: the
number decides which hold stands for it, so that it is booked once. What was sold has left, so it
is booked wherever there is stock for it; what can not be booked is recorded for a person to see.
"""

import asyncio
import datetime
from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.channels import locations_assigned_to
from rackhouse.inventory import (
    Hold,
    SoldGoods,
    book_sales,
    holds_of,
    must_be_own_channel,
    top_up_after_sales,
)
from rackhouse.orders import judging, store
from rackhouse.orders.errors import SaleIsSettled
from rackhouse.orders.events import SaleNotCovered
from rackhouse.orders.judging import ReportedSale, SaleOutcome
from rackhouse.orders.lane import OrderLane
from rackhouse.orders.placing import OrderMemo, order_lines, order_of_hold
from rackhouse.orders.rules import Order, UncoveredSale
from rackhouse.orders.stock import stock_context
from rackhouse.orders.uncovered import NotCovered, note_what_is_covered, uncovered_sale_of
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Busy, Refusal
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.ids import derived_id
from rackhouse.platform.store import server_time

__all__ = ["cover_sale", "remembered", "report_sales", "sale_id_of"]


@operation("orders:write")
async def report_sales(
    *, context: Context, channel: str, sales: Sequence[ReportedSale]
) -> list[SaleOutcome]:
    """Take over sales that a channel has made on its own, in any order; each is answered on its
    own, in the order given. Reporting again what was reported is always safe.

    They are booked on the channel's allotment first, then on the pool of the locations that it
    sells from, also on what is kept back. Refuses with `OtherChannel` and `ChannelNotFound`.
    """
    must_be_own_channel(context, channel)
    await locations_assigned_to(house=context.house, channel=channel)
    await context.house.the(OrderLane).raise_if_answered(context.idempotency)
    report = _Report(context, channel, sales)
    await report.look_up()
    await report.book()
    await report.write_orders()
    return await report.finish()


@operation("orders:write")
async def cover_sale(*, context: Context, channel: str, sale_id: str) -> SaleOutcome:
    """Try again to book a sale that could not be booked, now that there may be stock for it.

    Refuses with `UncoveredSaleNotFound`, `SaleIsSettled`, `OtherChannel`, `ChannelNotFound`.
    """
    must_be_own_channel(context, channel)
    await context.house.the(OrderLane).raise_if_answered(context.idempotency)
    sale = await uncovered_sale_of(context, channel, sale_id)
    if sale.status != "open":
        raise SaleIsSettled(channel=channel, external_id=sale.external_id, sale_status=sale.status)
    again = ReportedSale(
        external_id=sale.external_id,
        sold_at=sale.sold_at,
        lines=sale.lines,
        customer_id=sale.customer_id,
    )
    plain = msgspec.structs.replace(context, idempotency=None)
    (outcome,) = await report_sales(context=plain, channel=channel, sales=[again])
    await remembered(context, outcome)
    return outcome


async def remembered(context: Context, outcome: object) -> None:
    """Keep the answer to a request whose parts have been carried out already."""
    if context.idempotency is None:
        return
    async with context.house.database("orders").transaction() as tx:
        await claim(tx, context.idempotency)
        now = await server_time(tx)
        await remember_answer(tx, context.idempotency, outcome, answered_at=now)


def sale_id_of(channel: str, external_id: str) -> str:
    """The id of the order, and of its hold, that a sale of a channel becomes."""
    return derived_id("order", channel, external_id)


class _Report:
    """One report while it is worked through: what is known of its sales, then the stock, then the
    orders, then what is left to tell."""

    def __init__(self, context: Context, channel: str, sales: Sequence[ReportedSale]) -> None:
        own = context.caller.customer_id
        self._context = context
        self._channel = channel
        self._sales = [
            msgspec.structs.replace(sale, customer_id=own or sale.customer_id) for sale in sales
        ]
        self._ids = [sale_id_of(channel, sale.external_id) for sale in sales]
        self._first = judging.first_of_each([sale.external_id for sale in sales])
        self._outcomes: dict[int, SaleOutcome] = {}
        self._holds: dict[int, Hold] = {}
        self._not_covered: list[NotCovered] = []
        self._uncovered: Mapping[str, UncoveredSale] = {}
        self._busy: Busy | None = None

    async def look_up(self) -> None:
        """Answer what is known already, and what can not be meant."""
        ids = list(dict.fromkeys(self._ids))
        holds = await holds_of(context=stock_context(self._context), hold_ids=ids)
        async with self._context.house.database("orders").reading() as tx:
            found = await store.orders_sold_as(tx, channel=self._channel, external_ids=self._first)
            uncovered = await store.uncovered_sales(tx, ids)
        orders = {order.external_id: order for order in found}
        self._uncovered = {sale.id: sale for sale in uncovered}
        now = datetime.datetime.now(datetime.UTC)
        for external_id, index in self._first.items():
            hold, order = holds.get(self._ids[index]), orders.get(external_id)
            answer = self._known(index, hold, order, now)
            if answer is not None:
                self._outcomes[index] = answer
            if hold is not None and order is None:
                self._holds[index] = hold

    async def book(self) -> None:
        """Book on the stock what has no answer yet."""
        goods: dict[int, SoldGoods] = {}
        for index in self._first.values():
            if index not in self._outcomes:
                try:
                    goods[index] = await self._goods(index)
                except Refusal as refusal:
                    self._refuse(index, refusal)
        if not goods:
            return
        outcomes = await book_sales(
            context=stock_context(self._context),
            channel=self._channel,
            sales=list(goods.values()),
        )
        for index, outcome in zip(goods, outcomes, strict=True):
            sale = self._sales[index]
            if isinstance(outcome, Refusal):
                self._refuse(index, outcome)
                continue
            self._holds[index] = outcome.hold
            self._outcomes[index] = (
                judging.of_hold(self._channel, sale, outcome.hold)
                if outcome.before
                else SaleOutcome(
                    external_id=sale.external_id, status="recorded", order_id=outcome.hold.id
                )
            )

    async def write_orders(self) -> None:
        """Write down the orders of what was booked, also of what a crash kept from being so."""
        lane = self._context.house.the(OrderLane)
        plain = msgspec.structs.replace(self._context, idempotency=None)

        async def write(hold: Hold) -> Order:
            return await lane.submit(await order_of_hold(plain, hold))

        written = await asyncio.gather(*map(write, self._holds.values()), return_exceptions=True)
        for outcome in written:
            if isinstance(outcome, Busy):
                self._busy = outcome
            elif isinstance(outcome, BaseException):
                raise outcome

    async def finish(self) -> list[SaleOutcome]:
        """Record what is not covered and what has become so, let allotments be filled up, and
        answer; refuses as busy what could not be carried out to its end."""
        booked = {
            self._ids[index]
            for index, told in self._outcomes.items()
            if told.status in ("recorded", "repeated")
        }
        covered = [x.id for x in self._uncovered.values() if x.status == "open" and x.id in booked]
        answers = [self._answer(index) for index in range(len(self._sales)) if not self._busy]
        not_covered = [*self._not_covered, *self._conflicting(answers)]
        if not_covered or covered:
            async with self._context.house.database("orders").transaction() as tx:
                await note_what_is_covered(
                    tx, self._context, not_covered=not_covered, covered=covered
                )
        await self._top_up()
        if self._busy is not None:
            raise self._busy
        await remembered(self._context, answers)
        return answers

    def _known(
        self, index: int, hold: Hold | None, order: Order | None, now: datetime.datetime
    ) -> SaleOutcome | None:
        sale = self._sales[index]
        if hold is not None:
            return judging.of_hold(self._channel, sale, hold)
        if order is not None:
            return judging.of_order(self._channel, sale, order)
        known = self._uncovered.get(self._ids[index])
        if known is not None:
            return judging.of_uncovered(self._channel, sale, known)
        refusal = judging.too_far_ahead(f"sales[{index}].sold_at", sale.sold_at, now)
        if refusal is None:
            return None
        return SaleOutcome(external_id=sale.external_id, status="refused", refusal=refusal)

    async def _goods(self, index: int) -> SoldGoods:
        sale, id_ = self._sales[index], self._ids[index]
        lines = await order_lines(self._context, self._channel, sale.lines, as_of=sale.sold_at)
        memo = OrderMemo(id_, sale.external_id, lines, True, sale.sold_at)
        return SoldGoods(
            hold_id=id_,
            lines=sale.lines,
            customer_id=sale.customer_id,
            memo=msgspec.Raw(msgspec.json.encode(memo)),
        )

    def _refuse(self, index: int, refusal: Refusal) -> None:
        if isinstance(refusal, Busy):
            self._busy = refusal
            return
        sale = self._sales[index]
        told = self._outcomes[index] = judging.of_refusal(sale, refusal)
        event = SaleNotCovered(
            self._channel,
            sale.external_id,
            sale.lines,
            told.missing,
            refusal.type_name(),
            sale.sold_at,
        )
        self._not_covered.append(NotCovered(self._ids[index], sale.customer_id, event))

    def _conflicting(self, answers: Sequence[SaleOutcome]) -> list[NotCovered]:
        """Sales whose number another sale has: a person decides whether they were sold, too."""
        found = []
        for sale, told in zip(self._sales, answers, strict=False):
            if told.status != "conflicting" or told.refusal is None:
                continue
            number = judging.number_of_its_own(sale)
            event = SaleNotCovered(
                self._channel, number, sale.lines, (), told.refusal.type_name(), sale.sold_at
            )
            sale_id = sale_id_of(self._channel, number)
            found.append(NotCovered(sale_id, sale.customer_id, event))
        return found

    def _answer(self, index: int) -> SaleOutcome:
        sale = self._sales[index]
        first = self._first[sale.external_id]
        told = self._outcomes[first]
        if index == first:
            return told
        return judging.of_copy(self._channel, sale, self._sales[first], told)

    async def _top_up(self) -> None:
        sold = {each.sku for hold in self._holds.values() for each in hold.allocations}
        if sold:
            await top_up_after_sales(
                house=self._context.house, channel=self._channel, skus=sorted(sold)
            )
