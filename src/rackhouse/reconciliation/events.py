"""What can happen to a case. Each event belongs to the stream of one case."""

import datetime
from typing import Any

import msgspec

from rackhouse.platform.events import EventLog
from rackhouse.reconciliation.corrections import Correction

__all__ = [
    "EVENT_TYPES",
    "LOG",
    "CaseAccepted",
    "CaseCleared",
    "CaseEdited",
    "CaseEvent",
    "CaseFoundAgain",
    "CaseOpened",
    "CaseRejected",
    "Evidence",
]

LOG = EventLog("reconciliation")


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """An event that explains a case: in which log, stream and version, and what it says."""

    log: str
    stream: str
    version: int
    position: int
    type: str
    actor: str
    channel: str | None
    recorded_at: datetime.datetime
    facts: dict[str, Any]


class CaseOpened(msgspec.Struct, frozen=True, kw_only=True):
    """An audit found that something is not what it should be."""

    kind: str
    sku: str | None
    location: str | None
    lot: str | None
    quota: str | None
    channel: str | None
    hold_id: str | None
    order_id: str | None
    finding: str
    expected: dict[str, int]
    found: dict[str, int]
    evidence: tuple[Evidence, ...]
    proposal: Correction
    audit_id: str


class CaseFoundAgain(msgspec.Struct, frozen=True, kw_only=True):
    """A later audit found it again, with other figures."""

    finding: str
    expected: dict[str, int]
    found: dict[str, int]
    evidence: tuple[Evidence, ...]
    proposal: Correction
    audit_id: str


class CaseAccepted(msgspec.Struct, frozen=True):
    """Somebody accepted the proposal, and it was carried out."""

    correction: Correction
    reason: str


class CaseEdited(msgspec.Struct, frozen=True):
    """Somebody put another correction in the place of the proposal, and it was carried out."""

    correction: Correction
    reason: str


class CaseRejected(msgspec.Struct, frozen=True):
    """Somebody decided that nothing is to be corrected."""

    reason: str


class CaseCleared(msgspec.Struct, frozen=True):
    """A later audit found it no more."""

    audit_id: str


CaseEvent = CaseOpened | CaseFoundAgain | CaseAccepted | CaseEdited | CaseRejected | CaseCleared

EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    each.__name__: each
    for each in (
        CaseOpened,
        CaseFoundAgain,
        CaseAccepted,
        CaseEdited,
        CaseRejected,
        CaseCleared,
    )
}
