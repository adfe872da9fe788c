"""Statements about lots."""

import datetime
from typing import Any, LiteralString

import msgspec

from rackhouse.inventory.rules.lot_attributes import FlavorProfile, LotAttribute
from rackhouse.inventory.rules.lots import RecordedLot
from rackhouse.inventory.store.parameters import encoded, whole_row
from rackhouse.platform.database import Transaction

__all__ = [
    "due_lots",
    "lot_page",
    "read_lot_with_time",
    "recorded_lot",
    "recorded_lot_now",
    "write_lot",
]

_WRITE: LiteralString = """
    insert into inventory.lot
        (sku, lot, made_on, release_at, expires_at, recalled, recall_reason, numbered,
         flavor_profile, attributes, told_status, turns_at, registered_at, version)
    values
        (%(sku)s, %(lot)s, %(made_on)s, %(release_at)s, %(expires_at)s, %(recalled)s,
         %(recall_reason)s, %(numbered)s, %(flavor_profile)s::text::jsonb,
         %(attributes)s::jsonb, %(told_status)s, %(turns_at)s, %(registered_at)s, %(version)s)
    on conflict (sku, lot) do update
    set made_on = excluded.made_on, release_at = excluded.release_at,
        expires_at = excluded.expires_at, recalled = excluded.recalled,
        recall_reason = excluded.recall_reason, numbered = excluded.numbered,
        flavor_profile = excluded.flavor_profile, attributes = excluded.attributes,
        told_status = excluded.told_status, turns_at = excluded.turns_at,
        version = excluded.version
"""

_PAGE: LiteralString = """
    select statement_timestamp(), sku, lot, made_on, release_at, expires_at, numbered,
        flavor_profile::text, attributes::text, recalled, recall_reason, told_status,
        registered_at, version
    from inventory.lot
    where (sku, lot) > (%(after_sku)s::text, %(after_lot)s::text)
      and sku = coalesce(%(sku)s::text, sku)
      and (%(status)s::text is null or %(status)s = case
          when recalled then 'recalled'
          when expires_at <= statement_timestamp() then 'expired'
          when release_at > statement_timestamp() then 'unreleased'
          else 'sellable' end)
    order by sku, lot limit %(limit)s
"""


async def recorded_lot(tx: Transaction, sku: str, lot: str) -> RecordedLot | None:
    """A lot with all that is known of it."""
    return await tx.maybe(
        _read,
        """
        select sku, lot, made_on, release_at, expires_at, numbered, flavor_profile::text,
            attributes::text, recalled, recall_reason, told_status, registered_at, version
        from inventory.lot where sku = %(sku)s and lot = %(lot)s
        """,
        {"sku": sku, "lot": lot},
    )


async def recorded_lot_now(
    tx: Transaction, sku: str, lot: str
) -> tuple[RecordedLot, datetime.datetime] | None:
    """A lot with all that is known of it, and the time."""
    return await tx.maybe(
        read_lot_with_time,
        """
        select statement_timestamp(), sku, lot, made_on, release_at, expires_at, numbered,
            flavor_profile::text, attributes::text, recalled, recall_reason, told_status,
            registered_at, version
        from inventory.lot where sku = %(sku)s and lot = %(lot)s
        """,
        {"sku": sku, "lot": lot},
    )


async def lot_page(
    tx: Transaction, *, sku: str | None, status: str | None, after: tuple[str, str], limit: int
) -> list[tuple[RecordedLot, datetime.datetime]]:
    """Lots in order of SKU and id after one, of a SKU or all, in a status or any; each with the
    time."""
    return await tx.all(
        read_lot_with_time,
        _PAGE,
        {
            "sku": sku,
            "status": status,
            "after_sku": after[0],
            "after_lot": after[1],
            "limit": limit,
        },
    )


async def due_lots(tx: Transaction, *, limit: int) -> list[tuple[str, str]]:
    """Lots (SKU and id) whose status has turned by the clock and was not told yet."""
    return await tx.all(
        whole_row,
        """
        select sku, lot from inventory.lot
        where turns_at <= statement_timestamp() order by turns_at limit %(limit)s
        """,
        {"limit": limit},
    )


async def write_lot(tx: Transaction, lot: RecordedLot, turns_at: datetime.datetime | None) -> None:
    """Write a lot, and when its status turns next by the clock."""
    await tx.run(
        _WRITE,
        {
            **msgspec.structs.asdict(lot),
            "flavor_profile": None if lot.flavor_profile is None else encoded(lot.flavor_profile),
            "attributes": encoded(lot.attributes),
            "turns_at": turns_at,
        },
    )


def read_lot_with_time(now: datetime.datetime, *row: Any) -> tuple[RecordedLot, datetime.datetime]:
    """A lot from its row, which begins with the time."""
    return _read(*row), now


def _read(*row: Any) -> RecordedLot:
    sku, lot, made_on, release_at, expires_at, numbered, flavors, attributes, *rest = row
    recalled, recall_reason, told_status, registered_at, version = rest
    return RecordedLot(
        sku=sku,
        lot=lot,
        made_on=made_on,
        release_at=release_at,
        expires_at=expires_at,
        numbered=numbered,
        flavor_profile=None if flavors is None else msgspec.json.decode(flavors, type=_FLAVORS),
        attributes=msgspec.json.decode(attributes, type=dict[str, LotAttribute]),
        recalled=recalled,
        recall_reason=recall_reason,
        told_status=told_status,
        registered_at=registered_at,
        version=version,
    )


_FLAVORS: Any = FlavorProfile
