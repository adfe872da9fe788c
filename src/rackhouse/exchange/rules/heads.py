"""The head of a file: what it says of itself, and the seller's own product types."""

import datetime
from typing import Any

import msgspec

__all__ = ["FORM_VERSION", "HEAD_KEY", "Head"]

HEAD_KEY = "rackhouse_catalog"
FORM_VERSION = 1


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of itself: the version of its form, when it was made, whether it holds one
    type only or only what was changed since a time, and the seller's own product types as they
    were then."""

    rackhouse_catalog: int = FORM_VERSION
    exported_at: datetime.datetime | None = None
    only_type: str | None = None
    changed_since: datetime.datetime | None = None
    product_types: tuple[dict[str, Any], ...] = ()
