"""What identity announces."""

from rackhouse.identity.events import EVENT_TYPES, LOG
from rackhouse.identity.http import ENDPOINTS
from rackhouse.identity.jobs import JOBS
from rackhouse.identity.verification import hear_identity
from rackhouse.platform.module import Listener, Module

__all__ = ["MODULE"]

MODULE = Module(
    name="identity",
    event_log=LOG,
    event_types=EVENT_TYPES,
    endpoints=ENDPOINTS,
    jobs=JOBS,
    listeners=(Listener(log="identity", hear=hear_identity),),
)
