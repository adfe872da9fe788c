"""The refusals of reconciliation."""

from dataclasses import dataclass

from rackhouse.platform.errors import Conflict, Invalid, NotFound

__all__ = [
    "AuditIsRunning",
    "CaseIsDecided",
    "CaseNotFound",
    "CorrectionOfSomethingElse",
    "DeltaOrCounted",
    "ReportFromTheFuture",
    "ReportTooOld",
]


@dataclass(eq=False)
class CaseNotFound(NotFound):
    """There is no case {case_id}."""

    case_id: str


@dataclass(eq=False)
class CaseIsDecided(Conflict):
    """The case {case_id} is {case_status} already, so it can not be {wanted}."""

    case_id: str
    case_status: str
    wanted: str


@dataclass(eq=False)
class CorrectionOfSomethingElse(Invalid):
    """correction.{field}: the case is about {about}, not about {named}."""

    field: str
    about: str
    named: str


@dataclass(eq=False)
class DeltaOrCounted(Invalid):
    """correction: give either delta or counted."""


@dataclass(eq=False)
class AuditIsRunning(Conflict):
    """The audit {audit_id} is running already. Wait for its end, then start another one."""

    audit_id: str


@dataclass(eq=False)
class ReportFromTheFuture(Invalid):
    """as_of: {as_of} has not come yet. Say when the figures were read, in UTC."""

    as_of: str


@dataclass(eq=False)
class ReportTooOld(Invalid):
    """as_of: {as_of} is longer ago than the {limit_seconds} seconds that can be compared.
    Report what the channel has now."""

    as_of: str
    limit_seconds: int
