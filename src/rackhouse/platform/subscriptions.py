"""Durable subscriptions: a module reads another's log, each event at least once, in order."""

import datetime
from itertools import takewhile

from rackhouse.platform import store
from rackhouse.platform.archive import archived_position
from rackhouse.platform.context import Context
from rackhouse.platform.events import Position
from rackhouse.platform.house import House
from rackhouse.platform.module import Module, Subscription

__all__ = ["deliver"]

DELIVERY_LIMIT = 500


async def deliver(house: House, module: Module, subscription: Subscription) -> int:
    """Hand the next events to a subscriber and remember how far it came; says how many.

    If the subscriber fails, its place stays, and it gets the same events again. A new subscriber
    begins after what was archived already.
    """
    publisher = next(each for each in house.modules if each.name == subscription.log)
    assert publisher.event_log is not None
    async with house.database(module.name).transaction() as tx:
        place = await store.read_cursor(tx, subscriber=subscription.name, log=subscription.log)
        async with house.database(publisher.name).transaction() as source:
            now = await store.server_time(source)
            after = (
                await archived_position(source, subscription.log)
                if place is None
                else Position.parse(place)
            )
            page = await publisher.event_log.read(source, after=after, limit=DELIVERY_LIMIT)
        ripe_at = now - datetime.timedelta(seconds=subscription.after_seconds)
        events = list(takewhile(lambda event: event.recorded_at <= ripe_at, page.events))
        if events:
            context = Context.of_service(house, subscription.name, subscription.permissions)
            await subscription.receive(context, events)
            last = str(events[-1].position)
            await store.write_cursor(
                tx, subscriber=subscription.name, log=subscription.log, position=last
            )
    return len(events)
