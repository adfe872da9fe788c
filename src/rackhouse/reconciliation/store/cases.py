"""Statements about cases."""

import datetime
from collections.abc import Iterable, Sequence

import msgspec

from rackhouse.platform.database import Transaction
from rackhouse.reconciliation.rules import Case

__all__ = [
    "case_of",
    "case_page",
    "count_open",
    "mark_seen",
    "newest_at",
    "take_turn",
    "undecided_decisions",
    "unseen_cases",
    "write_case",
]


async def take_turn(tx: Transaction) -> None:
    """Be the only one to open or change cases until the end of the transaction. This comes before
    anything that gives the transaction its id, so that every stream is in order."""
    await tx.run("select pg_advisory_xact_lock(hashtextextended('reconciliation.case', 1))")


async def case_of(tx: Transaction, case_id: str) -> Case | None:
    """A case."""
    return await tx.maybe(
        _case,
        'select facts::text from reconciliation."case" where id = %(id)s',
        {"id": case_id},
    )


async def newest_at(tx: Transaction, places: Iterable[str]) -> dict[str, Case]:
    """The newest case at each of some places."""
    found = await tx.all(
        _case,
        """
        select newest.facts::text
        from jsonb_array_elements_text(%(places)s::jsonb) as asked (place)
        cross join lateral (
            select facts from reconciliation."case"
            where place = asked.place::uuid order by opened_at desc, id desc limit 1) as newest
        """,
        {"places": msgspec.json.encode(list(places)).decode()},
    )
    return {case.place: case for case in found}


async def case_page(
    tx: Transaction,
    *,
    before: tuple[datetime.datetime, str] | None,
    status: str | None,
    kind: str | None,
    sku: str | None,
    limit: int,
) -> list[Case]:
    """Cases, the newest first, before a (time, id)."""
    return await tx.all(
        _case,
        """
        select facts::text from reconciliation."case"
        where (%(opened_at)s::timestamptz is null
               or (opened_at, id) < (%(opened_at)s::timestamptz, %(id)s::uuid))
          and (%(status)s::text is null or status = %(status)s)
          and (%(kind)s::text is null or kind = %(kind)s)
          and (%(sku)s::text is null or sku = %(sku)s)
        order by opened_at desc, id desc limit %(limit)s
        """,
        {
            "opened_at": before[0] if before else None,
            "id": before[1] if before else None,
            "status": status,
            "kind": kind,
            "sku": sku,
            "limit": limit,
        },
    )


async def count_open(tx: Transaction) -> int:
    """How many cases are open."""
    return await tx.one(int, """select count(*) from reconciliation."case" where status = 'open'""")


async def write_case(tx: Transaction, case: Case, *, seen_in: str) -> None:
    """Write a case as it is now."""
    await tx.run(
        """
        insert into reconciliation."case"
            (id, place, kind, status, sku, location, channel, facts, opened_at, seen_in, version)
        values (%(id)s, %(place)s, %(kind)s, %(status)s, %(sku)s, %(location)s, %(channel)s,
            %(facts)s::jsonb, %(opened_at)s, %(seen_in)s, %(version)s)
        on conflict (id) do update
        set status = excluded.status, facts = excluded.facts, seen_in = excluded.seen_in,
            version = excluded.version
        """,
        {
            "id": case.id,
            "place": case.place,
            "kind": case.kind,
            "status": case.status,
            "sku": case.sku,
            "location": case.location,
            "channel": case.channel,
            "facts": msgspec.json.encode(case).decode(),
            "opened_at": case.opened_at,
            "seen_in": seen_in,
            "version": case.version,
        },
    )


async def mark_seen(tx: Transaction, case_ids: Sequence[str], *, seen_in: str) -> None:
    """Remember that an audit has seen some cases as they are."""
    await tx.run(
        """
        update reconciliation."case" set seen_in = %(seen_in)s
        where id in (select id::uuid from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        """,
        {"ids": msgspec.json.encode(list(case_ids)).decode(), "seen_in": seen_in},
    )


async def unseen_cases(
    tx: Transaction,
    *,
    seen_in: str,
    opened_before: datetime.datetime,
    after: str | None,
    limit: int,
) -> list[Case]:
    """Open cases that an audit has not seen, and that were there before it began; in the order of
    their ids, after one."""
    return await tx.all(
        _case,
        """
        select facts::text from reconciliation."case"
        where status = 'open' and seen_in <> %(seen_in)s and opened_at < %(opened_before)s
          and id > coalesce(%(after)s::uuid, '00000000-0000-0000-0000-000000000000'::uuid)
        order by id limit %(limit)s
        """,
        {"seen_in": seen_in, "opened_before": opened_before, "after": after, "limit": limit},
    )


async def undecided_decisions(
    tx: Transaction, *, decided_before: datetime.datetime, limit: int
) -> list[Case]:
    """Open cases that somebody decided before a time, and that are open still."""
    return await tx.all(
        _case,
        """
        select facts::text from reconciliation."case"
        where status = 'open' and (facts->'deciding'->>'decided_at')::timestamptz < %(before)s
        order by opened_at limit %(limit)s
        """,
        {"before": decided_before, "limit": limit},
    )


def _case(text: str) -> Case:
    return msgspec.json.decode(text, type=Case)
