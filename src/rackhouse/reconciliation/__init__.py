"""Reconciliation: what is not what it should be, why, and what is done about it."""

from rackhouse.reconciliation.auditing import (
    AuditPlace,
    audit_page,
    run_audit,
    start_audit,
)
from rackhouse.reconciliation.cases import CasePlace, case_of, case_page, open_cases
from rackhouse.reconciliation.corrections import (
    AdjustStock,
    AskChannel,
    CancelOrder,
    ConfirmHold,
    Correction,
    CountStock,
    FollowHold,
    RecountQuota,
    ReleaseHold,
    RewriteHold,
    RewriteOrder,
    RewriteStock,
    RewriteUnits,
)
from rackhouse.reconciliation.deciding import (
    accept_case,
    edit_case,
    finish_decisions,
    reject_case,
)
from rackhouse.reconciliation.errors import (
    AuditIsRunning,
    CaseIsDecided,
    CaseNotFound,
    CorrectionOfSomethingElse,
    DeltaOrCounted,
    ReportFromTheFuture,
    ReportTooOld,
)
from rackhouse.reconciliation.events import (
    CaseAccepted,
    CaseCleared,
    CaseEdited,
    CaseFoundAgain,
    CaseOpened,
    CaseRejected,
    Evidence,
)
from rackhouse.reconciliation.figures import RequestedFigure
from rackhouse.reconciliation.reports import (
    Reported,
    ReportedFigure,
    report_stock,
    requested_stock,
)
from rackhouse.reconciliation.rules import Case
from rackhouse.reconciliation.runs import AuditRun

__all__ = [
    "AdjustStock",
    "AskChannel",
    "AuditIsRunning",
    "AuditPlace",
    "AuditRun",
    "CancelOrder",
    "Case",
    "CaseAccepted",
    "CaseCleared",
    "CaseEdited",
    "CaseFoundAgain",
    "CaseIsDecided",
    "CaseNotFound",
    "CaseOpened",
    "CasePlace",
    "CaseRejected",
    "ConfirmHold",
    "Correction",
    "CorrectionOfSomethingElse",
    "CountStock",
    "DeltaOrCounted",
    "Evidence",
    "FollowHold",
    "RecountQuota",
    "ReleaseHold",
    "ReportFromTheFuture",
    "ReportTooOld",
    "Reported",
    "ReportedFigure",
    "RequestedFigure",
    "RewriteHold",
    "RewriteOrder",
    "RewriteStock",
    "RewriteUnits",
    "accept_case",
    "audit_page",
    "case_of",
    "case_page",
    "edit_case",
    "finish_decisions",
    "open_cases",
    "reject_case",
    "report_stock",
    "requested_stock",
    "run_audit",
    "start_audit",
]
