"""Histories: all events of orders, those that have left the log for the archive among them."""

from collections.abc import Sequence

from rackhouse.orders import store
from rackhouse.orders.log import LOG
from rackhouse.platform.archive import Archive
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import Event
from rackhouse.platform.house import House

__all__ = ["events_of_orders"]


async def events_of_orders(tx: Transaction, house: House, order_ids: Sequence[str]) -> list[Event]:
    """All events of some orders, each order's from the first to the last."""
    events = await store.events_of_orders(tx, order_ids)
    first: dict[str, int] = {}
    for event in events:
        first.setdefault(event.stream, event.version)
    gone = {stream: version - 1 for stream, version in first.items() if version > 1}
    if not gone:
        return events
    archived = await house.the(Archive).streams(tx, LOG.schema, gone)
    older = [event for stream in archived.values() for event in stream]
    return sorted([*older, *events], key=lambda event: (event.stream, event.version))
