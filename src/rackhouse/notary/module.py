"""The manifest of the notary."""

from rackhouse.notary.events import EVENT_TYPES, LOG
from rackhouse.notary.http import ENDPOINTS
from rackhouse.notary.jobs import JOBS
from rackhouse.notary.signing import signed_position
from rackhouse.platform.module import LogReader, Module

__all__ = ["MODULE"]

MODULE = Module(
    name="notary",
    event_log=LOG,
    event_types=EVENT_TYPES,
    endpoints=ENDPOINTS,
    jobs=JOBS,
    readers=(LogReader(name="notary", position=signed_position),),
)
