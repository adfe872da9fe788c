"""Statements about waiting lists. Their rows are locked in line, after stock rows and quotas."""

import datetime
from collections.abc import Iterable
from typing import Any

from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Pending, Transaction

__all__ = [
    "count_waiting",
    "insert_waiting",
    "lock_waiting",
    "send_first_in_line",
    "set_waiting",
    "waiting_of",
    "waiting_page",
]


async def send_first_in_line(tx: Transaction, skus: Iterable[str], *, limit: int) -> Pending:
    """Lock the customers who have waited longest for each of some SKUs."""
    return await tx.send(
        """
        select w.id::text, w.sku, w.quantity, w.channel, w.customer_id, w.offer_seconds
        from jsonb_array_elements_text(%(skus)s::jsonb) as asked (sku)
        cross join lateral (
            select id from inventory.waiting
            where sku = asked.sku and status = 'waiting'
            order by place limit %(limit)s) as first
        join inventory.waiting w using (id)
        where w.status = 'waiting'
        order by w.sku, w.place
        for no key update of w
        """,
        {"skus": encoded(list(skus)), "limit": limit},
    )


async def count_waiting(tx: Transaction, *, sku: str) -> int:
    """How many customers wait for a SKU."""
    return await tx.one(
        int,
        "select count(*) from inventory.waiting where sku = %(sku)s and status = 'waiting'",
        {"sku": sku},
    )


async def insert_waiting(
    tx: Transaction,
    *,
    id: str,  # noqa: A002
    sku: str,
    quantity: int,
    channel: str,
    customer_id: str,
    offer_seconds: float,
    now: datetime.datetime,
) -> None:
    """Put a customer at the end of the line."""
    await tx.run(
        """
        insert into inventory.waiting
            (id, sku, quantity, channel, customer_id, offer_seconds, status, joined_at, version)
        values (%(id)s, %(sku)s, %(quantity)s, %(channel)s, %(customer_id)s, %(offer_seconds)s,
            'waiting', %(now)s, 1)
        """,
        {
            "id": id,
            "sku": sku,
            "quantity": quantity,
            "channel": channel,
            "customer_id": customer_id,
            "offer_seconds": offer_seconds,
            "now": now,
        },
    )


async def set_waiting(
    tx: Transaction,
    *,
    id: str,  # noqa: A002
    status: str,
    hold_id: str | None,
    now: datetime.datetime,
) -> None:
    """Note what became of somebody who waited."""
    await tx.run(
        """
        update inventory.waiting
        set status = %(status)s, hold_id = %(hold_id)s::uuid, changed_at = %(now)s,
            version = version + 1
        where id = %(id)s
        """,
        {"id": id, "status": status, "hold_id": hold_id, "now": now},
    )


async def lock_waiting(tx: Transaction, *, id: str) -> tuple[Any, ...] | None:  # noqa: A002
    """Lock one place in line: (SKU, channel, customer, status, version)."""
    return await tx.maybe(
        whole_row,
        """
        select sku, channel, customer_id, status, version from inventory.waiting
        where id = %(id)s for no key update
        """,
        {"id": id},
    )


async def waiting_of(tx: Transaction, ids: Iterable[str]) -> list[tuple[Any, ...]]:
    """Places in line by their ids, each with its offer's status and how many are before it."""
    return await tx.all(
        whole_row,
        """
        select w.id::text, w.sku, w.quantity, w.channel, w.customer_id, w.offer_seconds, w.status,
            w.joined_at, w.hold_id::text, h.status, h.expires_at, clock_timestamp(),
            (select count(*) from inventory.waiting b
             where b.sku = w.sku and b.status = 'waiting' and b.place < w.place)
        from inventory.waiting w left join inventory.hold h on h.id = w.hold_id
        where w.id in (
            select id::uuid from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        order by w.place
        """,
        {"ids": encoded(list(ids))},
    )


async def waiting_page(
    tx: Transaction,
    *,
    after: int,
    sku: str | None,
    channel: str | None,
    customer_id: str | None,
    status: str | None,
    limit: int,
) -> list[tuple[str, int]]:
    """Places in line (id, place) in order."""
    return await tx.all(
        whole_row,
        """
        select id::text, place from inventory.waiting
        where place > %(after)s
          and (%(sku)s::text is null or sku = %(sku)s)
          and (%(channel)s::text is null or channel = %(channel)s)
          and (%(customer_id)s::text is null or customer_id = %(customer_id)s)
          and (%(status)s::text is null or status = %(status)s)
        order by place limit %(limit)s
        """,
        {
            "after": after,
            "sku": sku,
            "channel": channel,
            "customer_id": customer_id,
            "status": status,
            "limit": limit,
        },
    )
