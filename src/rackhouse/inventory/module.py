"""The manifest of inventory."""

from rackhouse.inventory.events import EVENT_TYPES
from rackhouse.inventory.http import ENDPOINTS
from rackhouse.inventory.jobs import JOBS
from rackhouse.inventory.log import LOG
from rackhouse.inventory.snapshots import snapshot_before_archiving
from rackhouse.platform.module import Module

__all__ = ["MODULE"]

MODULE = Module(
    name="inventory",
    event_log=LOG,
    event_types=EVENT_TYPES,
    endpoints=ENDPOINTS,
    jobs=JOBS,
    before_archiving=snapshot_before_archiving,
    archiving_permissions=frozenset({"inventory:write"}),
)
