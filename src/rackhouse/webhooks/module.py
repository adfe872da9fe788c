"""The manifest of webhooks."""

from rackhouse.platform.module import Module
from rackhouse.webhooks.events import EVENT_TYPES, LOG
from rackhouse.webhooks.http import ENDPOINTS
from rackhouse.webhooks.jobs import JOBS
from rackhouse.webhooks.sending import KIND

__all__ = ["MODULE"]

MODULE = Module(
    name="webhooks",
    event_log=LOG,
    event_types=EVENT_TYPES,
    endpoints=ENDPOINTS,
    jobs=JOBS,
    outlet_kinds=(KIND,),
)
