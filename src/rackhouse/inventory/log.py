"""The event log of inventory."""

from rackhouse.platform.events import EventLog

__all__ = ["LOG"]

LOG = EventLog("inventory")
