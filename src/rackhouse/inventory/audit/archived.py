"""Where streams begin whose older events were archived: with what the last of these recorded."""

from collections.abc import Sequence

from rackhouse.inventory.audit.log_checking import (
    LogCheck,
    LoggedEvent,
    happened,
    key_of_stream,
    recorded,
    stock_told,
)
from rackhouse.inventory.parts import sums_at
from rackhouse.inventory.rules import Key
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import Position
from rackhouse.platform.house import House

__all__ = ["without_archived"]


async def without_archived(
    tx: Transaction,
    house: House,
    check: LogCheck,
    page: Sequence[LoggedEvent],
    archived: Position,
) -> list[LoggedEvent]:
    """Those events of a page that are to be checked. Up to the position where the log was archived
    only the newest event of each stream stayed in it: there its stock begins, if no more is known
    of it yet."""
    last: dict[Key, LoggedEvent] = {}
    for event in page:
        key = key_of_stream(event.stream)
        if event.place > archived or key is None or happened(event.type, event.data) is None:
            continue
        if not check.knows(key) or check.told(key).stock.version < event.version:
            last[key] = event
    places = [(event.stream, event.version) for event in last.values()]
    sums = await sums_at(tx, house, places) if places else {}
    for key, event in last.items():
        stock = stock_told(key, event.version, recorded(event.data), event.hash)
        check.begin(stock, sums[event.stream].buckets)
    return [event for event in page if event.place > archived]
