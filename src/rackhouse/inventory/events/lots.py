"""What can happen to a lot. Each event belongs to the stream ``lot:<sku>/<lot>``."""

import datetime
from typing import Any

import msgspec

__all__ = ["LotChanged", "LotRecalled", "LotRegistered", "LotReinstated"]


class LotRegistered(msgspec.Struct, frozen=True, omit_defaults=True):
    """A batch was made known. ``numbered`` is how many numbered units it has in all."""

    sku: str
    lot: str
    made_on: datetime.date | None = None
    release_at: datetime.datetime | None = None
    expires_at: datetime.datetime | None = None
    numbered: int | None = None
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)


class LotChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a lot is from now on this."""

    sku: str
    lot: str
    made_on: datetime.date | None = None
    release_at: datetime.datetime | None = None
    expires_at: datetime.datetime | None = None
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)


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
