"""The event log of orders."""

from rackhouse.platform.events import EventLog

__all__ = ["LOG"]

LOG = EventLog("orders")
