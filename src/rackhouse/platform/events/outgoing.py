"""What leaves a log for its archive: some events from its beginning on, stream by stream.

The newest of them stays for each stream, because what comes next follows it.
"""

import datetime
from typing import Any, LiteralString

import msgspec

from rackhouse.platform.database import Transaction
from rackhouse.platform.events.log import EventLog
from rackhouse.platform.events.recorded import Event, Position
from rackhouse.platform.events.statements import COLUMNS

__all__ = ["Gone", "Outgoing", "Stretch"]

FETCH: LiteralString = "fetch 5000 from rackhouse_archive"

# The months of a log are those of its order: the first event of a later month ends one.
_STRETCH: LiteralString = """
    with stretch as materialized (
        select transaction_id, position, recorded_at from {schema}.event
        where (transaction_id, position) > (%(transaction_id)s::text::xid8, %(position)s::bigint)
          and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
        order by event.transaction_id, event.position limit %(limit)s
    ), month as (
        select date_trunc('month', recorded_at at time zone 'UTC') as start
        from stretch order by transaction_id, position limit 1
    ), cut as (
        select transaction_id, position from stretch cross join month
        where recorded_at at time zone 'UTC' >= start + interval '1 month'
        order by transaction_id, position limit 1
    ), kept as (
        select stretch.* from stretch left join cut on true
        where cut.position is null
           or (stretch.transaction_id, stretch.position) < (cut.transaction_id, cut.position)
    ), last as (
        select transaction_id::text || '-' || position as place from kept
        order by transaction_id desc, position desc limit 1
    ), first as (
        select transaction_id::text || '-' || position as place from kept
        order by transaction_id, position limit 1
    )
    select month.start::date, first.place, last.place, (select count(*) from kept),
        (select min(recorded_at) from kept), (select max(recorded_at) from kept),
        not exists (select from cut)
    from month cross join first cross join last
"""
_EXPORT: LiteralString = (
    "declare rackhouse_archive no scroll cursor for select"
    + COLUMNS
    + """
    from {schema}.event
    where (transaction_id, position) >= (%(first_id)s::text::xid8, %(first)s::bigint)
      and (transaction_id, position) <= (%(last_id)s::text::xid8, %(last)s::bigint)
    order by stream collate "C", version
"""
)
_PAGE_END: LiteralString = """
    select transaction_id::text::bigint, position from (
        select transaction_id, position from {schema}.event
        where (transaction_id, position) > (%(transaction_id)s::text::xid8, %(position)s::bigint)
          and (transaction_id, position) <= (%(last_id)s::text::xid8, %(last)s::bigint)
        order by event.transaction_id, event.position limit %(limit)s) as page
    order by page.transaction_id desc, page.position desc limit 1
"""
_DELETE: LiteralString = """
    delete from {schema}.event e
    where (transaction_id, position) > (%(transaction_id)s::text::xid8, %(position)s::bigint)
      and (transaction_id, position) <= (%(end_id)s::text::xid8, %(end)s::bigint)
      and exists (
          select from {schema}.event next
          where next.stream = e.stream and next.version = e.version + 1
            and (next.transaction_id, next.position)
                <= (%(last_id)s::text::xid8, %(last)s::bigint))
    returning stream, version, hash
"""
_NEWEST: LiteralString = """
    select stream, max(version) from {schema}.event
    where (transaction_id, position) >= (%(first_id)s::text::xid8, %(first)s::bigint)
      and (transaction_id, position) <= (%(last_id)s::text::xid8, %(last)s::bigint)
    group by stream
"""


class Stretch(msgspec.Struct, frozen=True):
    """Some events in a row: the next ones of one month, as the log is ordered. ``is_open`` means
    that no event of a later month was seen behind them."""

    month: datetime.date
    first: Position
    last: Position
    events: int
    first_at: datetime.datetime
    last_at: datetime.datetime
    is_open: bool


class Gone(msgspec.Struct, frozen=True):
    """An event that was deleted."""

    stream: str
    version: int
    hash: bytes


class Outgoing:
    """The statements by which events leave one log."""

    def __init__(self, log: EventLog) -> None:
        self._stretch = _STRETCH.replace("{schema}", log.schema)
        self._export = _EXPORT.replace("{schema}", log.schema)
        self._page_end = _PAGE_END.replace("{schema}", log.schema)
        self._delete = _DELETE.replace("{schema}", log.schema)
        self._newest = _NEWEST.replace("{schema}", log.schema)

    def statements(self) -> list[str]:
        """Every statement that is sent here."""
        return [self._stretch, self._export, FETCH, self._page_end, self._delete, self._newest]

    async def stretch(self, tx: Transaction, *, after: Position, limit: int) -> Stretch | None:
        """The settled events after a position, of one month and ``limit`` at most; None for no
        events."""
        return await tx.maybe(_stretch, self._stretch, {**_place(after), "limit": limit})

    async def declare(self, tx: Transaction, stretch: Stretch) -> None:
        """Begin to read a stretch by stream and version; ``fetch`` goes on."""
        await tx.run(self._export, _ends(stretch))

    async def fetch(self, tx: Transaction) -> list[Event]:
        """The next events of the stretch."""
        return await tx.all(_event, FETCH)

    async def newest(self, tx: Transaction, stretch: Stretch) -> dict[str, int]:
        """The newest version that each stream has within a stretch."""
        return dict(await tx.all(_pair, self._newest, _ends(stretch)))

    async def delete(
        self, tx: Transaction, *, after: Position, last: Position, limit: int
    ) -> tuple[Position, list[Gone]]:
        """Delete events after a position up to the last that may go, ``limit`` at most, all but
        the newest of each stream; answers how far it came, and what is gone."""
        bounds = {**_place(after), "last_id": str(last.transaction_id), "last": last.position}
        end = await tx.maybe(Position, self._page_end, {**bounds, "limit": limit})
        if end is None:
            return last, []
        reach = {"end_id": str(end.transaction_id), "end": end.position}
        return end, await tx.all(Gone, self._delete, {**bounds, **reach})


def _place(position: Position) -> dict[str, Any]:
    return {"transaction_id": str(position.transaction_id), "position": position.position}


def _ends(stretch: Stretch) -> dict[str, Any]:
    return {
        "first_id": str(stretch.first.transaction_id),
        "first": stretch.first.position,
        "last_id": str(stretch.last.transaction_id),
        "last": stretch.last.position,
    }


def _event(transaction_id: int, position: int, *rest: Any) -> Event:
    return Event(Position(transaction_id, position), *rest)


def _stretch(month: datetime.date, first: str, last: str, *rest: Any) -> Stretch:
    return Stretch(month, Position.parse(first), Position.parse(last), *rest)


def _pair(stream: str, version: int) -> tuple[str, int]:
    return stream, version
