"""How each type of event is told, one by one and many together: the one place where it stands."""

from collections.abc import Callable
from typing import Any

import msgspec

from rackhouse.inventory.explaining import tellings as tell
from rackhouse.inventory.explaining.tellings import signed
from rackhouse.inventory.sums import KindSum

__all__ = ["WORDINGS", "Wording"]


class Wording(msgspec.Struct, frozen=True):
    """How events of one type are told: ``tell`` one at a place; many together as so many ``pieces``
    that were ``done`` ``many`` times."""

    tell: Callable[[Any, str], tell.Told]
    pieces: Callable[[KindSum], str]
    done: str
    one: str
    many: str

    def sum_up(self, total: KindSum) -> str:
        """Many events together, such as: 1,000 received in 12 receipts."""
        times = f"{total.events:,} {self.one if total.events == 1 else self.many}"
        return " ".join(filter(None, (self.pieces(total), self.done, times)))


def _on_hand(total: KindSum) -> str:
    return f"{abs(total.on_hand):,}"


def _corrected(total: KindSum) -> str:
    return signed(total.on_hand)


def _of_held(total: KindSum) -> str:
    return f"{abs(total.held):,}"


def _of_committed(total: KindSum) -> str:
    return f"{abs(total.committed):,}"


def _reserved(total: KindSum) -> str:
    return f"{abs(total.held + total.committed):,}"


def _unavailable(total: KindSum) -> str:
    return f"{signed(total.unavailable)} unavailable"


def _of_allotted(total: KindSum) -> str:
    return f"{abs(total.allotted):,}"


def _none(_: KindSum) -> str:
    return ""


WORDINGS: dict[str, Wording] = {
    "StockReceived": Wording(tell.received, _on_hand, "received in", "receipt", "receipts"),
    "PromiseMade": Wording(tell.promised, _on_hand, "promised in", "promise", "promises"),
    "PromiseMoved": Wording(tell.put_off, _none, "", "other date", "other dates"),
    "PromiseWithdrawn": Wording(tell.withdrawn, _on_hand, "promised no more in", "cut", "cuts"),
    "PromiseClosed": Wording(tell.closed, _none, "", "end of a promise", "ends of promises"),
    "TransferLost": Wording(tell.lost, _none, "", "loss on the way", "losses on the way"),
    "TransferReceived": Wording(tell.taken_in, _on_hand, "taken in by", "transfer", "transfers"),
    "TransferSent": Wording(tell.sent, _on_hand, "sent by", "transfer", "transfers"),
    "StockAdjusted": Wording(tell.adjusted, _corrected, "in", "correction", "corrections"),
    "StockConditionChanged": Wording(
        tell.changed_condition, _unavailable, "in", "change", "changes"
    ),
    "StockAllotted": Wording(tell.allotted, _of_allotted, "allotted in", "allotment", "allotments"),
    "AllotmentReturned": Wording(
        tell.taken_back, _of_allotted, "taken back from", "allotment", "allotments"
    ),
    "SafetyStockSet": Wording(tell.kept_back, _none, "", "safety stock set", "safety stocks set"),
    "LotStatusChanged": Wording(tell.lot_turned, _none, "", "lot turned", "lots turned"),
    "HoldPlaced": Wording(tell.held, _of_held, "held in", "hold", "holds"),
    "HoldAllocated": Wording(tell.given, _reserved, "given to", "hold", "holds"),
    "HoldExtended": Wording(tell.extended, _none, "", "extension", "extensions"),
    "HoldConfirmed": Wording(tell.sold, _of_committed, "sold in", "sale", "sales"),
    "HoldReleased": Wording(tell.released, _reserved, "released in", "release", "releases"),
    "HoldExpired": Wording(tell.expired, _of_held, "expired in", "hold", "holds"),
    "PromiseKept": Wording(tell.kept, _on_hand, "kept of", "promise", "promises"),
    "StockShipped": Wording(tell.shipped, _on_hand, "shipped in", "shipment", "shipments"),
    "StockReturned": Wording(tell.returned, _on_hand, "returned in", "return", "returns"),
    "AllotmentRuleSet": Wording(tell.rule_set, _none, "", "rule", "rules"),
    "AllotmentRuleRemoved": Wording(tell.rule_removed, _none, "", "rule", "rules"),
    "QuotaSet": Wording(tell.quota_set, _none, "", "quota", "quotas"),
    "QuotaEnded": Wording(tell.quota_ended, _none, "", "end of a quota", "ends of quotas"),
    "WaitingJoined": Wording(tell.joined, _none, "", "customer in line", "customers in line"),
    "OfferMade": Wording(tell.offered, _none, "", "offer", "offers"),
    "WaitingLeft": Wording(tell.left, _none, "", "customer gone", "customers gone"),
    "InboundExpected": Wording(tell.expected, _none, "", "purchase", "purchases"),
    "InboundSent": Wording(tell.set_out, _none, "", "sent transfer", "sent transfers"),
    "InboundChanged": Wording(tell.expected_anew, _none, "", "changed plan", "changed plans"),
    "InboundReceived": Wording(tell.unpacked, _none, "", "unpacked shipment", "unpacked shipments"),
    "InboundCancelled": Wording(
        tell.called_off, _none, "", "shipment called off", "shipments called off"
    ),
    "LocationOpened": Wording(tell.opened, _none, "", "opening", "openings"),
    "LotRegistered": Wording(tell.registered, _none, "", "lot", "lots"),
    "LotChanged": Wording(tell.changed, _none, "", "correction", "corrections"),
    "LotRecalled": Wording(tell.recalled, _none, "", "recall", "recalls"),
    "LotReinstated": Wording(tell.reinstated, _none, "", "lifted recall", "lifted recalls"),
    "CountOpened": Wording(tell.count_opened, _none, "", "count opened", "counts opened"),
    "CountRecorded": Wording(tell.counted, _none, "", "time of counting", "times of counting"),
    "CountReviewed": Wording(tell.count_reviewed, _none, "", "review", "reviews"),
    "CountSubmitted": Wording(tell.count_submitted, _none, "", "submission", "submissions"),
    "CountPosted": Wording(tell.count_posted, _none, "", "count posted", "counts posted"),
    "CountCancelled": Wording(tell.count_cancelled, _none, "", "count given up", "counts given up"),
}
