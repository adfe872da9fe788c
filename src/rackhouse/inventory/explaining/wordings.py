"""How each type of event is told, one by one and many together: the one place where it stands."""

import datetime
from collections.abc import Callable
from typing import Any

import msgspec

from rackhouse.inventory.events import (
    SELLABLE,
    AllotmentReturned,
    HoldAllocated,
    HoldConfirmed,
    HoldExpired,
    HoldExtended,
    HoldPlaced,
    HoldReleased,
    LocationOpened,
    LotChanged,
    LotRecalled,
    LotRegistered,
    LotReinstated,
    LotStatusChanged,
    PromiseKept,
    PromiseMade,
    PromiseMoved,
    SafetyStockSet,
    StockAdjusted,
    StockAllotted,
    StockConditionChanged,
    StockReceived,
    StockReturned,
    StockShipped,
    TransferReceived,
    TransferSent,
)
from rackhouse.inventory.sums import KindSum

__all__ = ["WORDINGS", "Told", "Wording"]

UNITS_SHOWN = 5


class Told(msgspec.Struct, frozen=True):
    """An event in words, to be put together: who ``did`` what SKU ``rest``, ``until`` when.

    ``kind`` is held, sold, freed, moved or other.
    """

    kind: str
    did: str
    rest: str
    until: datetime.datetime | None = None


class Wording(msgspec.Struct, frozen=True):
    """How events of one type are told: ``tell`` one at a place; many together as so many ``pieces``
    that were ``done`` ``many`` times."""

    tell: Callable[[Any, str], Told]
    pieces: Callable[[KindSum], str]
    done: str
    one: str
    many: str

    def sum_up(self, total: KindSum) -> str:
        """Many events together, such as: 1,000 received in 12 receipts."""
        times = f"{total.events:,} {self.one if total.events == 1 else self.many}"
        return " ".join(filter(None, (self.pieces(total), self.done, times)))


def _received(event: StockReceived, place: str) -> Told:
    reference = f" ({event.reference})" if event.reference else ""
    return Told("moved", _pieces("received", event.quantity), _at("in", place, event) + reference)


def _adjusted(event: StockAdjusted, place: str) -> Told:
    where = _at("in", place, event)
    return Told("moved", f"adjusted by {_signed(event.delta)}", f"{where} ({event.reason})")


def _changed_condition(event: StockConditionChanged, place: str) -> Told:
    change = f"from {_plain(event.before)} to {_plain(event.after)} ({event.reason})"
    did = _pieces("moved", event.quantity)
    return Told("moved", did, f"{_at('in', place, event)} {change}")


def _allotted(event: StockAllotted, place: str) -> Told:
    where = f"in {place}{_of_lot(event)} to {event.allotment}"
    return Told("moved", _pieces("allotted", event.quantity), where)


def _taken_back(event: AllotmentReturned, place: str) -> Told:
    return Told("moved", _pieces("took back", event.quantity), _at("in", place, event))


def _sent(event: TransferSent, place: str) -> Told:
    did = _pieces("sent", event.quantity)
    return Told("moved", did, f"{_at('from', place, event)} to another location")


def _taken_in(event: TransferReceived, place: str) -> Told:
    did = _pieces("took in", event.quantity)
    return Told("moved", did, f"{_at('in', place, event)} from another location")


def _kept_back(event: SafetyStockSet, place: str) -> Told:
    whom = f"from {event.channel}" if event.channel else "from everybody"
    did = _pieces("decided to keep back", event.quantity)
    return Told("other", did, f"in {place} {whom}")


def _lot_turned(event: LotStatusChanged, place: str) -> Told:
    rest = f"in {place} {event.status} ({event.reason})"
    return Told("other", f"declared lot {event.lot} of", rest)


def _held(event: HoldPlaced, place: str) -> Told:
    did, where = _pieces("held", event.quantity), _at("in", place, event)
    return Told("held", did, f"{where} until", event.expires_at)


def _extended(event: HoldExtended, place: str) -> Told:
    where = _at("in", place, event)
    return Told("held", "extended the hold of", f"{where} until", event.expires_at)


def _sold(event: HoldConfirmed, place: str) -> Told:
    return Told("sold", _pieces("sold", event.quantity), _at("from", place, event))


def _released(event: HoldReleased, place: str) -> Told:
    why = f" ({event.reason})" if event.reason != "released" else ""
    did = _pieces("released", event.from_held + event.from_committed)
    return Told("freed", did, _at("in", place, event) + why)


def _expired(event: HoldExpired, place: str) -> Told:
    return Told("freed", _pieces("let", event.quantity), f"{_at('in', place, event)} expire")


def _shipped(event: StockShipped, place: str) -> Told:
    return Told("moved", _pieces("shipped", event.quantity), _at("from", place, event))


def _returned(event: StockReturned, place: str) -> Told:
    did, where = _pieces("returned", event.quantity), _at("in", place, event)
    return Told("moved", did, f"{where} ({event.reason})")


def _promised(event: PromiseMade, place: str) -> Told:
    whom = f"to {event.allotment} for" if event.allotment else "for"
    return Told("moved", _pieces("promised", event.quantity), whom, event.promised_at)


def _put_off(event: PromiseMoved, place: str) -> Told:
    return Told("other", "promised", f"({event.reason}) anew, for", event.promised_at)


def _kept(event: PromiseKept, place: str) -> Told:
    did = _pieces("kept the promise of", event.from_held + event.from_committed)
    return Told("moved", did, f"in {event.location}")


def _given(event: HoldAllocated, place: str) -> Told:
    did = _pieces("gave", event.to_held + event.to_committed)
    return Told("held", did, f"{_at('in', place, event)} to a hold that had waited")


def _opened(event: LocationOpened, place: str) -> Told:
    return Told("other", "opened the location", event.name)


def _registered(event: LotRegistered, place: str) -> Told:
    return Told("other", f"registered lot {event.lot} of", "")


def _changed(event: LotChanged, place: str) -> Told:
    return Told("other", f"corrected lot {event.lot} of", "")


def _recalled(event: LotRecalled, place: str) -> Told:
    return Told("other", f"recalled lot {event.lot} of", f"({event.reason})")


def _reinstated(event: LotReinstated, place: str) -> Told:
    return Told("other", f"lifted the recall of lot {event.lot} of", f"({event.reason})")


def _pieces(did: str, quantity: int) -> str:
    return f"{did} {quantity:,}\u00a0×"


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


def _signed(number: int) -> str:
    return f"{number:+,}".replace("-", "−")


def _on_hand(total: KindSum) -> str:
    return f"{abs(total.on_hand):,}"


def _corrected(total: KindSum) -> str:
    return _signed(total.on_hand)


def _of_held(total: KindSum) -> str:
    return f"{abs(total.held):,}"


def _of_committed(total: KindSum) -> str:
    return f"{abs(total.committed):,}"


def _reserved(total: KindSum) -> str:
    return f"{abs(total.held + total.committed):,}"


def _unavailable(total: KindSum) -> str:
    return f"{_signed(total.unavailable)} unavailable"


def _of_allotted(total: KindSum) -> str:
    return f"{abs(total.allotted):,}"


def _none(_: KindSum) -> str:
    return ""


WORDINGS: dict[str, Wording] = {
    "StockReceived": Wording(_received, _on_hand, "received in", "receipt", "receipts"),
    "PromiseMade": Wording(_promised, _on_hand, "promised in", "promise", "promises"),
    "PromiseMoved": Wording(_put_off, _none, "", "other date", "other dates"),
    "TransferReceived": Wording(_taken_in, _on_hand, "taken in by", "transfer", "transfers"),
    "TransferSent": Wording(_sent, _on_hand, "sent by", "transfer", "transfers"),
    "StockAdjusted": Wording(_adjusted, _corrected, "in", "correction", "corrections"),
    "StockConditionChanged": Wording(_changed_condition, _unavailable, "in", "change", "changes"),
    "StockAllotted": Wording(_allotted, _of_allotted, "allotted in", "allotment", "allotments"),
    "AllotmentReturned": Wording(
        _taken_back, _of_allotted, "taken back from", "allotment", "allotments"
    ),
    "SafetyStockSet": Wording(_kept_back, _none, "", "other safety stock", "other safety stocks"),
    "LotStatusChanged": Wording(_lot_turned, _none, "", "turn of a lot", "turns of lots"),
    "HoldPlaced": Wording(_held, _of_held, "held in", "hold", "holds"),
    "HoldAllocated": Wording(_given, _reserved, "given to", "hold", "holds"),
    "HoldExtended": Wording(_extended, _none, "", "extension", "extensions"),
    "HoldConfirmed": Wording(_sold, _of_committed, "sold in", "sale", "sales"),
    "HoldReleased": Wording(_released, _reserved, "released in", "release", "releases"),
    "HoldExpired": Wording(_expired, _of_held, "expired in", "hold", "holds"),
    "PromiseKept": Wording(_kept, _on_hand, "kept of", "promise", "promises"),
    "StockShipped": Wording(_shipped, _on_hand, "shipped in", "shipment", "shipments"),
    "StockReturned": Wording(_returned, _on_hand, "returned in", "return", "returns"),
    "LocationOpened": Wording(_opened, _none, "", "opening", "openings"),
    "LotRegistered": Wording(_registered, _none, "", "lot", "lots"),
    "LotChanged": Wording(_changed, _none, "", "correction", "corrections"),
    "LotRecalled": Wording(_recalled, _none, "", "recall", "recalls"),
    "LotReinstated": Wording(_reinstated, _none, "", "lifted recall", "lifted recalls"),
}
