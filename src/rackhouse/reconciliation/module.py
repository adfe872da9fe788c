"""The manifest of reconciliation."""

from rackhouse.platform.module import Module
from rackhouse.reconciliation.events import EVENT_TYPES, LOG
from rackhouse.reconciliation.http import ENDPOINTS
from rackhouse.reconciliation.jobs import JOBS

__all__ = ["MODULE"]

MODULE = Module(
    name="reconciliation",
    event_log=LOG,
    event_types=EVENT_TYPES,
    endpoints=ENDPOINTS,
    jobs=JOBS,
)
