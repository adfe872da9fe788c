"""Every SQL statement of orders."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rackhouse.inventory import Line, Shortage
from rackhouse.orders.events import OrderLine
from rackhouse.orders.rules import Order, UncoveredSale
from rackhouse.platform.database import Pending, Transaction
from rackhouse.platform.events import Event, Position

_read_lines = msgspec.json.Decoder(tuple[OrderLine, ...]).decode


async def take_turns(tx: Transaction, order_ids: Iterable[str]) -> None:
    """Wait until nobody else changes some orders, before anything gives the transaction its id:
    the log is read in the order of these ids, and so every stream is in order."""
    await tx.run(
        """
        select pg_advisory_xact_lock(turn.lock) from (
            select distinct hashtextextended(id, 1) as lock
            from jsonb_array_elements_text(%(order_ids)s::jsonb) as asked (id)
            order by lock) as turn
        """,
        {"order_ids": _encoded(list(order_ids))},
    )


async def lock_orders(
    tx: Transaction, order_ids: Iterable[str], hold_ids: Iterable[str]
) -> Pending:
    """Lock the orders of some ids and of some holds, in the order of their ids.

    Ids and holds are looked up apart: asked for one or the other, the planner reads every order.
    """
    return await tx.send(
        """
        select id::text, channel, external_id, customer_id, status, lines::text, hold_id::text,
            reservation_expires_at, placed_at, changed_at, version
        from orders."order"
        where id in (
            select id::uuid from jsonb_array_elements_text(%(order_ids)s::jsonb) as x (id)
            union
            select id from orders."order" where hold_id in (
                select id::uuid from jsonb_array_elements_text(%(hold_ids)s::jsonb) as y (id)))
        order by id
        for update
        """,
        {"order_ids": _encoded(list(order_ids)), "hold_ids": _encoded(list(hold_ids))},
    )


async def send_time(tx: Transaction) -> Pending:
    """Ask for the time, after the locks."""
    return await tx.send("select clock_timestamp()")


async def insert_orders(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write new orders."""
    if not orders:
        return
    await tx.run(
        """
        insert into orders."order"
            (id, channel, external_id, customer_id, status, lines, hold_id,
             reservation_expires_at, placed_at, changed_at, version)
        select id, channel, external_id, customer_id, status, lines, hold_id,
            reservation_expires_at, placed_at, changed_at, version
        from json_to_recordset(%(orders)s::json) as new (
            id uuid, channel text, external_id text, customer_id text, status text, lines jsonb,
            hold_id uuid, reservation_expires_at timestamptz, placed_at timestamptz,
            changed_at timestamptz, version bigint)
        """,
        {"orders": _encoded(orders)},
    )


async def update_orders(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write what changed of orders that exist."""
    if not orders:
        return
    await tx.run(
        """
        update orders."order" o
        set status = new.status, lines = new.lines, changed_at = new.changed_at,
            reservation_expires_at = new.reservation_expires_at, version = new.version
        from jsonb_to_recordset(%(orders)s::jsonb) as new (
            id uuid, status text, lines jsonb, reservation_expires_at timestamptz,
            changed_at timestamptz, version bigint)
        where o.id = new.id
        """,
        {"orders": _encoded(orders)},
    )


async def orders_of(tx: Transaction, order_ids: Iterable[str]) -> list[tuple[Any, ...]]:
    """The orders of some ids, each with the time of the answer."""
    return await tx.all(
        _row,
        """
        select id::text, channel, external_id, customer_id, status, lines::text, hold_id::text,
            reservation_expires_at, placed_at, changed_at, version, clock_timestamp()
        from orders."order"
        where id in (
            select id::uuid from jsonb_array_elements_text(%(order_ids)s::jsonb) as x (id))
        """,
        {"order_ids": _encoded(list(order_ids))},
    )


async def orders_of_holds(tx: Transaction, hold_ids: Iterable[str]) -> list[Order]:
    """The orders behind which some holds stand."""
    return await tx.all(
        read_order,
        """
        select id::text, channel, external_id, customer_id, status, lines::text, hold_id::text,
            reservation_expires_at, placed_at, changed_at, version
        from orders."order"
        where hold_id in (
            select id::uuid from jsonb_array_elements_text(%(hold_ids)s::jsonb) as x (id))
        """,
        {"hold_ids": _encoded(list(hold_ids))},
    )


async def send_sales(tx: Transaction, sales: Iterable[tuple[str, str]]) -> Pending:
    """Ask which orders some channels reported under numbers of their own: (channel, number, id)."""
    rows = [{"channel": channel, "external_id": number} for channel, number in sales]
    return await tx.send(
        """
        select o.channel, o.external_id, o.id::text
        from jsonb_to_recordset(%(sales)s::jsonb) as asked (channel text, external_id text)
        join orders."order" o using (channel, external_id)
        """,
        {"sales": _encoded(rows)},
    )


async def order_page(
    tx: Transaction,
    *,
    before: tuple[datetime.datetime, str] | None,
    channel: str | None,
    customer_id: str | None,
    external_id: str | None,
    status: str | None,
    limit: int,
) -> list[tuple[Any, ...]]:
    """Orders, the newest first, each with the time of the answer."""
    return await tx.all(
        _row,
        """
        select id::text, channel, external_id, customer_id, status, lines::text, hold_id::text,
            reservation_expires_at, placed_at, changed_at, version, clock_timestamp()
        from orders."order"
        where (%(placed_at)s::timestamptz is null
               or (placed_at, id) < (%(placed_at)s::timestamptz, %(id)s::uuid))
          and (%(channel)s::text is null or channel = %(channel)s)
          and (%(customer_id)s::text is null or customer_id = %(customer_id)s)
          and (%(external_id)s::text is null or external_id = %(external_id)s)
          and (%(status)s::text is null or case
               when status = 'pending' and reservation_expires_at <= statement_timestamp()
               then 'cancelled' else status end = %(status)s)
        order by placed_at desc, id desc
        limit %(limit)s
        """,
        {
            "placed_at": before[0] if before else None,
            "id": before[1] if before else None,
            "channel": channel,
            "customer_id": customer_id,
            "external_id": external_id,
            "status": status,
            "limit": limit,
        },
    )


async def count_orders(tx: Transaction, *, channel: str | None) -> dict[str, int]:
    """How many orders there are in each status, of a channel or of all."""
    return dict(
        await tx.all(
            _row,
            """
            select status, count(*) from orders."order"
            where channel = coalesce(%(channel)s::text, channel) group by status
            """,
            {"channel": channel},
        )
    )


async def orders_sold_as(
    tx: Transaction, *, channel: str, external_ids: Iterable[str]
) -> list[Order]:
    """The orders that a channel knows under some numbers of its own."""
    return await tx.all(
        read_order,
        """
        select id::text, channel, external_id, customer_id, status, lines::text, hold_id::text,
            reservation_expires_at, placed_at, changed_at, version
        from jsonb_array_elements_text(%(external_ids)s::jsonb) as asked (external_id)
        join orders."order" using (external_id)
        where channel = %(channel)s
        """,
        {"channel": channel, "external_ids": _encoded(list(external_ids))},
    )


async def take_turns_with_sales(tx: Transaction, sale_ids: Iterable[str]) -> None:
    """Wait until nobody else changes some uncovered sales, before the transaction has its id."""
    await tx.run(
        """
        select pg_advisory_xact_lock(turn.lock) from (
            select distinct hashtextextended('sale:' || id, 1) as lock
            from jsonb_array_elements_text(%(sale_ids)s::jsonb) as asked (id)
            order by lock) as turn
        """,
        {"sale_ids": _encoded(list(sale_ids))},
    )


async def uncovered_sales(tx: Transaction, sale_ids: Iterable[str]) -> list[UncoveredSale]:
    """Those of some sales that could not be booked, settled or not."""
    return await tx.all(
        _uncovered_sale,
        """
        select id::text, channel, external_id, customer_id, lines::text, missing::text, why,
            sold_at, reported_at, status, version
        from orders.uncovered_sale
        where id in (
            select id::uuid from jsonb_array_elements_text(%(sale_ids)s::jsonb) as x (id))
        """,
        {"sale_ids": _encoded(list(sale_ids))},
    )


async def uncovered_sale_page(
    tx: Transaction,
    *,
    channel: str | None,
    after: tuple[datetime.datetime, str] | None,
    limit: int,
) -> list[UncoveredSale]:
    """The sales of a channel, or of all, that are not settled yet, the oldest first."""
    return await tx.all(
        _uncovered_sale,
        """
        select id::text, channel, external_id, customer_id, lines::text, missing::text, why,
            sold_at, reported_at, status, version
        from orders.uncovered_sale
        where status = 'open' and (%(channel)s::text is null or channel = %(channel)s::text)
          and (%(reported_at)s::timestamptz is null
               or (reported_at, id) > (%(reported_at)s::timestamptz, %(id)s::uuid))
        order by reported_at, id
        limit %(limit)s
        """,
        {
            "channel": channel,
            "reported_at": after[0] if after else None,
            "id": after[1] if after else None,
            "limit": limit,
        },
    )


async def write_uncovered_sales(tx: Transaction, sales: Sequence[UncoveredSale]) -> None:
    """Write sales that could not be booked as they are now."""
    if not sales:
        return
    await tx.run(
        """
        insert into orders.uncovered_sale
            (id, channel, external_id, customer_id, lines, missing, why, sold_at, reported_at,
             status, version)
        select id, channel, external_id, customer_id, lines, missing, why, sold_at, reported_at,
            status, version
        from jsonb_to_recordset(%(sales)s::jsonb) as new (
            id uuid, channel text, external_id text, customer_id text, lines jsonb, missing jsonb,
            why text, sold_at timestamptz, reported_at timestamptz, status text, version bigint)
        on conflict (id) do update
        set missing = excluded.missing, why = excluded.why, status = excluded.status,
            version = excluded.version
        """,
        {"sales": _encoded(sales)},
    )


def read_order(*values: Any) -> Order:
    """An order from its row."""
    id_, channel, external_id, customer_id, status, lines, *rest = values
    return Order(id_, channel, external_id, customer_id, status, _read_lines(lines), *rest)


def _uncovered_sale(*values: Any) -> UncoveredSale:
    id_, channel, external_id, customer_id, lines, missing, *rest = values
    return UncoveredSale(
        id_,
        channel,
        external_id,
        customer_id,
        msgspec.json.decode(lines, type=tuple[Line, ...]),
        msgspec.json.decode(missing, type=tuple[Shortage, ...]),
        *rest,
    )


def _encoded(rows: object) -> str:
    return msgspec.json.encode(rows).decode()


def _row(*values: Any) -> tuple[Any, ...]:
    return values


async def orders_by_id(tx: Transaction, *, after: str | None, limit: int) -> list[Order]:
    """Orders in the order of their ids, after one."""
    return await tx.all(
        read_order,
        """
        select id::text, channel, external_id, customer_id, status, lines::text, hold_id::text,
            reservation_expires_at, placed_at, changed_at, version
        from orders."order"
        where id > coalesce(%(after)s::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
        order by id limit %(limit)s
        """,
        {"after": after, "limit": limit},
    )


async def named_orders(tx: Transaction, order_ids: Iterable[str]) -> list[Order]:
    """The orders of some ids."""
    return await tx.all(
        read_order,
        """
        select id::text, channel, external_id, customer_id, status, lines::text, hold_id::text,
            reservation_expires_at, placed_at, changed_at, version
        from orders."order"
        where id in (
            select id::uuid from jsonb_array_elements_text(%(order_ids)s::jsonb) as x (id))
        order by id
        """,
        {"order_ids": _encoded(list(order_ids))},
    )


async def events_of_orders(tx: Transaction, order_ids: Iterable[str]) -> list[Event]:
    """All events of some orders, each order's from the first to the last."""
    return await tx.all(
        _event,
        """
        select e.transaction_id::text::bigint, e.position, e.stream, e.version, e.type,
            e.data::text, e.actor, e.channel, e.correlation_id, e.recorded_at, e.hash
        from jsonb_array_elements_text(%(order_ids)s::jsonb) as asked (id)
        join orders.event e on e.stream = 'order:' || asked.id
        order by e.stream, e.version
        """,
        {"order_ids": _encoded(list(order_ids))},
    )


async def write_orders(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write all of some orders, whether they are there or not."""
    await tx.run(
        """
        insert into orders."order"
            (id, channel, external_id, customer_id, status, lines, hold_id,
             reservation_expires_at, placed_at, changed_at, version)
        select id, channel, external_id, customer_id, status, lines, hold_id,
            reservation_expires_at, placed_at, changed_at, version
        from jsonb_to_recordset(%(orders)s::jsonb) as new (
            id uuid, channel text, external_id text, customer_id text, status text, lines jsonb,
            hold_id uuid, reservation_expires_at timestamptz, placed_at timestamptz,
            changed_at timestamptz, version bigint)
        on conflict (id) do update
        set channel = excluded.channel, external_id = excluded.external_id,
            customer_id = excluded.customer_id, status = excluded.status, lines = excluded.lines,
            hold_id = excluded.hold_id, placed_at = excluded.placed_at,
            reservation_expires_at = excluded.reservation_expires_at,
            changed_at = excluded.changed_at, version = excluded.version
        """,
        {"orders": _encoded(orders)},
    )


def _event(transaction_id: int, position: int, *rest: Any) -> Event:
    return Event(Position(transaction_id, position), *rest)
