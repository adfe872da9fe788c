"""The chain: the hash of an event covers the event and the hash of the one before it in its stream.

So no event can be altered, removed or moved without the hashes after it ceasing to fit. Anybody
can recompute one: it is SHA-256 (FIPS 180-4) of the hash before, 32 zero bytes for the first
event of a stream, followed by a JSON array of what is recorded, written as RFC 8785 writes it.
"""

import datetime
from hashlib import sha256
from typing import TypeAlias

import msgspec

__all__ = ["GENESIS", "Recorded", "chained", "recorded_text"]

GENESIS = bytes(32)
"""What stands before the first event of a stream."""

Recorded: TypeAlias = tuple[str, int, str, str, str, str | None, str, str]
"""What a hash covers of an event: stream, version, type, the JSON text of its data to the letter,
actor, channel, correlation id, and the time as ``recorded_text`` writes it."""

_encode = msgspec.json.Encoder().encode


def chained(previous: bytes, recorded: Recorded) -> bytes:
    """The hash of an event that follows the one with the hash ``previous``."""
    return sha256(previous + _encode(recorded)).digest()


def recorded_text(recorded_at: datetime.datetime) -> str:
    """A time as it is hashed: in UTC, to the microsecond, as ``2026-01-31T12:00:00.000000Z``."""
    in_utc = recorded_at.astimezone(datetime.UTC)
    return in_utc.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
