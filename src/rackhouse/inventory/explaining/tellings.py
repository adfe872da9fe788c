"""One event of stock in words: what somebody did, to be put together with who and what."""

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.inventory.events import (
    SELLABLE,
    AllotmentReturned,
    AllotmentRuleRemoved,
    AllotmentRuleSet,
    CountCancelled,
    CountOpened,
    CountPosted,
    CountRecorded,
    CountReviewed,
    CountSubmitted,
    HoldAllocated,
    HoldConfirmed,
    HoldExpired,
    HoldExtended,
    HoldPlaced,
    HoldReleased,
    InboundCancelled,
    InboundChanged,
    InboundExpected,
    InboundReceived,
    InboundSent,
    LocationOpened,
    LotChanged,
    LotRecalled,
    LotRegistered,
    LotReinstated,
    LotStatusChanged,
    OfferMade,
    PiecesExpected,
    PromiseClosed,
    PromiseKept,
    PromiseMade,
    PromiseMoved,
    PromiseWithdrawn,
    QuotaEnded,
    QuotaSet,
    SafetyStockSet,
    StockAdjusted,
    StockAllotted,
    StockConditionChanged,
    StockReceived,
    StockReturned,
    StockShipped,
    TransferLost,
    TransferReceived,
    TransferSent,
    WaitingJoined,
    WaitingLeft,
)

UNITS_SHOWN = 5


class Told(msgspec.Struct, frozen=True):
    """An event in words, to be put together: who ``did`` what SKU ``rest``, ``until`` when.

    ``kind`` is held, sold, freed, moved or other.
    """

    kind: str
    did: str
    rest: str
    until: datetime.datetime | None = None


def signed(number: int) -> str:
    """A number with its sign."""
    return f"{number:+,}".replace("-", "−")


def received(event: StockReceived, place: str) -> Told:
    reference = f" ({event.reference})" if event.reference else ""
    return Told("moved", _pieces("received", event.quantity), _at("in", place, event) + reference)


def adjusted(event: StockAdjusted, place: str) -> Told:
    where = _at("in", place, event)
    return Told("moved", f"adjusted by {signed(event.delta)}", f"{where} ({event.reason})")


def changed_condition(event: StockConditionChanged, place: str) -> Told:
    change = f"from {_plain(event.before)} to {_plain(event.after)} ({event.reason})"
    did = _pieces("moved", event.quantity)
    return Told("moved", did, f"{_at('in', place, event)} {change}")


def allotted(event: StockAllotted, place: str) -> Told:
    where = f"in {place}{_of_lot(event)} to {event.allotment}"
    return Told("moved", _pieces("allotted", event.quantity), where)


def taken_back(event: AllotmentReturned, place: str) -> Told:
    return Told("moved", _pieces("took back", event.quantity), _at("in", place, event))


def sent(event: TransferSent, place: str) -> Told:
    did = _pieces("sent", event.quantity)
    return Told("moved", did, f"{_at('from', place, event)} to another location")


def taken_in(event: TransferReceived, place: str) -> Told:
    did = _pieces("took in", event.quantity)
    return Told("moved", did, f"{_at('in', place, event)} from another location")


def lost(event: TransferLost, place: str) -> Told:
    where = f"on the way to {place}{_of_lot(event)}"
    return Told("moved", _pieces("lost", event.quantity), f"{where} ({event.reason})")


def kept_back(event: SafetyStockSet, place: str) -> Told:
    whom = f"from {event.channel}" if event.channel else "from everybody"
    did = _pieces("decided to keep back", event.quantity)
    return Told("other", did, f"in {place} {whom}")


def lot_turned(event: LotStatusChanged, place: str) -> Told:
    rest = f"in {place} {event.status} ({event.reason})"
    return Told("other", f"declared lot {event.lot} of", rest)


def held(event: HoldPlaced, place: str) -> Told:
    did, where = _pieces("held", event.quantity), _at("in", place, event)
    return Told("held", did, f"{where} until", event.expires_at)


def extended(event: HoldExtended, place: str) -> Told:
    where = _at("in", place, event)
    return Told("held", "extended the hold of", f"{where} until", event.expires_at)


def sold(event: HoldConfirmed, place: str) -> Told:
    return Told("sold", _pieces("sold", event.quantity), _at("from", place, event))


def released(event: HoldReleased, place: str) -> Told:
    why = f" ({event.reason})" if event.reason != "released" else ""
    did = _pieces("released", event.from_held + event.from_committed)
    return Told("freed", did, _at("in", place, event) + why)


def expired(event: HoldExpired, place: str) -> Told:
    return Told("freed", _pieces("let", event.quantity), f"{_at('in', place, event)} expire")


def shipped(event: StockShipped, place: str) -> Told:
    return Told("moved", _pieces("shipped", event.quantity), _at("from", place, event))


def returned(event: StockReturned, place: str) -> Told:
    did, where = _pieces("returned", event.quantity), _at("in", place, event)
    return Told("moved", did, f"{where} ({event.reason})")


def promised(event: PromiseMade, place: str) -> Told:
    whom = f"to {event.allotment} for" if event.allotment else "for"
    return Told("moved", _pieces("promised", event.quantity), whom, event.promised_at)


def put_off(event: PromiseMoved, place: str) -> Told:
    return Told("other", "promised", f"({event.reason}) anew, for", event.promised_at)


def withdrawn(event: PromiseWithdrawn, place: str) -> Told:
    whom = f"for {event.allotment} " if event.allotment else ""
    return Told("moved", _pieces("promised no more", event.quantity), f"{whom}({event.reason})")


def closed(event: PromiseClosed, place: str) -> Told:
    return Told("other", "closed the promise of", f"({event.reason})")


def kept(event: PromiseKept, place: str) -> Told:
    did = _pieces("kept the promise of", event.from_held + event.from_committed)
    return Told("moved", did, f"in {event.location}")


def given(event: HoldAllocated, place: str) -> Told:
    did = _pieces("gave", event.to_held + event.to_committed)
    return Told("held", did, f"{_at('in', place, event)} to a hold that had waited")


def opened(event: LocationOpened, place: str) -> Told:
    return Told("other", "opened the location", event.name)


def registered(event: LotRegistered, place: str) -> Told:
    return Told("other", f"registered lot {event.lot} of", "")


def changed(event: LotChanged, place: str) -> Told:
    return Told("other", f"corrected lot {event.lot} of", "")


def recalled(event: LotRecalled, place: str) -> Told:
    return Told("other", f"recalled lot {event.lot} of", f"({event.reason})")


def reinstated(event: LotReinstated, place: str) -> Told:
    return Told("other", f"lifted the recall of lot {event.lot} of", f"({event.reason})")


def expected(event: InboundExpected, place: str) -> Told:
    rest = f"from {event.origin} in {event.destination}"
    return Told("other", _shipment("expects", event.lines), rest)


def set_out(event: InboundSent, place: str) -> Told:
    by = f" by {event.carrier}" if event.carrier else ""
    rest = f"from {event.origin} to {event.destination}{by}"
    return Told("moved", _shipment("sent", event.lines), rest)


def expected_anew(event: InboundChanged, place: str) -> Told:
    return Told("other", "changed the shipment of", f"({event.reason})")


def unpacked(event: InboundReceived, place: str) -> Told:
    did = _pieces("unpacked", sum(each.quantity for each in event.came)) + " of a shipment of"
    missing = sum(each.quantity for each in event.missing)
    parts = (f"{missing:,} missing" if missing else "", event.reason)
    why = ": ".join(filter(None, parts))
    return Told("moved", did, f"({why})" if why else "")


def called_off(event: InboundCancelled, place: str) -> Told:
    return Told("other", "called off the shipment of", f"({event.reason})")


def rule_set(event: AllotmentRuleSet, place: str) -> Told:
    if event.paused:
        return Told("other", f"paused the rule for {event.channel}'s allotment of", "")
    what = f"let {event.channel}'s allotment be filled up of"
    return Told("other", what, f"to {event.level:,} below {event.minimum:,}")


def rule_removed(event: AllotmentRuleRemoved, place: str) -> Told:
    return Told("other", "removed the rule for an allotment of", "")


def quota_set(event: QuotaSet, place: str) -> Told:
    whom = "for each customer" if event.per == "customer" else "for all together"
    return Told("other", f"set the quota {event.name} to {event.cap:,}", whom)


def quota_ended(event: QuotaEnded, place: str) -> Told:
    return Told("other", f"ended the quota {event.quota}", "")


def joined(event: WaitingJoined, place: str) -> Told:
    return Told("other", _pieces("joined the waiting list for", event.quantity), "")


def offered(event: OfferMade, place: str) -> Told:
    return Told(
        "held", _pieces("offered", event.quantity), "to who waited, until", event.expires_at
    )


def left(event: WaitingLeft, place: str) -> Told:
    return Told("other", "left the waiting list for", "")


def count_opened(event: CountOpened, place: str) -> Told:
    return Told("other", f"opened a count of {event.line_count:,} lines", f"in {event.location}")


def counted(event: CountRecorded, place: str) -> Told:
    return Told("other", f"counted {len(event.lines):,} lines", "")


def count_reviewed(event: CountReviewed, place: str) -> Told:
    return Told("other", "looked at the differences of a count", "")


def count_submitted(event: CountSubmitted, place: str) -> Told:
    return Told(
        "other", "submitted a count", f"that is off by {event.largest_difference:,} at most"
    )


def count_posted(event: CountPosted, place: str) -> Told:
    return Told("moved", f"posted a count of {event.line_count:,} lines", signed(event.pieces))


def count_cancelled(event: CountCancelled, place: str) -> Told:
    return Told("other", "gave a count up", f"({event.reason})")


def _pieces(did: str, quantity: int) -> str:
    return f"{did} {quantity:,}\u00a0×"


def _shipment(did: str, lines: Sequence[PiecesExpected]) -> str:
    skus = {each.sku for each in lines}
    did = _pieces(did, sum(each.quantity for each in lines))
    return did if len(skus) == 1 else f"{did} of {len(skus)} SKUs, such as"


def _at(word: str, place: str, event: Any) -> str:
    """Where pieces were: the place, and what more is known of them."""
    allotment: str = getattr(event, "allotment", "")
    known = f" in the allotment of {allotment}" if allotment else ""
    condition: str = getattr(event, "condition", SELLABLE)
    state = "" if condition == SELLABLE else f" as {_plain(condition)}"
    return f"{word} {place}{_of_lot(event)}{known}{state}"


def _of_lot(event: Any) -> str:
    lot: str = getattr(event, "lot", "")
    units: tuple[int, ...] = getattr(event, "units", ())
    if not units:
        return f" of lot {lot}" if lot else ""
    shown = ", ".join(str(each) for each in units[:UNITS_SHOWN])
    more = f" and {len(units) - UNITS_SHOWN} more" if len(units) > UNITS_SHOWN else ""
    return f" of lot {lot} (number {shown}{more})"


def _plain(condition: str) -> str:
    return condition.replace("_", " ")
