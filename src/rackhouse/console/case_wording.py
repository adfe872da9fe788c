"""Cases in words: what kind of thing is wrong, what is proposed, what figures are called."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rackhouse.console.wording import Happening, told
from rackhouse.platform.events import Event, Position
from rackhouse.reconciliation import (
    AdjustStock,
    AskChannel,
    CancelOrder,
    ConfirmHold,
    Correction,
    CountStock,
    CoverSale,
    DismissSale,
    Evidence,
    FollowHold,
    RecountQuota,
    ReleaseHold,
    RewriteHold,
    RewriteLot,
    RewriteOrder,
    RewriteStock,
    RewriteUnits,
)

__all__ = ["KINDS", "figures_in_words", "happening_of", "in_words"]

KINDS = {
    "stock_row": "Figures are not what the log says",
    "stock_row_missing": "Stock is missing",
    "stock_details": "A limit or a waiting list is not asked",
    "kept_back": "Other pieces are kept back than were said",
    "buckets": "Parts do not add up",
    "oversold": "More is promised than there is",
    "hold_pieces": "A hold has other pieces than it should",
    "hold_status": "A hold is not what its pieces are",
    "hold_missing": "A hold is missing",
    "units": "Numbered units are not where they should be",
    "lot_row": "A lot is not what its log says",
    "quota_row": "A quota is not what its log says",
    "quota_use": "A quota is counted wrongly",
    "events_missing": "Events are missing",
    "event_figures": "An event does not add up",
    "event_hash": "An event was changed",
    "event_type_unknown": "An event is not known",
    "order_row": "An order is not what its log says",
    "order_missing": "An order is missing",
    "order_without_hold": "An order has no stock",
    "order_and_hold": "An order and its stock disagree",
    "channel_figure": "A channel has another figure",
    "sale_not_covered": "A reported sale has no stock",
}


def in_words(correction: Correction, names: Mapping[str, str]) -> str:
    """What a correction does, as one would say it."""
    what = names.get(getattr(correction, "sku", ""), "")
    return _SAID[type(correction)](correction, what)


def figures_in_words(figures: Mapping[str, int]) -> str:
    """Figures by their names, such as: 9 on hand, 2 held."""
    told = [f"{count:,} {name.replace('_', ' ')}" for name, count in figures.items()]
    return ", ".join(told).replace("-", "−") or "nothing"


def happening_of(
    evidence: Evidence, names: Mapping[str, str], channels: Mapping[str, str]
) -> Happening:
    """An event that explains a case, in words."""
    event = Event(
        position=Position(0, evidence.position),
        stream=evidence.stream,
        version=evidence.version,
        type=evidence.type,
        data=msgspec.json.encode(evidence.facts).decode(),
        actor=evidence.actor,
        channel=evidence.channel,
        correlation_id="",
        recorded_at=evidence.recorded_at,
        hash=b"",
    )
    return told(event, names, channels)


def _adjusted(to_do: AdjustStock, what: str) -> str:
    change = f"to {to_do.counted}"
    if to_do.delta is not None:
        change = f"by {to_do.delta:+,}".replace("-", "−")
    return f"Correct what is on hand of {what} in {to_do.location} {change}."


_SAID: dict[type[Any], Callable[[Any, str], str]] = {
    RewriteStock: lambda it, what: (
        f"Write the figures of {what} in {it.location} anew from the log."
    ),
    RewriteHold: lambda it, _: (
        f"Write the hold …{it.hold_id[-6:]} in {it.location} anew from the log."
    ),
    RewriteUnits: lambda it, _: (
        f"Put the numbered units of lot {it.lot} where the log says they are."
    ),
    RewriteLot: lambda it, _: f"Write what is known of lot {it.lot} anew from its log.",
    RecountQuota: lambda it, _: f"Write the quota {it.quota} anew, and count its use.",
    AdjustStock: _adjusted,
    CountStock: lambda it, what: f"Count {what} in {it.location}: only the shelf can tell.",
    AskChannel: lambda it, what: f"Ask {it.channel} to take {it.available:,} of {what}.",
    RewriteOrder: lambda it, _: f"Write the order …{it.order_id[-6:]} anew from its log.",
    FollowHold: lambda it, _: f"Bring the order to where its hold …{it.hold_id[-6:]} is.",
    ConfirmHold: lambda it, _: f"Sell what the hold …{it.hold_id[-6:]} sets aside.",
    ReleaseHold: lambda it, _: f"Let go what the hold …{it.hold_id[-6:]} has.",
    CoverSale: lambda it, _: f"Book the sale that {it.channel} reported, if there is stock now.",
    DismissSale: lambda it, _: f"Never book the sale that {it.channel} reported.",
    CancelOrder: lambda it, _: f"Call the order …{it.order_id[-6:]} off.",
}
