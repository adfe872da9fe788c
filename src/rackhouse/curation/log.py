"""The event log of curation."""

from rackhouse.platform.events import EventLog

__all__ = ["LOG"]

LOG = EventLog("curation")
