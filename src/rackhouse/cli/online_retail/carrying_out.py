"""Carrying the story out, through the operations that the API offers, many invoices at a time."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from rackhouse.cli.online_retail.opening import LOCATIONS
from rackhouse.cli.online_retail.report import Counts
from rackhouse.cli.online_retail.story import (
    Found,
    GoodsBack,
    Return,
    Sale,
    Step,
    Story,
    WrittenOff,
)
from rackhouse.inventory import (
    Adjust,
    Line,
    NotEnoughStock,
    adjust_stock,
    availability,
    receive_stock,
)
from rackhouse.orders import (
    Order,
    OrderPlace,
    Pieces,
    confirm_order,
    order_page,
    place_order,
    return_order,
    ship_order,
)
from rackhouse.platform.context import Context
from rackhouse.platform.errors import Busy, Conflict, Refusal
from rackhouse.platform.idempotency import AnsweredBefore, IdempotencyKey, Rendered

__all__ = ["Replay"]

# How often an order is cut to what is left, while others take from that too.
ATTEMPTS = 10
BUSY_ATTEMPTS = 60
BUSY_PAUSE_SECONDS = 0.5
PAGE_LIMIT = 1000
REASON = "online retail"
DONE, REFUSED = 0, 1

Result = TypeVar("Result")


@dataclass(eq=False)
class RefusedBefore(Conflict):
    """An earlier replay was refused this: {reason}"""

    reason: str


class Replay:
    """One replay. A step that was carried out before is known by its invoice number, for sales
    for ever, for all else by an idempotency key."""

    def __init__(
        self, context: Context, *, file_digest: str, progress: Callable[[int], None]
    ) -> None:
        self.counts = Counts()
        self._context = context
        self._file_digest = file_digest
        self._progress = progress
        self._orders: dict[str, Order] = {}
        self._done: dict[Sale, asyncio.Event] = {}
        self._left: dict[Sale, Counter[str]] = {}

    async def carry_out(self, story: Story, *, in_flight: int) -> None:
        """Begin the steps in the order of the file, ``in_flight`` at most at a time. Goods come
        back after they were sold."""
        self._done = {step: asyncio.Event() for step in story.steps if isinstance(step, Sale)}
        for channel in sorted({sale.channel for sale in self._done}):
            await self._learn_orders(channel)
        steps = enumerate(story.steps)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(in_flight):
                tasks.create_task(self._work(steps))

    async def _work(self, steps: Iterator[tuple[int, Step]]) -> None:
        for number, step in steps:
            match step:
                case Sale():
                    await self._sell(step)
                    self._done[step].set()
                case GoodsBack():
                    await self._take_back(step)
                case Found():
                    await self._receive(number, step.sku, step.quantity, step.invoice)
                    self.counts.lines_found += 1
                case WrittenOff():
                    await self._write_off(number, step)
            self._progress(self.counts.lines())

    async def _sell(self, sale: Sale) -> None:
        order = self._orders.get(sale.invoice)
        if order is None:
            order = await self._place(sale)
        else:
            self.counts.orders_known += 1
        if order is not None and order.status == "pending":
            order = await self._do(confirm_order, context=self._context, order_id=order.id)
        if order is not None and order.status == "confirmed":
            order = await self._do(ship_order, context=self._context, order_id=order.id, lines=None)
        self._account(sale, order)

    async def _place(self, sale: Sale) -> Order | None:
        """Order what is wanted; of what is short, as much as there is; None for nothing at all."""
        wanted = dict(sale.wanted)
        for _ in range(ATTEMPTS):
            try:
                return await self._do(
                    place_order,
                    context=self._context,
                    channel=sale.channel,
                    lines=[Line(sku, quantity) for sku, quantity in wanted.items()],
                    hold_id=None,
                    customer_id=sale.customer_id,
                    external_id=sale.invoice,
                    ttl_seconds=None,
                    # People with an account order first and get it sent; others take it along.
                    complete="reserve" if sale.customer_id else "hand_over",
                )
            except NotEnoughStock as refusal:
                for short in refusal.lines:
                    wanted[short.sku] = min(wanted[short.sku], short.available)
                wanted = {sku: quantity for sku, quantity in wanted.items() if quantity > 0}
                if not wanted:
                    break
        return None

    def _account(self, sale: Sale, order: Order | None) -> None:
        counts = self.counts
        got = Counter({line.sku: line.quantity for line in order.lines} if order else {})
        if order is not None:
            self._orders[sale.invoice] = order
        for sku, lines in sale.lines.items():
            if got[sku] == sale.wanted[sku]:
                counts.lines_sold += lines
            elif got[sku]:
                counts.lines_short += lines
            else:
                counts.lines_refused += lines
        sold, wanted = got.total(), sum(sale.wanted.values())
        counts.pieces_sold += sold
        counts.pieces_short += wanted - sold
        counts.orders += order is not None
        counts.orders_refused += order is None
        counts.orders_shortened += 0 < sold < wanted
        self._left[sale] = got

    async def _take_back(self, note: GoodsBack) -> None:
        """Return each line to the orders that it came from, and receive what came from none."""
        for sale in {sale for line in note.returns for sale, _ in line.sales}:
            await self._done[sale].wait()
        by_sale: dict[Sale, Counter[str]] = {}
        unmatched: list[tuple[int, Return, int]] = []
        for index, line in enumerate(note.returns):
            returned = 0
            for sale, quantity in line.sales:
                part = min(quantity, self._left[sale][line.sku])
                self._left[sale][line.sku] -= part
                by_sale.setdefault(sale, Counter())[line.sku] += part
                returned += part
            unknown = line.quantity - sum(quantity for _, quantity in line.sales)
            if unknown:
                unmatched.append((index, line, unknown))
            self._account_return(line, returned, unknown)
        for sale, back in by_sale.items():
            await self._return_to(note, sale, +back)
        for index, line, unknown in unmatched:
            await self._receive(index, line.sku, unknown, note.invoice)
        self.counts.credit_notes += 1

    def _account_return(self, line: Return, returned: int, unknown: int) -> None:
        counts = self.counts
        counts.pieces_returned += returned + unknown
        if unknown == line.quantity:
            counts.lines_returned_unmatched += 1
        elif returned == line.quantity:
            counts.lines_returned += 1
        elif returned + unknown:
            counts.lines_returned_in_part += 1
        else:
            counts.lines_returned_unsold += 1

    async def _return_to(self, note: GoodsBack, sale: Sale, back: Counter[str]) -> None:
        if not back:
            return
        await self._once(
            return_order,
            f"{note.invoice} to {sale.invoice}",
            order_id=self._orders[sale.invoice].id,
            lines=[Pieces(sku, quantity) for sku, quantity in back.items()],
            reason=f"{REASON}: {note.invoice}",
        )

    async def _receive(self, number: int, sku: str, quantity: int, invoice: str) -> None:
        await self._once(
            receive_stock,
            f"{invoice} receives {number}",
            location=LOCATIONS[0],
            lines=[Line(sku, quantity)],
            reference=f"{REASON}: {invoice}",
        )

    async def _write_off(self, number: int, step: WrittenOff) -> None:
        """Correct the figures where pieces are missing: of what is free, as many as the line
        says."""
        for attempt in range(ATTEMPTS):
            adjustments = await self._free_pieces(step)
            if not adjustments:
                break
            try:
                await self._once(
                    adjust_stock,
                    f"{step.invoice} corrects {number}, attempt {attempt}",
                    adjustments=adjustments,
                    reason=f"{REASON}: {step.invoice}",
                )
            except Conflict:  # somebody bought them meanwhile
                continue
            if -sum(each.delta or 0 for each in adjustments) == step.quantity:
                self.counts.lines_written_off += 1
            else:
                self.counts.lines_written_off_in_part += 1
            return
        self.counts.lines_written_off_refused += 1

    async def _free_pieces(self, step: WrittenOff) -> list[Adjust]:
        found = await availability(context=self._context, id=step.sku)
        adjustments, missing = [], step.quantity
        for place in (place for each in found.skus for place in each.locations):
            part = min(missing, place.available)
            if part > 0:
                adjustments.append(Adjust(sku=step.sku, location=place.location, delta=-part))
                missing -= part
        return adjustments

    async def _learn_orders(self, channel: str) -> None:
        """What an earlier replay, or one that was cut short, has sold already."""
        before = None
        while True:
            page = await order_page(
                context=self._context,
                before=before,
                channel=channel,
                customer_id=None,
                external_id=None,
                status=None,
                limit=PAGE_LIMIT,
            )
            for order in page:
                if order.external_id is not None:
                    self._orders[order.external_id] = order
            if len(page) < PAGE_LIMIT:
                return
            before = OrderPlace(page[-1].placed_at, page[-1].id)

    async def _once(
        self, operation: Callable[..., Awaitable[object]], step: str, **arguments: Any
    ) -> None:
        """Carry out a step that is not known by its invoice: under a key, so that it is not
        carried out again within the time for which keys are kept."""
        key = IdempotencyKey(
            caller=self._context.caller.subject,
            key=f"{self._file_digest} {step}",
            fingerprint=step,
            render=_rendered,
        )
        context = msgspec.structs.replace(self._context, idempotency=key)
        try:
            await self._do(operation, context=context, **arguments)
        except AnsweredBefore as before:
            if before.answer.status == REFUSED:
                raise RefusedBefore(reason=before.answer.body) from None

    async def _do(self, operation: Callable[..., Awaitable[Result]], **arguments: Any) -> Result:
        """Carry out an operation; when the house is busy, a little later."""
        self.counts.operations += 1
        for _ in range(BUSY_ATTEMPTS):
            try:
                return await operation(**arguments)
            except Busy:
                await asyncio.sleep(BUSY_PAUSE_SECONDS)
        return await operation(**arguments)


def _rendered(outcome: object) -> Rendered:
    if isinstance(outcome, Refusal):
        return Rendered(REFUSED, str(outcome))
    return Rendered(DONE, "")
