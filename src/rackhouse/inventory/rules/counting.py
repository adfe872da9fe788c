"""Count sheets: what they are, and what may be done with one. Pure."""

import datetime
from collections.abc import Collection, Mapping, Sequence

import msgspec

from rackhouse.inventory.errors import (
    CountIncomplete,
    CountIsNot,
    CountLineNotFound,
    DifferenceNeedsReason,
    ExpectedWasSeen,
    LineIsPosted,
    SecondPersonNeeded,
)
from rackhouse.inventory.events import SELLABLE

__all__ = [
    "Count",
    "CountLine",
    "hidden",
    "largest_difference",
    "line_for",
    "must_be",
    "must_be_countable_by",
    "must_be_postable",
    "must_not_have_counted",
    "with_reasons",
]


class CountLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to count: pieces of a SKU, of a lot if it has any, in a condition.

    ``expected`` is the figure as of ``counted_at``. ``units`` are the numbers that were found, and
    ``expected_units`` those that should have been, where the lot is ``numbered``. ``times`` counts
    how often it was counted; the last time counts.
    """

    line: int
    sku: str
    lot: str = ""
    condition: str = SELLABLE
    numbered: bool = False
    counted: int | None = None
    units: tuple[int, ...] = ()
    expected: int | None = None
    expected_units: tuple[int, ...] = ()
    counted_at: datetime.datetime | None = None
    counted_by: str | None = None
    times: int = 0
    reason: str | None = None
    posted_version: int | None = None

    @property
    def difference(self) -> int | None:
        """How many more were counted than expected."""
        if self.counted is None or self.expected is None:
            return None
        return self.counted - self.expected

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers that should have been there and were not."""
        return tuple(sorted(set(self.expected_units) - set(self.units)))

    @property
    def surplus(self) -> tuple[int, ...]:
        """The numbers that were there and should not have been."""
        return tuple(sorted(set(self.units) - set(self.expected_units)))

    @property
    def differs(self) -> bool:
        """Whether there is something to post."""
        return bool(self.difference or self.missing or self.surplus)


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """A count sheet: ``open``, perhaps ``awaiting_approval``, then ``posted`` or ``cancelled``.

    ``seen_by`` are those who have looked at the expected figures of a blind sheet.
    """

    id: str
    location: str
    status: str
    blind: bool
    note: str
    lines: tuple[CountLine, ...]
    opened_by: str
    opened_at: datetime.datetime
    version: int
    seen_by: tuple[str, ...] = ()
    submitted_by: str | None = None
    posted_by: str | None = None
    posted_at: datetime.datetime | None = None
    approved_by: str | None = None

    @property
    def uncounted(self) -> list[CountLine]:
        """The lines that nobody has counted yet."""
        return [each for each in self.lines if each.counted is None]

    @property
    def differing(self) -> list[CountLine]:
        """The lines that have something to post."""
        return [each for each in self.lines if each.differs]


def hidden(count: Count) -> Count:
    """The sheet as it is shown to whoever counts: a blind one tells nothing that is expected until
    it is posted."""
    if not count.blind or count.status == "posted":
        return count
    lines = tuple(
        msgspec.structs.replace(each, expected=None, expected_units=(), reason=None)
        for each in count.lines
    )
    return msgspec.structs.replace(count, lines=lines)


def must_be(count: Count, statuses: Collection[str], wanted: str) -> None:
    """Refuse with `CountIsNot` unless the sheet is in one of some statuses."""
    if count.status not in statuses:
        raise CountIsNot(count_id=count.id, count_status=count.status, wanted=wanted)


def must_be_countable_by(count: Count, subject: str) -> None:
    """Refuse with `CountIsNot`, and with `ExpectedWasSeen` who knows what a blind sheet expects."""
    must_be(count, ("open", "awaiting_approval"), "counted")
    if count.blind and subject in count.seen_by:
        raise ExpectedWasSeen(count_id=count.id, subject=subject)


def line_for(count: Count, sku: str, lot: str, condition: str) -> CountLine:
    """The line of some pieces; refuses with `CountLineNotFound` and `LineIsPosted`."""
    for each in count.lines:
        if (each.sku, each.lot, each.condition) == (sku, lot, condition):
            if each.posted_version is not None:
                raise LineIsPosted(count_id=count.id, sku=sku)
            return each
    raise CountLineNotFound(count_id=count.id, sku=sku, lot=lot or None, condition=condition)


def must_be_postable(
    count: Count, *, leave_uncounted: bool, reasons: Mapping[str, str], reason: str | None
) -> None:
    """Refuse with `CountIsNot`, `CountIncomplete` and `DifferenceNeedsReason`."""
    must_be(count, ("open",), "posted")
    uncounted = count.uncounted
    if uncounted and not leave_uncounted:
        raise CountIncomplete(
            count_id=count.id,
            uncounted=len(uncounted),
            first=uncounted[0].sku,
        )
    for each in count.differing:
        if not (reasons.get(each.sku) or reason or each.reason):
            raise DifferenceNeedsReason(count_id=count.id, sku=each.sku)


def must_not_have_counted(count: Count, subject: str) -> None:
    """Refuse with `SecondPersonNeeded` whoever has counted the sheet or asked for its posting."""
    first = {each.counted_by for each in count.lines if each.differs} | {count.submitted_by}
    if subject in first:
        raise SecondPersonNeeded(count_id=count.id, subject=subject)


def with_reasons(count: Count, reasons: Mapping[str, str], reason: str | None) -> Count:
    """The sheet with a reason for each difference."""
    lines = tuple(
        msgspec.structs.replace(each, reason=reasons.get(each.sku) or reason or each.reason)
        if each.differs
        else each
        for each in count.lines
    )
    return msgspec.structs.replace(count, lines=lines)


def largest_difference(lines: Sequence[CountLine]) -> int:
    """How many pieces the line with the largest difference is off, either way."""
    return max(
        (max(abs(each.difference or 0), len(each.missing) + len(each.surplus)) for each in lines),
        default=0,
    )
