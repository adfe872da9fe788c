"""The facts that the notary records. A stream is the checkpoints of one log."""

import msgspec

from rackhouse.platform.events import EventLog

__all__ = ["EVENT_TYPES", "LOG", "CheckpointSigned", "stream_of"]

LOG = EventLog("notary")


class CheckpointSigned(msgspec.Struct, frozen=True, kw_only=True):
    """What a log had grown to was signed: up to ``position`` it has ``events`` events, and
    ``streams`` of its streams had grown since the checkpoint before. ``root`` is in hexadecimal;
    ``jws`` is the signed statement, for others to keep."""

    log: str
    number: int
    position: str
    events: int
    streams: int
    root: str
    jws: str


EVENT_TYPES: dict[str, type[msgspec.Struct]] = {CheckpointSigned.__name__: CheckpointSigned}


def stream_of(log: str) -> str:
    """The stream in which the checkpoints of a log are recorded."""
    return f"checkpoint:{log}"
