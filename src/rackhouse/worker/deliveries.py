"""Deliveries: every subscription gets its events, soon after they were committed."""

import asyncio
from collections.abc import Sequence

import structlog

from rackhouse.platform.database import DatabaseUnavailable
from rackhouse.platform.events import Event
from rackhouse.platform.house import House
from rackhouse.platform.module import Module, Subscription
from rackhouse.platform.subscriptions import deliver
from rackhouse.platform.tail import Tails
from rackhouse.platform.tasks import set_within
from rackhouse.worker.turns import TURN_SECONDS, turn_at

__all__ = ["keep_delivering"]

# The tail wakes us; this is for what it can not say: that events have become old enough, or that
# another worker stopped in the middle.
POLL_SECONDS = 1.0
RIPENING_POLL_SECONDS = 0.25
RETRY_SECONDS = 1.0

_log = structlog.get_logger(__name__)


async def keep_delivering(house: House, module: Module, subscription: Subscription) -> None:
    """Deliver a subscription's events from now on. A failure is logged, and tried again."""
    woken = asyncio.Event()

    def hear(_: Sequence[Event]) -> None:
        woken.set()

    poll_seconds = RIPENING_POLL_SECONDS if subscription.after_seconds else POLL_SECONDS
    await house.the(Tails).of(subscription.log).listen(hear)
    while True:
        woken.clear()
        try:
            delivered = await _deliver_in_turn(house, module, subscription)
        except DatabaseUnavailable as reason:
            _log.warning("delivery_put_off", subscription=subscription.name, reason=str(reason))
            await asyncio.sleep(RETRY_SECONDS)
            continue
        except Exception:
            _log.exception("delivery_failed", subscription=subscription.name)
            await asyncio.sleep(RETRY_SECONDS)
            continue
        if not delivered:
            await set_within(woken, poll_seconds)


async def _deliver_in_turn(house: House, module: Module, subscription: Subscription) -> int:
    async with turn_at(house.database(module.name), f"deliver {subscription.name}") as ours:
        if not ours:
            return 0
        async with asyncio.timeout(TURN_SECONDS):
            return await deliver(house, module, subscription)
