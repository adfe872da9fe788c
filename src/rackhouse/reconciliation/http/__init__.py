"""Reconciliation over HTTP."""

from rackhouse.reconciliation.http.audits import ENDPOINTS as AUDIT_ENDPOINTS
from rackhouse.reconciliation.http.cases import ENDPOINTS as CASE_ENDPOINTS
from rackhouse.reconciliation.http.cases import CaseAnswer, case_answer
from rackhouse.reconciliation.http.reports import ENDPOINTS as REPORT_ENDPOINTS

__all__ = ["ENDPOINTS", "CaseAnswer", "case_answer"]

ENDPOINTS = [*CASE_ENDPOINTS, *AUDIT_ENDPOINTS, *REPORT_ENDPOINTS]
