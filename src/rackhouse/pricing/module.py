"""The manifest of pricing."""

from rackhouse.platform.module import Listener, Module
from rackhouse.pricing.events import EVENT_TYPES
from rackhouse.pricing.facts import hear_pricing
from rackhouse.pricing.following import SUBSCRIPTIONS
from rackhouse.pricing.http import ENDPOINTS
from rackhouse.pricing.jobs import JOBS
from rackhouse.pricing.log import LOG

__all__ = ["MODULE"]

MODULE = Module(
    name="pricing",
    event_log=LOG,
    event_types=EVENT_TYPES,
    endpoints=ENDPOINTS,
    jobs=JOBS,
    subscriptions=SUBSCRIPTIONS,
    listeners=(Listener(log="pricing", hear=hear_pricing),),
)
