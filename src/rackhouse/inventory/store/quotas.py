"""Statements about quotas. Their rows are locked in the order of their ids, after stock rows."""

import datetime
from collections.abc import Container, Iterable, Sequence
from typing import Any

from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Pending, Transaction

__all__ = [
    "count_claims",
    "delete_quota_skus",
    "forgive_lapsed",
    "forgiven_of",
    "lock_quotas",
    "put_quota",
    "quota_page",
    "quota_uses",
    "quotas_of",
    "recount_quota",
    "send_quota_uses",
    "stock_locations",
    "write_quota_uses",
]


async def lock_quotas(tx: Transaction, skus: Iterable[str]) -> Pending:
    """Lock the quotas of some SKUs, and those that share a SKU with them: what has lapsed is
    forgiven in all at once."""
    return await tx.send(
        """
        select q.id, q.name, q.cap, q.per,
            (select jsonb_agg(s.sku)::text from inventory.quota_sku s where s.quota_id = q.id)
        from inventory.quota q
        where q.id in (
            select other.quota_id
            from jsonb_array_elements_text(%(skus)s::jsonb) as asked (sku)
            join inventory.quota_sku s using (sku)
            join inventory.quota_sku of_same on of_same.quota_id = s.quota_id
            join inventory.quota_sku other on other.sku = of_same.sku)
        order by q.id
        for no key update of q
        """,
        {"skus": encoded(list(skus))},
    )


async def send_quota_uses(
    tx: Transaction, skus: Iterable[str], customers: Iterable[str]
) -> Pending:
    """Ask how much everyone, and some customers, have used of the quotas of some SKUs."""
    return await tx.send(
        """
        select u.quota_id, u.subject, u.used
        from (
            select distinct s.quota_id
            from jsonb_array_elements_text(%(skus)s::jsonb) as asked (sku)
            join inventory.quota_sku s using (sku)) as q
        cross join jsonb_array_elements_text(%(subjects)s::jsonb) as wanted (subject)
        join inventory.quota_use u using (quota_id, subject)
        """,
        {"skus": encoded(list(skus)), "subjects": encoded(["", *customers])},
    )


async def forgiven_of(tx: Transaction, hold_ids: Iterable[str]) -> list[tuple[str, str]]:
    """What of some holds has lapsed and counts in no quota already: (hold, SKU)."""
    return await tx.all(
        whole_row,
        """
        select distinct hold_id::text, sku from inventory.allocation
        where forgiven and hold_id in (
            select id::uuid from jsonb_array_elements_text(%(hold_ids)s::jsonb) as ids (id))
        """,
        {"hold_ids": encoded(list(hold_ids))},
    )


async def forgive_lapsed(
    tx: Transaction, skus: Iterable[str], now: datetime.datetime, *, besides: Iterable[str]
) -> list[tuple[str, str, int]]:
    """Count no more, in any quota, what has lapsed of some SKUs and was not tidied up yet; answers
    how many pieces that is by quota and subject. Holds ``besides`` are tidied up in this batch,
    which counts them no more by itself."""
    return await tx.all(
        whole_row,
        """
        with lapsed as (
            update inventory.allocation a set forgiven = true
            where a.sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
              and a.held > 0 and a.held_until <= %(now)s and not a.forgiven
              and a.hold_id not in (
                  select hold_id::uuid
                  from jsonb_array_elements_text(%(besides)s::jsonb) as y (hold_id))
            returning a.hold_id, a.sku, a.held),
        freed as (
            select q.id, case q.per when 'customer' then h.customer_id else '' end as subject,
                sum(lapsed.held)::bigint as pieces
            from lapsed join inventory.hold h on h.id = lapsed.hold_id
            join inventory.quota_sku s on s.sku = lapsed.sku
            join inventory.quota q on q.id = s.quota_id
            group by 1, 2)
        update inventory.quota_use u set used = u.used - freed.pieces
        from freed where u.quota_id = freed.id and u.subject = freed.subject
        returning u.quota_id, u.subject, freed.pieces
        """,
        {"skus": encoded(list(skus)), "now": now, "besides": encoded(list(besides))},
    )


async def count_claims(
    tx: Transaction,
    claims: Sequence[tuple[str, str, int, bool]],
    *,
    beyond: Container[str],
    besides: Iterable[str],
) -> None:
    """Count what holds have a claim on more or less: (hold, SKU, pieces, whether it lapsed). What
    lapsed and was forgiven before counts no more already; what was sold and could not be refused
    any more counts ``beyond`` the cap, too. ``besides`` are quotas whose uses are written anew."""
    if not claims:
        return
    rows = [
        {
            "hold_id": hold_id,
            "sku": sku,
            "pieces": pieces,
            "lapsed": lapsed,
            "beyond": hold_id in beyond,
        }
        for hold_id, sku, pieces, lapsed in claims
    ]
    await tx.run(
        """
        with counted as (
            select q.id, q.cap,
                case q.per when 'customer' then h.customer_id else '' end as subject,
                sum(c.pieces) as pieces, bool_or(c.beyond) as beyond
            from jsonb_to_recordset(%(rows)s::jsonb) as c (
                hold_id uuid, sku text, pieces bigint, lapsed boolean, beyond boolean)
            join inventory.quota_sku s using (sku)
            join inventory.quota q on q.id = s.quota_id
            join inventory.hold h on h.id = c.hold_id
            where (not c.lapsed or not exists (
                select from inventory.allocation a
                where a.hold_id = c.hold_id and a.sku = c.sku and a.forgiven))
              and not %(besides)s::jsonb ? q.id
            group by 1, 2, 3),
        known as (
            update inventory.quota_use u
            set used = u.used + counted.pieces,
                cap = case when counted.beyond then greatest(u.cap, u.used + counted.pieces)
                    else u.cap end
            from counted
            where u.quota_id = counted.id and u.subject = counted.subject
            returning u.quota_id, u.subject)
        insert into inventory.quota_use (quota_id, subject, used, cap)
        select id, subject, pieces, case when beyond then greatest(cap, pieces) else cap end
        from counted
        where subject is not null and (id, subject) not in (
            select quota_id, subject from known)
        """,
        {"rows": encoded(rows), "besides": encoded(list(besides))},
    )


async def put_quota(
    tx: Transaction,
    *,
    quota: str,
    name: str,
    cap: int,
    per: str,
    skus: Sequence[str],
    version: int,
    now: datetime.datetime,
) -> None:
    """Write a quota with its SKUs."""
    await tx.run(
        """
        insert into inventory.quota (id, name, cap, per, version, ended, set_at)
        values (%(quota)s, %(name)s, %(cap)s, %(per)s, %(version)s, false, %(now)s)
        on conflict (id) do update
        set name = excluded.name, cap = excluded.cap, per = excluded.per,
            version = excluded.version, ended = false, set_at = excluded.set_at
        """,
        {"quota": quota, "name": name, "cap": cap, "per": per, "version": version, "now": now},
    )
    await tx.run("delete from inventory.quota_sku where quota_id = %(quota)s", {"quota": quota})
    await tx.run(
        """
        insert into inventory.quota_sku (quota_id, sku)
        select %(quota)s, sku from jsonb_array_elements_text(%(skus)s::jsonb) as named (sku)
        """,
        {"quota": quota, "skus": encoded(list(skus))},
    )


async def delete_quota_skus(tx: Transaction, *, quota: str, version: int) -> None:
    """End a quota."""
    await tx.run(
        "update inventory.quota set ended = true, version = %(version)s where id = %(quota)s",
        {"quota": quota, "version": version},
    )
    await tx.run("delete from inventory.quota_sku where quota_id = %(quota)s", {"quota": quota})
    await tx.run("delete from inventory.quota_use where quota_id = %(quota)s", {"quota": quota})


async def recount_quota(
    tx: Transaction, *, skus: Sequence[str], per: str, now: datetime.datetime
) -> list[tuple[str, int]]:
    """How many pieces of some SKUs are claimed by whom (subject, used), from the holds."""
    return await tx.all(
        whole_row,
        """
        select subject, used from (
            select case %(per)s when 'customer' then h.customer_id else '' end as subject,
                sum(case when a.held > 0 and a.held_until <= %(now)s then 0 else a.held end
                    + a.committed + a.shipped - a.returned)::bigint as used
            from inventory.allocation a join inventory.hold h on h.id = a.hold_id
            where a.sku in (
                select sku from jsonb_array_elements_text(%(skus)s::jsonb) as named (sku))
            group by 1) as counted
        where used > 0 and subject is not null
        """,
        {"per": per, "skus": encoded(list(skus)), "now": now},
    )


async def write_quota_uses(
    tx: Transaction, *, quota: str, cap: int, uses: Sequence[tuple[str, int]]
) -> None:
    """Write the uses of a quota anew."""
    await tx.run("delete from inventory.quota_use where quota_id = %(quota)s", {"quota": quota})
    await tx.run(
        """
        insert into inventory.quota_use (quota_id, subject, used, cap)
        select %(quota)s, subject, used, greatest(%(cap)s, used)
        from jsonb_to_recordset(%(rows)s::jsonb) as new (subject text, used bigint)
        """,
        {
            "quota": quota,
            "cap": cap,
            "rows": encoded([{"subject": subject, "used": used} for subject, used in uses]),
        },
    )


async def stock_locations(tx: Transaction, skus: Iterable[str]) -> list[tuple[str, str]]:
    """Every stock row there is of some SKUs, also where only promises are."""
    return await tx.all(
        whole_row,
        """
        select sku, location from inventory.stock
        where sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
        """,
        {"skus": encoded(list(skus))},
    )


async def quotas_of(tx: Transaction, ids: Iterable[str]) -> list[tuple[Any, ...]]:
    """Quotas by their ids: (id, name, cap, per, version, ended, SKUs as JSON text)."""
    return await tx.all(
        whole_row,
        """
        select q.id, q.name, q.cap, q.per, q.version, q.ended,
            coalesce((
                select jsonb_agg(s.sku order by s.sku) from inventory.quota_sku s
                where s.quota_id = q.id), '[]')::text
        from inventory.quota q
        where q.id in (select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        """,
        {"ids": encoded(list(ids))},
    )


async def quota_page(
    tx: Transaction, *, after: str, sku: str | None, limit: int
) -> list[tuple[Any, ...]]:
    """Quotas that run, of a SKU or all, in the order of their ids."""
    return await tx.all(
        whole_row,
        """
        select q.id, q.name, q.cap, q.per, q.version, q.ended,
            coalesce((
                select jsonb_agg(s.sku order by s.sku) from inventory.quota_sku s
                where s.quota_id = q.id), '[]')::text
        from inventory.quota q
        where q.id > %(after)s and not q.ended and (%(sku)s::text is null or exists (
            select from inventory.quota_sku s where s.quota_id = q.id and s.sku = %(sku)s))
        order by q.id limit %(limit)s
        """,
        {"after": after, "sku": sku, "limit": limit},
    )


async def quota_uses(tx: Transaction, *, quota: str, limit: int) -> list[tuple[str, int]]:
    """Who has used how much of a quota, the most in front."""
    return await tx.all(
        whole_row,
        """
        select subject, used from inventory.quota_use
        where quota_id = %(quota)s and used > 0 order by used desc, subject limit %(limit)s
        """,
        {"quota": quota, "limit": limit},
    )
