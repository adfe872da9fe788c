"""The lane: every change to orders goes through here, decided in batches under row locks."""

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import msgspec

from rackhouse.orders import rules, store
from rackhouse.orders.errors import ExternalIdReused, HoldIsTaken, OrderNotFound
from rackhouse.orders.events import OrderEvent, OrderPlaced
from rackhouse.orders.log import LOG
from rackhouse.orders.rules import Order
from rackhouse.platform import idempotency
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.errors import Refusal
from rackhouse.platform.events import NewEvent
from rackhouse.platform.group_commit import GroupCommit
from rackhouse.platform.group_read import GroupRead
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import IdempotencyKey, Recalled, Rendered

__all__ = ["ChangeOrder", "OrderLane", "OrderState", "RecordOrder"]

RECALL_BATCH_LIMIT = 500


Sale: TypeAlias = tuple[str, str]
"""A channel and its own number of a sale."""


class OrderState(msgspec.Struct, frozen=True):
    """What is recorded beside each event of an order, or of a sale that is none yet."""

    order_id: str
    customer_id: str | None
    status: str
    skus: tuple[str, ...]


class RecordOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Write down an order whose stock is reserved; ``missed`` gives what has happened to the stock
    that the order, new or written down before, does not know yet."""

    context: Context
    order_id: str
    customer_id: str | None
    placed: OrderPlaced
    missed: Callable[[Order], Sequence[OrderEvent]]


class ChangeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Let something happen to an order: ``decide`` gives the events or refuses."""

    context: Context
    order_id: str
    decide: Callable[[Order], Sequence[OrderEvent]]


Command = RecordOrder | ChangeOrder


class OrderLane:
    """This process's one queue in front of the orders."""

    def __init__(self, house: House) -> None:
        self._database = house.database("orders")
        self._commits: GroupCommit[Command, Any] = GroupCommit(
            self._decide,
            batch_limit=house.settings.batch_limit,
            queue_limit=house.settings.queue_limit,
        )
        self._recalls: GroupRead[tuple[str, str], Recalled] = GroupRead(
            self._recall, batch_limit=RECALL_BATCH_LIMIT
        )
        self._sales: GroupRead[Sale, str] = GroupRead(
            self._sales_of, batch_limit=RECALL_BATCH_LIMIT
        )

    def submit(self, command: Command) -> "asyncio.Future[Order]":
        """To be awaited: a command is carried out, or its refusal raised."""
        return self._commits.submit(command, deadline=command.context.deadline)

    async def raise_if_answered(self, key: IdempotencyKey | None) -> None:
        """Raise the answer that a request got before."""
        if key is not None:
            known = await self._recalls.get(key.name)
            if known is not None:
                raise known.judge(key)

    @asynccontextmanager
    async def unless_answered(self, key: IdempotencyKey | None) -> AsyncIterator[None]:
        """A refusal inside counts only if the request did not get another answer before, when
        things stood otherwise. Most requests are new, so memory is asked only then."""
        try:
            yield
        except Refusal:
            await self.raise_if_answered(key)
            raise

    async def refuse_other_sale(self, channel: str, external_id: str, order_id: str) -> None:
        """Refuse with `ExternalIdReused` a number under which another order was reported."""
        known = await self._sales.get((channel, external_id))
        sales = {} if known is None else {(channel, external_id): known}
        _refuse_other_sale(sales, channel, external_id, order_id)

    async def close(self) -> None:
        """Answer what waits."""
        await self._commits.close()

    async def _sales_of(self, sales: Sequence[Sale]) -> Mapping[Sale, str]:
        async with self._database.reading() as tx:
            found = await store.send_sales(tx, sales)
        return dict(await found.all(_sale))

    async def _recall(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Recalled]:
        async with self._database.reading() as tx:
            return await idempotency.recalled(await idempotency.recall(tx, keys))

    async def _decide(self, commands: Sequence[Command]) -> Sequence[Any]:
        async with self._database.transaction() as tx:
            batch = await _Batch.load(tx, commands)
            outcomes = [batch.outcome_of(command) for command in commands]
            async with tx.pipeline(commit=True):
                await batch.write(tx)
        return outcomes


class _Batch:
    """One transaction: two round trips, one to lock and read, one to write and commit."""

    now: datetime.datetime
    _heads: dict[str, bytes]
    _sales: dict[Sale, str]

    def __init__(self, orders: Sequence[Order], recalled: dict[tuple[str, str], Recalled]) -> None:
        self._orders = {order.id: order for order in orders}
        self._by_hold = {order.hold_id: order for order in orders}
        self._recalled = recalled
        self._placed: dict[str, Order] = {}
        self._changed: dict[str, Order] = {}
        self._events: list[NewEvent] = []
        self._answers: list[tuple[IdempotencyKey, Rendered]] = []

    @staticmethod
    async def load(tx: Transaction, commands: Sequence[Command]) -> "_Batch":
        """Lock and read all that the commands need."""
        ids = [each.order_id for each in commands]
        changed = [each.order_id for each in commands if isinstance(each, ChangeOrder)]
        placed = [each.placed for each in commands if isinstance(each, RecordOrder)]
        hold_ids = [each.hold_id for each in placed]
        sales = [(each.channel, each.external_id) for each in placed if each.external_id]
        named = [each.context.idempotency for each in commands]
        keys = [key.name for key in named if key is not None]
        async with tx.pipeline():
            await store.take_turns(tx, ids)
            orders = await store.lock_orders(tx, ids, hold_ids)
            # An order that is to be recorded is new, but for a request that came twice.
            heads = await LOG.send_heads(tx, map(_stream, changed)) if changed else None
            time = await store.send_time(tx)
            recalled = await idempotency.recall(tx, keys) if keys else None
            sold = await store.send_sales(tx, sales) if sales else None
        found = await idempotency.recalled(recalled) if recalled is not None else {}
        batch = _Batch(await orders.all(store.read_order), found)
        batch.now = await time.one(_itself)
        batch._heads = await LOG.heads_in(heads) if heads is not None else {}
        batch._sales = dict(await sold.all(_sale)) if sold is not None else {}
        return batch

    def outcome_of(self, command: Command) -> Any:
        """The answer or refusal of one command, remembered under its idempotency key."""
        key = command.context.idempotency
        if key is not None:
            known = self._recalled.get(key.name)
            if known is not None:
                return known.judge(key)
        outcome: Order | Refusal
        try:
            outcome = self._decided(command)
        except Refusal as refusal:
            outcome = refusal
        if key is not None:
            answer = key.render(outcome)
            self._answers.append((key, answer))
            self._recalled[key.name] = Recalled(
                key.caller, key.key, key.fingerprint, answer.status, answer.body
            )
        return outcome

    def _decided(self, command: Command) -> Order:
        match command:
            case RecordOrder():
                return self._record(command)
            case ChangeOrder():
                order = self._orders.get(command.order_id)
                if order is None:
                    raise OrderNotFound(order_id=command.order_id)
                return self._happen(order, command.decide(order), command.context)

    def _record(self, command: RecordOrder) -> Order:
        placed = command.placed
        known = self._orders.get(command.order_id)
        if known is not None:
            if known.external_id != placed.external_id:
                raise HoldIsTaken(hold_id=placed.hold_id)
            return self._happen(known, command.missed(known), command.context)
        if placed.hold_id in self._by_hold:
            raise HoldIsTaken(hold_id=placed.hold_id)
        if placed.external_id is not None:
            _refuse_other_sale(self._sales, placed.channel, placed.external_id, command.order_id)
            self._sales[placed.channel, placed.external_id] = command.order_id
        order = rules.place(
            order_id=command.order_id,
            placed=placed,
            customer_id=command.customer_id,
            now=self.now,
        )
        self._orders[order.id] = self._by_hold[order.hold_id] = self._placed[order.id] = order
        self._events.append(_recorded(order, placed, command.context))
        return self._happen(order, command.missed(order), command.context)

    def _happen(self, order: Order, events: Sequence[OrderEvent], context: Context) -> Order:
        for event in events:
            order = rules.apply(order, event, self.now)
            self._events.append(_recorded(order, event, context))
            (self._placed if order.id in self._placed else self._changed)[order.id] = order
            self._orders[order.id] = order
        return order

    async def write(self, tx: Transaction) -> None:
        """Write all that was decided."""
        await store.insert_orders(tx, list(self._placed.values()))
        await store.update_orders(tx, list(self._changed.values()))
        await LOG.append(tx, self._events, self.now, self._heads)
        await idempotency.remember(tx, self._answers, answered_at=self.now)


def _recorded(order: Order, event: OrderEvent, context: Context) -> NewEvent:
    skus = tuple(dict.fromkeys(line.sku for line in order.lines))
    state = OrderState(order.id, order.customer_id, order.status, skus)
    return NewEvent(_stream(order.id), order.version, event, context, order.channel, state)


def _stream(order_id: str) -> str:
    return f"order:{order_id}"


def _itself(value: datetime.datetime) -> datetime.datetime:
    return value


def _sale(channel: str, external_id: str, order_id: str) -> tuple[Sale, str]:
    return (channel, external_id), order_id


def _refuse_other_sale(
    sales: Mapping[Sale, str], channel: str, external_id: str, order_id: str
) -> None:
    known = sales.get((channel, external_id), order_id)
    if known != order_id:
        raise ExternalIdReused(channel=channel, external_id=external_id, order_id=known)
