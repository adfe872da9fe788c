"""The chain: the hash of an event covers the event and the hash of the one before it in its stream.

So no event can be altered, removed or moved without the hashes after it ceasing to fit. Anybody
can recompute one: it is SHA-256 (FIPS 180-4) of the hash before, 32 zero bytes for the first
event of a stream, followed by a JSON array of what is recorded, written as RFC 8785 writes it.
"""

import datetime
from hashlib import sha256

import msgspec

__all__ = ["GENESIS", "chained", "recorded_text"]

GENESIS = bytes(32)
"""What stands before the first event of a stream."""

_encode = msgspec.json.Encoder().encode


def chained(
    previous: bytes,
    stream: str,
    version: int,
    event_type: str,
    data: str,
    actor: str,
    channel: str | None,
    correlation_id: str,
    recorded_at: str,
) -> bytes:
    """The hash of an event that follows the one with the hash ``previous``.

    ``data`` is the JSON text as it is stored, to the letter; ``recorded_at`` is what
    ``recorded_text`` writes.
    """
    recorded = (stream, version, event_type, data, actor, channel, correlation_id, recorded_at)
    return sha256(previous + _encode(recorded)).digest()


def recorded_text(recorded_at: datetime.datetime) -> str:
    """A time as it is hashed: in UTC, to the microsecond, as ``2026-01-31T12:00:00.000000Z``."""
    return f"{recorded_at.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
