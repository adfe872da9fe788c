"""The manifest of connectors."""

from rackhouse.connectors.events import EVENT_TYPES, LOG
from rackhouse.connectors.following import KIND
from rackhouse.connectors.http import ENDPOINTS
from rackhouse.connectors.jobs import JOBS
from rackhouse.connectors.product_feeds import FEED_PATH, product_feed
from rackhouse.platform.module import Module

__all__ = ["MODULE"]

MODULE = Module(
    name="connectors",
    event_log=LOG,
    event_types=EVENT_TYPES,
    endpoints=ENDPOINTS,
    mounts={FEED_PATH: product_feed},
    jobs=JOBS,
    outlet_kinds=(KIND,),
)
