"""Settling: what a database needs that was restored from a dump.

Events are in the order of the numbers of their transactions, and settled below the oldest one that
is still open. A dump takes these numbers along, and the server that it is restored to counts its
own. Until it has counted past them, every event looks as if it were of the future, and new ones
would stand before the old. So it counts: transactions that do nothing are begun and ended.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rackhouse.platform.database import Database
from rackhouse.platform.errors import Conflict
from rackhouse.platform.events import EventLog, begin_transactions
from rackhouse.platform.house import House

__all__ = ["EventsAhead", "EventsTooFarAhead", "refuse_events_ahead", "settle_events"]

TRANSACTIONS_LIMIT = 1_000_000_000

Progress = Callable[[str, int], None]


@dataclass(eq=False)
class EventsAhead(Conflict):
    """The newest event of {log} is of a transaction that its database has not begun yet, as after
    a restore from a dump. Run `rackhouse settle` before anything else: until then nobody hears of
    these events, and new ones would stand before them."""

    log: str
    transactions: int


@dataclass(eq=False)
class EventsTooFarAhead(Conflict):
    """The newest event of {log} is {transactions} transactions ahead of its database, too many to
    count past. Is it a sound event (`rackhouse verify`)? Then restore a physical backup, or stop
    the server and give it an epoch above that of the event with `pg_resetwal --epoch`."""

    log: str
    transactions: int


async def refuse_events_ahead(house: House) -> None:
    """Refuses with `EventsAhead` where events are of transactions that are still to come."""
    for database, log in _logs(house):
        behind = await _behind(database, log)
        if behind:
            raise EventsAhead(log=log.schema, transactions=behind)


async def settle_events(*, house: House, progress: Progress) -> int:
    """Let every database count past the transactions of its events; says how many it took in all.
    ``progress`` is told of each log and how many are still to come. It can be stopped and run
    again. Refuses with `EventsTooFarAhead`."""
    counted = 0
    for database, log in _logs(house):
        behind = await _behind(database, log)
        if behind > TRANSACTIONS_LIMIT:
            raise EventsTooFarAhead(log=log.schema, transactions=behind)
        counted += behind
        while behind:
            progress(log.schema, behind)
            async with database.reading() as tx:
                await begin_transactions(tx)
            behind = await _behind(database, log)
    return counted


def _logs(house: House) -> list[tuple[Database, EventLog]]:
    return [
        (house.database(module.name), module.event_log)
        for module in house.modules
        if module.event_log is not None
    ]


async def _behind(database: Database, log: EventLog) -> int:
    async with database.reading() as tx:
        return await log.behind(tx)
