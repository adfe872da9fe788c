"""Cursors: a place in every log at once, as text that a client hands back to go on from there.

``catalog.780-1~inventory.812-55`` says: of the log of catalog everything up to position 780-1 was
seen, of the log of inventory everything up to 812-55.
"""

from collections.abc import Collection, Mapping

from rackhouse.feeds.errors import CursorUnreadable
from rackhouse.platform.events import START, Position

__all__ = ["Positions", "cursor_text", "read_cursor"]

CURSOR_LENGTH_LIMIT = 500
POSITION_LIMIT = 2**63 - 1

Positions = dict[str, Position]
"""A position in each of some logs."""


def cursor_text(positions: Mapping[str, Position]) -> str:
    """The cursor for some positions."""
    return "~".join(f"{log}.{positions[log]}" for log in sorted(positions))


def read_cursor(text: str, logs: Collection[str]) -> Positions:
    """The position in each of the logs; refuses with `CursorUnreadable` what is no cursor of them.

    A log that the cursor does not name is read from its start: whoever wrote the cursor did not
    follow that log, so nothing of it was seen.
    """
    if len(text) > CURSOR_LENGTH_LIMIT:
        raise CursorUnreadable(cursor=text[:CURSOR_LENGTH_LIMIT] + "…")
    positions: Positions = {}
    for part in text.split("~"):
        log, _, place = part.partition(".")
        if log not in logs or log in positions:
            raise CursorUnreadable(cursor=text)
        positions[log] = _position(place, text)
    return {log: positions.get(log, START) for log in logs}


def _position(place: str, cursor: str) -> Position:
    try:
        position = Position.parse(place)
    except ValueError as error:
        raise CursorUnreadable(cursor=cursor) from error
    fits = max(position.transaction_id, position.position) <= POSITION_LIMIT
    if str(position) != place or not fits:
        raise CursorUnreadable(cursor=cursor)
    return position
