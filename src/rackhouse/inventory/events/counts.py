"""What can happen to a count. Each event belongs to the stream ``count:<id>`` of one sheet."""

import datetime

import msgspec

__all__ = [
    "CountCancelled",
    "CountOpened",
    "CountPosted",
    "CountRecorded",
    "CountReviewed",
    "CountSubmitted",
    "CountedLine",
]


class CountedLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was counted of one line of a sheet, and when."""

    line: int
    counted: int
    counted_at: datetime.datetime
    units: tuple[int, ...] = ()


class CountOpened(msgspec.Struct, frozen=True):
    """A sheet was opened for a location, with so many lines."""

    location: str
    blind: bool
    line_count: int
    note: str


class CountRecorded(msgspec.Struct, frozen=True):
    """Somebody counted some lines, perhaps not for the first time."""

    lines: tuple[CountedLine, ...]


class CountReviewed(msgspec.Struct, frozen=True):
    """Somebody looked at the expected figures, and counts no more of a blind sheet."""


class CountSubmitted(msgspec.Struct, frozen=True):
    """The differences are to be posted, and somebody else has to approve them first."""

    largest_difference: int


class CountPosted(msgspec.Struct, frozen=True):
    """The differences of the sheet are in the stock; ``pieces`` in sum, of so many lines."""

    line_count: int
    pieces: int
    approved_by: str | None


class CountCancelled(msgspec.Struct, frozen=True):
    """Nothing of the sheet is posted."""

    reason: str
