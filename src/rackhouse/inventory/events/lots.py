"""What can happen to a lot. Each event belongs to the stream ``lot:<sku>/<lot>``."""

import datetime
from typing import Any

import msgspec

__all__ = ["LotChanged", "LotRecalled", "LotRegistered", "LotReinstated", "lot_stream"]


class LotRegistered(msgspec.Struct, frozen=True, omit_defaults=True):
    """A batch was made known. ``numbered`` is how many numbered units it has in all."""

    sku: str
    lot: str
    made_on: datetime.date | None = None
    release_at: datetime.datetime | None = None
    expires_at: datetime.datetime | None = None
    numbered: int | None = None
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)
    flavor_profile: dict[str, int] | list[str] | None = None


class LotChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a lot is from now on this."""

    sku: str
    lot: str
    made_on: datetime.date | None = None
    release_at: datetime.datetime | None = None
    expires_at: datetime.datetime | None = None
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)
    numbered: int | None = None
    flavor_profile: dict[str, int] | list[str] | None = None


class LotRecalled(msgspec.Struct, frozen=True):
    """The lot is frozen everywhere: none of it is sold any more."""

    sku: str
    lot: str
    reason: str


class LotReinstated(msgspec.Struct, frozen=True):
    """A recall was lifted."""

    sku: str
    lot: str
    reason: str


def lot_stream(sku: str, lot: str) -> str:
    """The stream of a lot. No SKU and no lot has a slash in it."""
    return f"lot:{sku}/{lot}"
