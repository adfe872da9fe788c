"""What a client asks for when it connects: a filter, and where to begin."""

import urllib.parse
from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.feeds.filters import FILTER_FIELDS, Filter, read_filter
from rackhouse.feeds.shapes import Subscribe
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.house import House

__all__ = ["Subscription", "event_types", "read_message", "read_query"]

PARAMETERS_LIMIT = 2000
_SWITCH = {"true": True, "false": False}


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A filter and where to begin: after the cursor, or with a snapshot, or with what comes."""

    filter: Filter
    cursor: str | None
    snapshot: bool


def event_types(house: House) -> frozenset[str]:
    """Every type of event that the modules of this house publish."""
    return frozenset(name for module in house.modules for name in module.event_types)


def read_query(house: House, query: bytes, last_event_id: bytes | None) -> Subscription:
    """What a query string asks for; a ``Last-Event-ID`` is newer than a cursor in the query.

    Refuses with `MalformedRequest` and what `read_filter` refuses.
    """
    given = _parameters(query)
    cursor = _single(given, "cursor")
    if last_event_id:
        cursor = last_event_id.decode("latin-1")
    snapshot = _single(given, "snapshot") or "true"
    if snapshot not in _SWITCH:
        raise MalformedRequest(field="snapshot", problem="write true or false")
    values = {
        field: [value for text in given.get(field, ()) for value in text.split(",")]
        for field in FILTER_FIELDS
    }
    return Subscription(
        filter=read_filter(values, event_types(house)),
        cursor=cursor or None,
        snapshot=_SWITCH[snapshot],
    )


def read_message(house: House, asked: Subscribe) -> Subscription:
    """What a message asks for; refuses with `MalformedRequest` and what `read_filter` refuses."""
    for field in asked.filter:
        if field not in FILTER_FIELDS:
            raise MalformedRequest(field=field, problem="unknown field of a filter")
    values = {
        field: [given] if isinstance(given, str) else given for field, given in asked.filter.items()
    }
    return Subscription(
        filter=read_filter(values, event_types(house)),
        cursor=asked.cursor or None,
        snapshot=asked.snapshot,
    )


def _parameters(query: bytes) -> dict[str, list[str]]:
    try:
        pairs = urllib.parse.parse_qsl(
            query.decode("ascii"), keep_blank_values=True, max_num_fields=PARAMETERS_LIMIT
        )
    except ValueError as error:
        raise MalformedRequest(field="query", problem="not readable") from error
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in (*FILTER_FIELDS, "cursor", "snapshot"):
            raise MalformedRequest(field=name, problem="unknown query parameter")
        given.setdefault(name, []).append(value)
    return given


def _single(given: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = given.get(name, ())
    if len(values) > 1:
        raise MalformedRequest(field=name, problem="give it once")
    return values[0] if values else None
