"""A moment that has passed, as a query names it."""

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from rackhouse.platform.errors import MalformedRequest

__all__ = ["AsOf", "moment_of"]

AsOf = Annotated[
    Annotated[str, Meta(max_length=40)] | None,
    Meta(description="A moment that has passed, as RFC 3339: `2026-11-20T12:00:00Z`."),
]


def moment_of(text: str) -> datetime.datetime:
    try:
        return msgspec.convert(text, _Zoned).astimezone(datetime.UTC)
    except (msgspec.ValidationError, OverflowError) as error:
        problem = "not a time as RFC 3339, such as 2026-11-20T12:00:00Z; a + is written %2B"
        raise MalformedRequest(field="as_of", problem=problem) from error


_Zoned = Annotated[datetime.datetime, Meta(tz=True)]
