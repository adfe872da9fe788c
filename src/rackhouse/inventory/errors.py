"""The refusals of inventory."""

import datetime
from dataclasses import dataclass

import msgspec

from rackhouse.platform.errors import Busy, Conflict, Invalid, NotAllowed, NotFound

__all__ = [
    "AllotmentRuleNotFound",
    "AllotmentRuleStale",
    "AlreadyWaiting",
    "BatchUnsettled",
    "BundleHasNoStock",
    "ChannelMustAgree",
    "CountIncomplete",
    "CountIsNot",
    "CountLineNotFound",
    "CountNotFound",
    "CountedAtOutOfBounds",
    "CustomerNeeded",
    "DifferenceNeedsReason",
    "ExpectedWasSeen",
    "FewerThanReserved",
    "HoldHasEnded",
    "HoldNotFound",
    "HoldTooLong",
    "InvalidAllotmentRule",
    "InvalidCoordinates",
    "LineIsPosted",
    "LineNotInHold",
    "LocationNotFound",
    "LotNotFound",
    "LotNotSellable",
    "MomentInFuture",
    "NotArrivedYet",
    "NotEnoughFree",
    "NotEnoughStock",
    "NotWaitingAnyMore",
    "NothingToCount",
    "OtherChannel",
    "QuotaBelowUse",
    "QuotaExceeded",
    "QuotaNotFound",
    "QuotaVersionStale",
    "SecondPersonNeeded",
    "SellsElsewhere",
    "Shortage",
    "StockNotFound",
    "StockVersionStale",
    "TooManyAtOnce",
    "TooMuchToExplain",
    "UnitNotFree",
    "UnitsAreCountedNow",
    "UnitsMustBeNamed",
    "UnitsToCount",
    "WaitingNotFound",
]


@dataclass(eq=False)
class BatchUnsettled(Busy):
    """The stock of this request kept moving while it was waited for. Send the request again."""


class Shortage(msgspec.Struct, frozen=True):
    """What one line asked for and what there is."""

    sku: str
    asked: int
    available: int


@dataclass(eq=False)
class NotEnoughStock(Conflict):
    """There is not enough stock for every line. Nothing was reserved."""

    lines: list[Shortage]
    why: str = "not_enough"


@dataclass(eq=False)
class HoldNotFound(NotFound):
    """There is no hold {hold_id}."""

    hold_id: str


@dataclass(eq=False)
class HoldHasEnded(Conflict):
    """The hold {hold_id} is {hold_status}, so this can not be done with it any more."""

    hold_id: str
    hold_status: str


@dataclass(eq=False)
class LineNotInHold(Conflict):
    """The hold {hold_id} has {possible} of {sku} left for this, not {asked}."""

    hold_id: str
    sku: str
    asked: int
    possible: int


@dataclass(eq=False)
class HoldTooLong(Invalid):
    """ttl_seconds: a hold may last {limit_seconds} seconds at most."""

    limit_seconds: int


@dataclass(eq=False)
class LocationNotFound(NotFound):
    """There is no location {location}. Open it first."""

    location: str


@dataclass(eq=False)
class InvalidCoordinates(Invalid):
    """{field}: {problem}"""

    field: str
    problem: str


@dataclass(eq=False)
class StockNotFound(NotFound):
    """{id} is neither a product nor a SKU."""

    id: str


@dataclass(eq=False)
class MomentInFuture(Invalid):
    """as_of: {as_of} has not come yet; it is {now}. Ask for a moment that has passed."""

    as_of: datetime.datetime
    now: datetime.datetime


@dataclass(eq=False)
class TooMuchToExplain(Invalid):
    """{id} has stock in {count} places, and one answer explains {limit} at most. Ask for one SKU
    of it, or for one location."""

    id: str
    count: int
    limit: int


@dataclass(eq=False)
class BundleHasNoStock(Invalid):
    """{sku} is a bundle. Its stock is that of its components; change those."""

    sku: str


@dataclass(eq=False)
class FewerThanReserved(Conflict):
    """{sku} at {location} has {reserved} reserved, so on hand can not become {on_hand}."""

    sku: str
    location: str
    on_hand: int
    reserved: int


@dataclass(eq=False)
class StockVersionStale(Conflict):
    """{sku} at {location} is at version {current}, not {expected}. Read it again, then change."""

    sku: str
    location: str
    expected: int
    current: int


@dataclass(eq=False)
class OtherChannel(NotAllowed):
    """You act for the channel {own}, not for {channel}."""

    channel: str
    own: str


@dataclass(eq=False)
class LotNotFound(NotFound):
    """There is no lot {lot} of {sku}. Register it first."""

    sku: str
    lot: str


@dataclass(eq=False)
class LotNotSellable(Conflict):
    """The lot {lot} of {sku} is {lot_status}, so none of it can be sold. Ask for another lot."""

    sku: str
    lot: str
    lot_status: str


@dataclass(eq=False)
class UnitNotFree(Conflict):
    """Number {number} of the lot {lot} of {sku} is {unit_state}, so it can not be taken here. Ask
    for another number, or for any."""

    sku: str
    lot: str
    number: int
    unit_state: str


@dataclass(eq=False)
class UnitsMustBeNamed(Invalid):
    """units: the pieces of the lot {lot} of {sku} are numbered. Name the {quantity} numbers."""

    sku: str
    lot: str
    quantity: int


@dataclass(eq=False)
class NotEnoughFree(Conflict):
    """{sku} at {location} has {free} free pieces as described, not {asked}."""

    sku: str
    location: str
    lot: str | None
    channel: str | None
    condition: str
    asked: int
    free: int


@dataclass(eq=False)
class NotArrivedYet(Conflict):
    """What the hold {hold_id} has sold has not come yet. Ship it when it is there."""

    hold_id: str


@dataclass(eq=False)
class QuotaExceeded(Conflict):
    """{name} allows {cap} pieces, of which {left} are left, not {asked}."""

    quota: str
    name: str
    cap: int
    left: int
    asked: int


@dataclass(eq=False)
class CustomerNeeded(Invalid):
    """customer_id: the quota {quota} allows {cap} pieces per customer. Say who buys."""

    quota: str
    cap: int


@dataclass(eq=False)
class QuotaNotFound(NotFound):
    """There is no quota {quota}."""

    quota: str


@dataclass(eq=False)
class QuotaBelowUse(Conflict):
    """cap: {used} pieces are taken already, which is more than {cap}. Set a higher cap."""

    quota: str
    cap: int
    used: int


@dataclass(eq=False)
class QuotaVersionStale(Conflict):
    """The quota {quota} is at version {current}, not {expected}. Read it again, then change."""

    quota: str
    expected: int
    current: int


@dataclass(eq=False)
class AlreadyWaiting(Conflict):
    """{customer_id} waits for {sku} through {channel} already."""

    sku: str
    channel: str
    customer_id: str


@dataclass(eq=False)
class WaitingNotFound(NotFound):
    """There is no place in line {waiting_id}."""

    waiting_id: str


@dataclass(eq=False)
class NotWaitingAnyMore(Conflict):
    """The place in line {waiting_id} is {waiting_status}, so it can not be left. Release the hold
    of the offer instead."""

    waiting_id: str
    waiting_status: str


@dataclass(eq=False)
class ChannelMustAgree(Conflict):
    """{channel} may be selling its allotment at this moment without asking. Let its own client give
    pieces back, or say `channel_agrees` once it has agreed and sells them no more."""

    channel: str


@dataclass(eq=False)
class SellsElsewhere(Conflict):
    """{channel} does not sell from {location}, so pieces set apart there would be sold by nobody.
    Let it sell from there first."""

    channel: str
    location: str


@dataclass(eq=False)
class AllotmentRuleNotFound(NotFound):
    """No rule fills up what {channel} has of {sku} at {location}."""

    channel: str
    sku: str
    location: str


@dataclass(eq=False)
class AllotmentRuleStale(Conflict):
    """The rule of {channel} for {sku} at {location} is at version {current}, not {expected}. Read
    it again, then change."""

    channel: str
    sku: str
    location: str
    expected: int
    current: int


@dataclass(eq=False)
class InvalidAllotmentRule(Invalid):
    """{field}: {problem}"""

    field: str
    problem: str


@dataclass(eq=False)
class TooManyAtOnce(Invalid):
    """{field}: this comes to {asked} rows of stock, and {limit} are changed at once at most. Send
    it in parts."""

    field: str
    asked: int
    limit: int


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
