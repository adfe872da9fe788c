"""The manifest of outlets."""

from rackhouse.outlets.dispatching import keep_dispatching
from rackhouse.outlets.events import EVENT_TYPES, LOG
from rackhouse.outlets.http import ENDPOINTS
from rackhouse.outlets.jobs import JOBS
from rackhouse.outlets.metrics import outlet_figures
from rackhouse.platform.module import Module

__all__ = ["MODULE"]

MODULE = Module(
    name="outlets",
    event_log=LOG,
    event_types=EVENT_TYPES,
    endpoints=ENDPOINTS,
    jobs=JOBS,
    keepers=(keep_dispatching,),
    figures=outlet_figures,
)
