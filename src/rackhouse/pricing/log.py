"""The event log of pricing."""

from rackhouse.platform.events import EventLog

__all__ = ["LOG"]

LOG = EventLog("pricing")
