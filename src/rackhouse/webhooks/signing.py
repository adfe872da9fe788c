"""Signatures of Standard Webhooks 1.0: HMAC-SHA256 over id, time and body, so that a target knows
who sent it, and that it is neither altered nor old."""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence

__all__ = ["new_secret", "signature_headers", "text_of"]

SECRET_BYTES = 32
PREFIX = "whsec_"


def new_secret() -> bytes:
    """A new secret."""
    return os.urandom(SECRET_BYTES)


def text_of(secret: bytes) -> str:
    """A secret as it is shown, this one time."""
    return PREFIX + base64.b64encode(secret).decode()


def signature_headers(
    *, message_id: str, timestamp: int, body: bytes, secrets: Sequence[bytes]
) -> dict[str, str]:
    """The headers that go with a body: one signature for each secret, so that a target may check
    with an old one while it learns a new one."""
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    signatures = [hmac.digest(secret, signed, hashlib.sha256) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            "v1," + base64.b64encode(each).decode() for each in signatures
        ),
    }
