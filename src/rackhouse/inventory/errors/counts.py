"""The refusals of counts."""

from dataclasses import dataclass

from rackhouse.platform.errors import Conflict, Invalid, NotAllowed, NotFound

__all__ = [
    "CountIncomplete",
    "CountIsNot",
    "CountLineNotFound",
    "CountNotFound",
    "CountedAtOutOfBounds",
    "DifferenceNeedsReason",
    "ExpectedWasSeen",
    "LineIsPosted",
    "NothingToCount",
    "SecondPersonNeeded",
    "UnitsAreCountedNow",
    "UnitsToCount",
]


@dataclass(eq=False)
class CountNotFound(NotFound):
    """There is no count {count_id}."""

    count_id: str


@dataclass(eq=False)
class CountIsNot(Conflict):
    """The count {count_id} is {count_status}, so it can not be {wanted}."""

    count_id: str
    count_status: str
    wanted: str


@dataclass(eq=False)
class CountLineNotFound(NotFound):
    """The count {count_id} has no line for {sku} as described. Open a count with it."""

    count_id: str
    sku: str
    lot: str | None
    condition: str


@dataclass(eq=False)
class LineIsPosted(Conflict):
    """The difference of {sku} in the count {count_id} is posted already. Count it anew."""

    count_id: str
    sku: str


@dataclass(eq=False)
class CountedElsewhere(Conflict):
    """After {sku} was counted for {count_id}, the count {other_count_id} corrected it at
    {location}. Count it anew."""

    count_id: str
    sku: str
    location: str
    other_count_id: str


@dataclass(eq=False)
class NothingToCount(Conflict):
    """At {location} there is nothing to count as asked. Name SKUs, or ask for other ones."""

    location: str


@dataclass(eq=False)
class ExpectedWasSeen(NotAllowed):
    """{subject} has seen what the count {count_id} expects. Let somebody else count."""

    count_id: str
    subject: str


@dataclass(eq=False)
class CountIncomplete(Conflict):
    """{uncounted} lines of the count {count_id} were not counted, such as {first}. Count them, or
    say that they are to be left."""

    count_id: str
    uncounted: int
    first: str


@dataclass(eq=False)
class DifferenceNeedsReason(Invalid):
    """reasons: the difference of {sku} in the count {count_id} has no reason. Give it one."""

    count_id: str
    sku: str


@dataclass(eq=False)
class SecondPersonNeeded(NotAllowed):
    """{subject} has counted or submitted the count {count_id}. Let somebody else approve."""

    count_id: str
    subject: str


@dataclass(eq=False)
class CountedAtOutOfBounds(Invalid):
    """counted_at: {counted_at} is not between the opening of the count and now."""

    counted_at: str


@dataclass(eq=False)
class UnitsToCount(Invalid):
    """units: the pieces of the lot {lot} of {sku} are numbered. Name each number that is there."""

    sku: str
    lot: str


@dataclass(eq=False)
class UnitsAreCountedNow(Invalid):
    """counted_at: the numbered pieces of the lot {lot} of {sku} are counted as of now. Leave it
    out."""

    sku: str
    lot: str
