"""The manifest of the catalog."""

from rackhouse.catalog.events import EVENT_TYPES
from rackhouse.catalog.facts import forget_changed
from rackhouse.catalog.http import ENDPOINTS, own_endpoints
from rackhouse.catalog.jobs import JOBS
from rackhouse.catalog.log import LOG
from rackhouse.platform.module import Listener, Module

__all__ = ["MODULE"]

MODULE = Module(
    name="catalog",
    event_log=LOG,
    event_types=EVENT_TYPES,
    endpoints=ENDPOINTS,
    own_endpoints=own_endpoints,
    jobs=JOBS,
    listeners=[Listener(log="catalog", hear=forget_changed)],
)
