"""Sealed texts: what the shop hands to a browser and believes when it comes back."""

import base64
import hashlib
import hmac
import secrets

__all__ = ["new_id", "number_for", "seal", "token_for", "unsealed"]


def seal(secret: bytes, purpose: str, text: str) -> str:
    """A text with a signature that is good for this purpose only (HMAC-SHA-256, RFC 2104)."""
    return f"{text}.{_signature(secret, purpose, text)}"


def unsealed(secret: bytes, purpose: str, sealed: str) -> str | None:
    """The text that was sealed for this purpose; None where somebody else wrote it."""
    text, dot, signature = sealed.rpartition(".")
    good = _signature(secret, purpose, text)
    return text if dot and hmac.compare_digest(good.encode(), signature.encode()) else None


def token_for(secret: bytes, visitor: str) -> str:
    """What every form of a visitor carries, and no other site can know."""
    return _signature(secret, "form", visitor)


def number_for(secret: bytes, visitor: str, hold_ids: list[str]) -> str:
    """The number of the purchase of these holds: the same one whenever it is asked for, so that a
    form that is sent twice buys once."""
    digest = _digest(secret, "purchase", "\n".join([visitor, *sorted(hold_ids)]))
    return "LR-" + base64.b32encode(digest).decode()[:10]


def new_id() -> str:
    """A name that nobody can guess."""
    return secrets.token_hex(16)


def _signature(secret: bytes, purpose: str, text: str) -> str:
    return base64.urlsafe_b64encode(_digest(secret, purpose, text)).decode().rstrip("=")


def _digest(secret: bytes, purpose: str, text: str) -> bytes:
    return hmac.new(secret, f"{purpose}\n{text}".encode(), hashlib.sha256).digest()
