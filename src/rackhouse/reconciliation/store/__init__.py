"""Every SQL statement of reconciliation."""

from rackhouse.reconciliation.store.audits import (
    audit_of,
    audit_page,
    last_ended,
    running_audit,
    try_turn,
    write_audit,
)
from rackhouse.reconciliation.store.cases import (
    case_of,
    case_page,
    count_open,
    mark_seen,
    newest_at,
    take_turn,
    undecided_decisions,
    unseen_cases,
    write_case,
)
from rackhouse.reconciliation.store.reports import (
    mark_compared,
    request_figure,
    requested_figures,
    waiting_reports,
    withdraw_requests,
    write_reports,
)

__all__ = [
    "audit_of",
    "audit_page",
    "case_of",
    "case_page",
    "count_open",
    "last_ended",
    "mark_compared",
    "mark_seen",
    "newest_at",
    "request_figure",
    "requested_figures",
    "running_audit",
    "take_turn",
    "try_turn",
    "undecided_decisions",
    "unseen_cases",
    "waiting_reports",
    "withdraw_requests",
    "write_audit",
    "write_case",
    "write_reports",
]
