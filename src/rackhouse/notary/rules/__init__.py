"""What a checkpoint says, and what a log must be like to fit its chains and checkpoints. Pure."""

from rackhouse.notary.rules.checkpoints import (
    Checkpoint,
    Grown,
    Head,
    is_due,
    next_checkpoint,
    read_payload,
    root_of,
)
from rackhouse.notary.rules.diagnosis import Diagnosis
from rackhouse.notary.rules.findings import CheckedLog, Finding, Findings, Verification
from rackhouse.notary.rules.walking import Start, Walk

__all__ = [
    "CheckedLog",
    "Checkpoint",
    "Diagnosis",
    "Finding",
    "Findings",
    "Grown",
    "Head",
    "Start",
    "Verification",
    "Walk",
    "is_due",
    "next_checkpoint",
    "read_payload",
    "root_of",
]
