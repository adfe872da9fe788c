"""Notary: signs what the logs have grown to, and finds what was tampered with."""

from rackhouse.notary.archives import ArchivePlace, archived_page
from rackhouse.notary.errors import (
    CheckpointNotFound,
    LogUnknown,
    SavedCheckpointUnreadable,
    VerificationUnderWay,
)
from rackhouse.notary.events import CheckpointSigned
from rackhouse.notary.reading import (
    CheckpointPlace,
    CheckpointWithHeads,
    checkpoint_of,
    checkpoint_page,
    latest_checkpoints,
)
from rackhouse.notary.rules import CheckedLog, Checkpoint, Finding, Head, Start, Verification
from rackhouse.notary.saved import SavedCheckpoint, read_saved_checkpoints
from rackhouse.notary.signing import sign_checkpoints, sign_due_checkpoints
from rackhouse.notary.verifying import verify_logs

__all__ = [
    "ArchivePlace",
    "CheckedLog",
    "Checkpoint",
    "CheckpointNotFound",
    "CheckpointPlace",
    "CheckpointSigned",
    "CheckpointWithHeads",
    "Finding",
    "Head",
    "LogUnknown",
    "SavedCheckpoint",
    "SavedCheckpointUnreadable",
    "Start",
    "Verification",
    "VerificationUnderWay",
    "archived_page",
    "checkpoint_of",
    "checkpoint_page",
    "latest_checkpoints",
    "read_saved_checkpoints",
    "sign_checkpoints",
    "sign_due_checkpoints",
    "verify_logs",
]
