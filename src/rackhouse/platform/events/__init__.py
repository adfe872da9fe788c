"""The event log: one a module, written in the transaction that changes the state.

A log is the table ``<schema>.event``. Its readers order by (transaction, position) and read only
below the oldest transaction that is still open, so that what commits late is never skipped.
Each event carries a hash that covers it and the hash before it in its stream.
"""

from rackhouse.platform.events.chain import GENESIS, Recorded, chained, recorded_text
from rackhouse.platform.events.log import EventLog, begin_transactions
from rackhouse.platform.events.outgoing import Gone, Outgoing, Stretch
from rackhouse.platform.events.recorded import (
    START,
    Event,
    EventPage,
    Growth,
    Link,
    LinkRow,
    NewEvent,
    Position,
    hashed_time,
)

__all__ = [
    "GENESIS",
    "START",
    "Event",
    "EventLog",
    "EventPage",
    "Gone",
    "Growth",
    "Link",
    "LinkRow",
    "NewEvent",
    "Outgoing",
    "Position",
    "Recorded",
    "Stretch",
    "begin_transactions",
    "chained",
    "hashed_time",
    "recorded_text",
]
