"""The event log of the catalog."""

from rackhouse.platform.events import EventLog

__all__ = ["LOG"]

LOG = EventLog("catalog")
