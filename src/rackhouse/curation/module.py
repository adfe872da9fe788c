"""The manifest of curation."""

from rackhouse.curation.events import EVENT_TYPES
from rackhouse.curation.http import ENDPOINTS
from rackhouse.curation.jobs import JOBS
from rackhouse.curation.log import LOG
from rackhouse.platform.module import Module

__all__ = ["MODULE"]

MODULE = Module(
    name="curation", event_log=LOG, event_types=EVENT_TYPES, endpoints=ENDPOINTS, jobs=JOBS
)
