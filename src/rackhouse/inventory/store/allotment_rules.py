"""Statements about the rules that fill allotments up, and about returns that were reported."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from rackhouse.inventory.rules import AllotmentRule
from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Transaction

__all__ = [
    "RulePlace",
    "allotment_rule_page",
    "allotment_rule_state",
    "due_allotment_rules",
    "lock_allotment_rule",
    "note_take_back",
    "read_allotment_rules",
    "read_take_backs",
    "write_allotment_rule",
]

RulePlace: TypeAlias = tuple[str, str, str]
"""What names a rule: channel, SKU, location."""


async def lock_allotment_rule(tx: Transaction, place: RulePlace) -> None:
    """Be the only one to change a rule until the end of the transaction."""
    await tx.run(
        "select pg_advisory_xact_lock(hashtextextended('inventory.rule:' || %(name)s::text, 1))",
        {"name": "/".join(place)},
    )


async def allotment_rule_state(
    tx: Transaction, place: RulePlace
) -> tuple[AllotmentRule, bool] | None:
    """A rule as it was last known, and whether it was removed: its version never comes twice."""
    channel, sku, location = place
    return await tx.maybe(
        _rule_state,
        """
        select channel, sku, location, level, minimum, paused, version, removed
        from inventory.allotment_rule
        where channel = %(channel)s and sku = %(sku)s and location = %(location)s
        """,
        {"channel": channel, "sku": sku, "location": location},
    )


async def write_allotment_rule(tx: Transaction, rule: AllotmentRule, *, removed: bool) -> None:
    """Write a rule as it is now."""
    await tx.run(
        """
        insert into inventory.allotment_rule
            (channel, sku, location, level, minimum, paused, removed, version)
        values (%(channel)s, %(sku)s, %(location)s, %(level)s, %(minimum)s, %(paused)s,
            %(removed)s, %(version)s)
        on conflict (channel, sku, location) do update
        set level = excluded.level, minimum = excluded.minimum, paused = excluded.paused,
            removed = excluded.removed, version = excluded.version
        """,
        {
            "channel": rule.channel,
            "sku": rule.sku,
            "location": rule.location,
            "level": rule.level,
            "minimum": rule.minimum,
            "paused": rule.paused,
            "removed": removed,
            "version": rule.version,
        },
    )


async def read_allotment_rules(tx: Transaction, places: Iterable[RulePlace]) -> list[AllotmentRule]:
    """The rules of some channels, SKUs and locations."""
    rows = [{"channel": c, "sku": s, "location": p} for c, s, p in places]
    return await tx.all(
        _rule,
        """
        select channel, sku, location, level, minimum, paused, version
        from jsonb_to_recordset(%(rows)s::jsonb) as asked (channel text, sku text, location text)
        join inventory.allotment_rule using (channel, sku, location)
        where not removed
        """,
        {"rows": encoded(rows)},
    )


async def allotment_rule_page(
    tx: Transaction,
    *,
    channel: str | None,
    sku: str | None,
    after: RulePlace | None,
    limit: int,
) -> list[AllotmentRule]:
    """Rules in order of channel, SKU and location."""
    return await tx.all(
        _rule,
        """
        select channel, sku, location, level, minimum, paused, version
        from inventory.allotment_rule
        where not removed and (%(channel)s::text is null or channel = %(channel)s::text)
          and (%(sku)s::text is null or sku = %(sku)s::text)
          and (channel, sku, location) > (%(c)s::text, %(s)s::text, %(p)s::text)
        order by channel, sku, location
        limit %(limit)s
        """,
        {
            "channel": channel,
            "sku": sku,
            **dict(zip("csp", after or ("", "", ""), strict=True)),
            "limit": limit,
        },
    )


async def due_allotment_rules(
    tx: Transaction,
    *,
    channel: str | None,
    skus: Sequence[str] | None,
    after: RulePlace | None,
    limit: int,
) -> list[tuple[str, str, str, int]]:
    """Rules (channel, SKU, location, pieces up to the level) whose allotment has fallen below the
    minimum while the pool may have something, in order."""
    return await tx.all(
        whole_row,
        """
        select r.channel, r.sku, r.location, r.level - own.free
        from inventory.allotment_rule r
        join inventory.stock s using (sku, location)
        cross join lateral (
            select coalesce(sum(b.on_hand - b.held - b.committed), 0)::bigint as free
            from inventory.bucket b
            left join inventory.lot l on l.sku = b.sku and l.lot = b.lot
            where b.sku = r.sku and b.location = r.location and b.allotment = r.channel
              and b.condition = 'sellable'
              and (b.lot = '' or not l.recalled
                  and coalesce(l.expires_at > statement_timestamp(), true)
                  and coalesce(l.release_at <= statement_timestamp(), true))) as own
        where not r.paused and not r.removed and own.free < r.minimum
          and s.on_hand - s.held - s.committed - s.unavailable - s.allotted > s.safety
          and (%(channel)s::text is null or r.channel = %(channel)s::text)
          and (%(skus)s::jsonb is null or r.sku in (
                select sku from jsonb_array_elements_text(%(skus)s::jsonb) as asked (sku)))
          and (r.channel, r.sku, r.location) > (%(c)s::text, %(s)s::text, %(p)s::text)
        order by r.channel, r.sku, r.location
        limit %(limit)s
        """,
        {
            "channel": channel,
            "skus": None if skus is None else encoded(list(skus)),
            **dict(zip("csp", after or ("", "", ""), strict=True)),
            "limit": limit,
        },
    )


async def read_take_backs(tx: Transaction, return_ids: Iterable[str]) -> dict[str, str]:
    """The content of those returns of some ids that were booked before."""
    found = await tx.all(
        whole_row,
        """
        select id::text, content from inventory.reported_return
        where id in (
            select id::uuid from jsonb_array_elements_text(%(ids)s::jsonb) as asked (id))
        """,
        {"ids": encoded(list(return_ids))},
    )
    return dict(found)


async def note_take_back(
    tx: Transaction, *, return_id: str, hold_id: str, content: str, now: datetime.datetime
) -> None:
    """Remember that a return was booked; a unique violation if another transaction did so too."""
    await tx.run(
        """
        insert into inventory.reported_return (id, hold_id, content, booked_at)
        values (%(id)s, %(hold_id)s, %(content)s, %(now)s)
        """,
        {"id": return_id, "hold_id": hold_id, "content": content, "now": now},
    )


def _rule(*row: Any) -> AllotmentRule:
    channel, sku, location, level, minimum, paused, version = row
    return AllotmentRule(
        channel=channel,
        sku=sku,
        location=location,
        level=level,
        minimum=minimum,
        paused=paused,
        version=version,
    )


def _rule_state(*row: Any) -> tuple[AllotmentRule, bool]:
    return _rule(*row[:-1]), row[-1]
