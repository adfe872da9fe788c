"""Histories: all events of orders and sales, those that have left the log for the archive too."""

from collections.abc import Sequence

from rackhouse.orders import store
from rackhouse.orders.log import LOG
from rackhouse.platform.archive import Archive
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import Event
from rackhouse.platform.house import House

__all__ = ["events_of_orders", "events_of_sale"]

SALE_EVENTS_LIMIT = 10


async def events_of_orders(tx: Transaction, house: House, order_ids: Sequence[str]) -> list[Event]:
    """All events of some orders, each order's from the first to the last."""
    return await _with_archived(tx, house, await store.events_of_orders(tx, order_ids))


async def events_of_sale(tx: Transaction, house: House, stream: str) -> list[Event]:
    """All events of a sale that could not be booked, oldest first: there are a few at most."""
    newest_first = await LOG.read_streams(
        tx, streams=[stream], recorded_before=None, position_before=None, limit=SALE_EVENTS_LIMIT
    )
    return await _with_archived(tx, house, newest_first[::-1])


async def _with_archived(tx: Transaction, house: House, events: list[Event]) -> list[Event]:
    """The events of some streams, in order, with those before them that left the log."""
    first: dict[str, int] = {}
    for event in events:
        first.setdefault(event.stream, event.version)
    gone = {stream: version - 1 for stream, version in first.items() if version > 1}
    if not gone:
        return events
    archived = await house.the(Archive).streams(tx, LOG.schema, gone)
    older = [event for stream in archived.values() for event in stream]
    return sorted([*older, *events], key=lambda event: (event.stream, event.version))
