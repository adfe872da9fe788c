"""Returns that a channel reports afterwards: goods that it has taken back already.

Each has the channel's own number, under which the stock books it once. A return may be reported
before its sale is; it is to be reported again then.
"""

import asyncio
import datetime
from collections.abc import Sequence

import msgspec

from rackhouse.channels import locations_assigned_to
from rackhouse.inventory import (
    Booked,
    Hold,
    HoldNotFound,
    Line,
    LineNotInHold,
    ReturnCondition,
    ReturnedGoods,
    Shortage,
    book_returns,
    holds_of,
    must_be_own_channel,
)
from rackhouse.orders import judging, rules, store
from rackhouse.orders.errors import (
    OrderNotFound,
    ReportedOtherwise,
    SaleIsSettled,
    SaleNotReported,
)
from rackhouse.orders.lane import ChangeOrder, OrderLane
from rackhouse.orders.placing import order_of_hold
from rackhouse.orders.reporting import remembered, sale_id_of
from rackhouse.orders.rules import Order
from rackhouse.orders.stock import stock_context
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Busy, Refusal
from rackhouse.platform.ids import derived_id

__all__ = ["ReportedReturn", "ReturnOutcome", "report_returns"]


class ReportedReturn(msgspec.Struct, frozen=True, kw_only=True):
    """A return that has happened: the channel's own number of it, the number of the sale, what came
    back and when by the channel's own clock, in which condition, at which location if it is not
    the one that it was sold from."""

    external_id: str
    sale: str
    returned_at: datetime.datetime
    lines: tuple[Line, ...]
    reason: str = rules.RETURNED
    condition: ReturnCondition = "sellable"
    location: str | None = None

    @property
    def content(self) -> str:
        """What tells a repetition from something else under the same number."""
        return msgspec.json.encode(self).decode()


class ReturnOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a reported return.

    ``recorded`` now, ``repeated`` as it was before, ``conflicting`` with what was reported under
    its number before, ``waiting`` for its sale to be reported, ``exceeded`` what was sold and not
    returned yet (``missing`` says of what), or ``refused``.
    """

    external_id: str
    status: str
    order_id: str | None = None
    missing: tuple[Shortage, ...] = ()
    refusal: Refusal | None = None


@operation("orders:write")
async def report_returns(
    *, context: Context, channel: str, returns: Sequence[ReportedReturn]
) -> list[ReturnOutcome]:
    """Take over returns that a channel has accepted on its own, in any order; each is answered on
    its own, in the order given. Reporting again what was reported is always safe.

    Refuses with `OtherChannel` and `ChannelNotFound`.
    """
    must_be_own_channel(context, channel)
    await locations_assigned_to(house=context.house, channel=channel)
    await context.house.the(OrderLane).raise_if_answered(context.idempotency)
    report = _Report(context, channel, returns)
    await report.look_up()
    await report.book()
    await report.follow()
    return await report.finish()


class _Report:
    """One report while it is worked through: what is known of its sales, then the stock, then the
    orders."""

    def __init__(self, context: Context, channel: str, returns: Sequence[ReportedReturn]) -> None:
        self._context = context
        self._channel = channel
        self._returns = returns
        self._first = judging.first_of_each([each.external_id for each in returns])
        self._outcomes: dict[int, ReturnOutcome] = {}
        self._sold: dict[int, Hold] = {}
        self._booked: dict[int, Hold] = {}
        self._busy: Busy | None = None

    async def look_up(self) -> None:
        """Find the holds of the sales, and answer what has none or can not be meant."""
        sales = list(dict.fromkeys(each.sale for each in self._returns))
        ids = {sale: sale_id_of(self._channel, sale) for sale in sales}
        async with self._context.house.database("orders").reading() as tx:
            orders = await store.orders_sold_as(tx, channel=self._channel, external_ids=sales)
            dismissed = {
                each.external_id
                for each in await store.uncovered_sales(tx, ids.values())
                if each.status == "dismissed"
            }
        ids.update({str(order.external_id): order.hold_id for order in orders})
        holds = await holds_of(context=stock_context(self._context), hold_ids=list(ids.values()))
        now = datetime.datetime.now(datetime.UTC)
        for index in self._first.values():
            asked = self._returns[index]
            field = f"returns[{index}].returned_at"
            hold = holds.get(ids[asked.sale])
            ahead = judging.too_far_ahead(field, asked.returned_at, now)
            if ahead is not None:
                self._answer(index, "refused", ahead)
            elif hold is not None:
                self._sold[index] = hold
            elif asked.sale in dismissed:
                settled = SaleIsSettled(
                    channel=self._channel, external_id=asked.sale, sale_status="dismissed"
                )
                self._answer(index, "refused", settled)
            else:
                self._wait(index)

    async def book(self) -> None:
        """Book on the stock what has no answer yet."""
        if not self._sold:
            return
        outcomes = await book_returns(
            context=stock_context(self._context),
            channel=self._channel,
            returns=[self._goods(index, hold) for index, hold in self._sold.items()],
        )
        for index, outcome in zip(self._sold, outcomes, strict=True):
            if isinstance(outcome, Booked):
                self._book(index, outcome)
            elif isinstance(outcome, Busy):
                self._busy = outcome
            elif isinstance(outcome, HoldNotFound):
                self._wait(index)
            elif isinstance(outcome, LineNotInHold):
                missing = (Shortage(outcome.sku, outcome.asked, outcome.possible),)
                self._answer(index, "exceeded", outcome, missing)
            else:
                self._answer(index, "refused", outcome)

    async def follow(self) -> None:
        """Let the orders follow their holds."""
        followed = await asyncio.gather(
            *(self._followed(index, hold) for index, hold in self._booked.items()),
            return_exceptions=True,
        )
        for outcome in followed:
            if isinstance(outcome, Busy):
                self._busy = outcome
            elif isinstance(outcome, BaseException):
                raise outcome

    async def finish(self) -> list[ReturnOutcome]:
        """Answer; refuses as busy what could not be carried out to its end."""
        if self._busy is not None:
            raise self._busy
        answers = [self._told(index) for index in range(len(self._returns))]
        await remembered(self._context, answers)
        return answers

    def _goods(self, index: int, hold: Hold) -> ReturnedGoods:
        asked = self._returns[index]
        return ReturnedGoods(
            return_id=derived_id("return", self._channel, asked.external_id),
            hold_id=hold.id,
            lines=asked.lines,
            reason=asked.reason,
            content=asked.content,
            condition=asked.condition,
            location=asked.location,
            skus=tuple(dict.fromkeys(each.sku for each in hold.allocations)),
        )

    def _book(self, index: int, booked: Booked) -> None:
        if booked.before and booked.content != self._returns[index].content:
            self._conflict(index, "the return that was booked under it")
            return
        self._booked[index] = booked.hold
        self._outcomes[index] = ReturnOutcome(
            external_id=self._returns[index].external_id,
            status="repeated" if booked.before else "recorded",
            order_id=self._order_id(index),
        )

    async def _followed(self, index: int, hold: Hold) -> Order:
        """The order after a return, written down first where a crash kept it from being so."""
        lane = self._context.house.the(OrderLane)
        plain = msgspec.structs.replace(self._context, idempotency=None)
        reason = self._returns[index].reason
        change = ChangeOrder(
            context=plain,
            order_id=self._order_id(index),
            decide=lambda order: rules.follow(order, hold, returned_because=reason),
        )
        try:
            return await lane.submit(change)
        except OrderNotFound:
            return await lane.submit(await order_of_hold(plain, hold))

    def _order_id(self, index: int) -> str:
        """The order that stands behind a hold: of its own id, or else one that took it over."""
        hold = self._sold[index]
        return hold.id if hold.memo is not None else derived_id("order", hold.id)

    def _wait(self, index: int) -> None:
        sale = self._returns[index].sale
        self._answer(index, "waiting", SaleNotReported(channel=self._channel, external_id=sale))

    def _conflict(self, index: int, stands: str) -> None:
        external_id = self._returns[index].external_id
        refusal = ReportedOtherwise(channel=self._channel, external_id=external_id, stands=stands)
        self._answer(index, "conflicting", refusal)

    def _answer(
        self,
        index: int,
        status: str,
        refusal: Refusal,
        missing: tuple[Shortage, ...] = (),
    ) -> None:
        order_id = self._order_id(index) if index in self._sold else None
        self._outcomes[index] = ReturnOutcome(
            external_id=self._returns[index].external_id,
            status=status,
            order_id=order_id,
            missing=missing,
            refusal=refusal,
        )

    def _told(self, index: int) -> ReturnOutcome:
        """The answer to a return: its own, or as a copy within the same report."""
        asked = self._returns[index]
        first = self._first[asked.external_id]
        if index != first and self._returns[first] != asked:
            self._conflict(index, "the return before it in this report")
            return self._outcomes[index]
        told = self._outcomes[first]
        if index != first and told.status == "recorded":
            return msgspec.structs.replace(told, status="repeated")
        return told
