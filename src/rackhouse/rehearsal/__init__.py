"""Rehearsals: a drop acted out against the real service by buyers who are not there."""

from rackhouse.rehearsal.drop import DropProgress, rehearse_drop
from rackhouse.rehearsal.http_client import AnswerUnknown, ServiceUnreachable
from rackhouse.rehearsal.plan import DropPlan
from rackhouse.rehearsal.report import DropReport
from rackhouse.rehearsal.staging import StagingRefused

__all__ = [
    "AnswerUnknown",
    "DropPlan",
    "DropProgress",
    "DropReport",
    "ServiceUnreachable",
    "StagingRefused",
    "rehearse_drop",
]
