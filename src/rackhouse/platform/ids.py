"""Ids: UUIDv7 (RFC 9562), so that what is made later sorts later."""

import uuid
from typing import Annotated

import uuid_utils
from msgspec import Meta

__all__ = ["UuidText", "derived_id", "is_uuid", "new_id"]

_NAMESPACE = uuid_utils.UUID("0198c5b0-7a1e-7cc0-9d4e-6f1a3be0d1a5")

UuidText = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
"""A UUID as this service writes it."""


def new_id() -> str:
    """A new time-ordered id."""
    return str(uuid_utils.uuid7())


def derived_id(*parts: str) -> str:
    """The one id that belongs to these parts: the same parts give the same id (UUIDv5)."""
    return str(uuid_utils.uuid5(_NAMESPACE, "\x1f".join(parts)))


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID in its usual form."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
