"""The manifest of connectors."""

from rackhouse.connectors.events import EVENT_TYPES, LOG
from rackhouse.connectors.following import KIND
from rackhouse.connectors.http import ENDPOINTS
from rackhouse.connectors.jobs import JOBS
from rackhouse.platform.module import Module

__all__ = ["MODULE"]

MODULE = Module(
    name="connectors",
    event_log=LOG,
    event_types=EVENT_TYPES,
    endpoints=ENDPOINTS,
    jobs=JOBS,
    outlet_kinds=(KIND,),
)
