"""The refusals of the notary."""

from dataclasses import dataclass

from rackhouse.platform.errors import Busy, Invalid, NotFound

__all__ = [
    "CheckpointNotFound",
    "LogUnknown",
    "SavedCheckpointUnreadable",
    "VerificationUnderWay",
]


@dataclass(eq=False)
class CheckpointNotFound(NotFound):
    """There is no checkpoint {checkpoint_id}."""

    checkpoint_id: str


@dataclass(eq=False)
class LogUnknown(Invalid):
    """log: there is no log {log}. There are {logs}."""

    log: str
    logs: list[str]


@dataclass(eq=False)
class SavedCheckpointUnreadable(Invalid):
    """What was saved is no checkpoint: {reason}. It is a compact JWS, or what
    `GET /api/v1/checkpoints/latest` answered."""

    reason: str


@dataclass(eq=False)
class VerificationUnderWay(Busy):
    """The logs are being verified already. Ask again for another verification."""
