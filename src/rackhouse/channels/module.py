"""What channels announces."""

from rackhouse.channels.events import EVENT_TYPES, LOG
from rackhouse.channels.http import ENDPOINTS
from rackhouse.channels.selling import hear_channels
from rackhouse.platform.module import Listener, Module

__all__ = ["MODULE"]

MODULE = Module(
    name="channels",
    event_log=LOG,
    event_types=EVENT_TYPES,
    endpoints=ENDPOINTS,
    listeners=(Listener(log="channels", hear=hear_channels),),
)
