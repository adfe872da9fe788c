"""Statements about shipments on their way in."""

import datetime
from collections.abc import Iterable
from typing import Any

import msgspec

from rackhouse.inventory.rules import Inbound, InboundLine
from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Transaction

__all__ = ["inbound_page", "inbounds_of", "incoming", "write_inbound"]


async def inbounds_of(tx: Transaction, ids: Iterable[str]) -> list[Inbound]:
    """The shipments of some ids."""
    return await tx.all(
        _inbound,
        """
        select i.id::text, i.kind, i.origin, i.destination, i.carrier, i.reference, i.expected_at,
            i.status, i.created_at, i.changed_at, i.version, l.lines::text
        from inventory.inbound i
        cross join lateral (
            select jsonb_agg(jsonb_strip_nulls(to_jsonb(l)) order by l.line) as lines
            from inventory.inbound_line l where l.inbound_id = i.id) as l
        where i.id in (
            select id::uuid from jsonb_array_elements_text(%(ids)s::jsonb) as asked (id))
        """,
        {"ids": encoded(list(ids))},
    )


async def inbound_page(
    tx: Transaction,
    *,
    before: tuple[datetime.datetime, str] | None,
    kind: str | None,
    statuses: Iterable[str] | None,
    destination: str | None,
    sku: str | None,
    limit: int,
) -> list[Inbound]:
    """Shipments, the newest first."""
    return await tx.all(
        _inbound,
        """
        select i.id::text, i.kind, i.origin, i.destination, i.carrier, i.reference, i.expected_at,
            i.status, i.created_at, i.changed_at, i.version, l.lines::text
        from inventory.inbound i
        cross join lateral (
            select jsonb_agg(jsonb_strip_nulls(to_jsonb(l)) order by l.line) as lines
            from inventory.inbound_line l where l.inbound_id = i.id) as l
        where (%(at)s::timestamptz is null or (i.created_at, i.id) < (%(at)s, %(id)s::uuid))
          and i.kind = coalesce(%(kind)s::text, i.kind)
          and (%(statuses)s::jsonb is null or %(statuses)s::jsonb ? i.status)
          and i.destination = coalesce(%(destination)s::text, i.destination)
          and (%(sku)s::text is null or exists (
              select from inventory.inbound_line x where x.inbound_id = i.id and x.sku = %(sku)s))
        order by i.created_at desc, i.id desc limit %(limit)s
        """,
        {
            "at": before[0] if before else None,
            "id": before[1] if before else None,
            "kind": kind,
            "statuses": None if statuses is None else encoded(list(statuses)),
            "destination": destination,
            "sku": sku,
            "limit": limit,
        },
    )


async def incoming(
    tx: Transaction, skus: Iterable[str]
) -> list[tuple[str, str, int, datetime.datetime | None]]:
    """How many pieces of some SKUs are on their way to each location, and the first time at which
    some are expected."""
    return await tx.all(
        whole_row,
        """
        select l.sku, i.destination,
            sum(l.quantity - l.received - l.missing - l.cancelled)::bigint, min(i.expected_at)
        from jsonb_array_elements_text(%(skus)s::jsonb) as asked (sku)
        join inventory.inbound_line l on l.sku = asked.sku
            and l.received + l.missing + l.cancelled < l.quantity
        join inventory.inbound i on i.id = l.inbound_id
        group by l.sku, i.destination order by l.sku, i.destination
        """,
        {"skus": encoded(list(skus))},
    )


async def write_inbound(tx: Transaction, inbound: Inbound) -> None:
    """Write a shipment and its lines."""
    await tx.run(
        """
        insert into inventory.inbound
            (id, kind, origin, destination, carrier, reference, expected_at, status, created_at,
             changed_at, version)
        select id, kind, origin, destination, carrier, reference, expected_at, status, created_at,
            changed_at, version
        from jsonb_to_record(%(inbound)s::jsonb) as new (
            id uuid, kind text, origin text, destination text, carrier text, reference text,
            expected_at timestamptz, status text, created_at timestamptz, changed_at timestamptz,
            version bigint)
        on conflict (id) do update
        set carrier = excluded.carrier, expected_at = excluded.expected_at,
            status = excluded.status, changed_at = excluded.changed_at, version = excluded.version
        """,
        {"inbound": encoded(inbound)},
    )
    await _write_lines(tx, inbound)


async def _write_lines(tx: Transaction, inbound: Inbound) -> None:
    await tx.run(
        """
        insert into inventory.inbound_line
            (inbound_id, line, sku, lot, condition, quantity, received, missing, cancelled, units,
             settled_units, missing_because)
        select %(id)s::uuid, line, sku, lot, condition, quantity, received, missing, cancelled,
            units, settled_units, missing_because
        from jsonb_to_recordset(%(lines)s::jsonb) as new (
            line integer, sku text, lot text, condition text, quantity bigint, received bigint,
            missing bigint, cancelled bigint, units integer[], settled_units integer[],
            missing_because text)
        on conflict (inbound_id, line) do update
        set received = excluded.received, missing = excluded.missing,
            cancelled = excluded.cancelled, settled_units = excluded.settled_units,
            missing_because = excluded.missing_because
        """,
        {"id": inbound.id, "lines": encoded(inbound.lines)},
    )


def _inbound(*row: Any) -> Inbound:
    *facts, lines = row
    named = dict(zip(Inbound.__struct_fields__, facts, strict=False))
    return Inbound(**named, lines=msgspec.json.decode(lines, type=tuple[InboundLine, ...]))
