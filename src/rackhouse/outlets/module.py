"""The manifest of outlets."""

from rackhouse.outlets.events import EVENT_TYPES, LOG
from rackhouse.platform.module import Module

__all__ = ["MODULE"]

MODULE = Module(name="outlets", event_log=LOG, event_types=EVENT_TYPES)
