"""What may be done about a discrepancy: each correction names what it changes."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

__all__ = [
    "AdjustStock",
    "AskChannel",
    "CancelOrder",
    "ConfirmHold",
    "Correction",
    "CountStock",
    "CoverSale",
    "DismissSale",
    "FollowHold",
    "RecountQuota",
    "ReleaseHold",
    "RewriteHold",
    "RewriteLot",
    "RewriteOrder",
    "RewriteStock",
    "RewriteUnits",
]

QUANTITY_LIMIT = 1_000_000_000

Name = Annotated[str, Meta(min_length=1, max_length=100)]
LotName = Annotated[str, Meta(max_length=100)]
Count = Annotated[int, Meta(ge=0, le=QUANTITY_LIMIT)]
Condition = Literal["sellable", "damaged", "quality_control", "quarantine"]


class RewriteStock(
    msgspec.Struct, frozen=True, tag="rewrite_stock", tag_field="action", forbid_unknown_fields=True
):
    """Write the stock row and its parts anew from the log."""

    sku: Name
    location: Name


class RewriteHold(
    msgspec.Struct, frozen=True, tag="rewrite_hold", tag_field="action", forbid_unknown_fields=True
):
    """Write a hold and its pieces of one SKU at one location anew from the log."""

    hold_id: Name
    sku: Name
    location: Name


class RewriteUnits(
    msgspec.Struct, frozen=True, tag="rewrite_units", tag_field="action", forbid_unknown_fields=True
):
    """Write where the numbered units of a lot are anew from the log."""

    sku: Name
    lot: Name


class RewriteLot(
    msgspec.Struct, frozen=True, tag="rewrite_lot", tag_field="action", forbid_unknown_fields=True
):
    """Write what is known of a lot anew from its log."""

    sku: Name
    lot: Name


class RecountQuota(
    msgspec.Struct, frozen=True, tag="recount_quota", tag_field="action", forbid_unknown_fields=True
):
    """Write a quota anew from its log, and its use from the holds of its SKUs."""

    quota: Name


class RewriteOrder(
    msgspec.Struct, frozen=True, tag="rewrite_order", tag_field="action", forbid_unknown_fields=True
):
    """Write an order anew from its log."""

    order_id: Name


class FollowHold(
    msgspec.Struct, frozen=True, tag="follow_hold", tag_field="action", forbid_unknown_fields=True
):
    """Bring the order of a hold to where the hold is."""

    hold_id: Name


class ConfirmHold(
    msgspec.Struct, frozen=True, tag="confirm_hold", tag_field="action", forbid_unknown_fields=True
):
    """Sell what a hold sets aside."""

    hold_id: Name


class ReleaseHold(
    msgspec.Struct, frozen=True, tag="release_hold", tag_field="action", forbid_unknown_fields=True
):
    """Free what a hold sets aside or has sold."""

    hold_id: Name


class CancelOrder(
    msgspec.Struct, frozen=True, tag="cancel_order", tag_field="action", forbid_unknown_fields=True
):
    """Call an order off, and free what it has."""

    order_id: Name


class AdjustStock(
    msgspec.Struct, frozen=True, tag="adjust_stock", tag_field="action", forbid_unknown_fields=True
):
    """Correct what is on hand by ``delta``, or to what was ``counted``; of the pieces of a lot, an
    allotment or a condition where one is named, with the numbers of those that have any."""

    sku: Name
    location: Name
    delta: Annotated[int, Meta(ge=-QUANTITY_LIMIT, le=QUANTITY_LIMIT)] | None = None
    counted: Count | None = None
    lot: LotName = ""
    allotment: LotName = ""
    condition: Condition = "sellable"
    units: Annotated[tuple[Count, ...], Meta(max_length=1000)] = ()


class CountStock(
    msgspec.Struct, frozen=True, tag="count_stock", tag_field="action", forbid_unknown_fields=True
):
    """Open a count sheet for a SKU at a location: only the shelf can tell."""

    sku: Name
    location: Name


class AskChannel(
    msgspec.Struct, frozen=True, tag="ask_channel", tag_field="action", forbid_unknown_fields=True
):
    """Ask a channel to take the ledger's figure: that of when it is told. ``available`` is the one
    that was seen."""

    channel: Name
    sku: Name
    available: Count


class CoverSale(
    msgspec.Struct, frozen=True, tag="cover_sale", tag_field="action", forbid_unknown_fields=True
):
    """Book a sale that a channel reported, now that there may be stock for it."""

    channel: Name
    order_id: Name


class DismissSale(
    msgspec.Struct, frozen=True, tag="dismiss_sale", tag_field="action", forbid_unknown_fields=True
):
    """Do not book a sale that a channel reported: it was none, or what left is corrected
    otherwise."""

    channel: Name
    order_id: Name


Correction: TypeAlias = (
    RewriteStock
    | RewriteHold
    | RewriteUnits
    | RewriteLot
    | RecountQuota
    | RewriteOrder
    | FollowHold
    | ConfirmHold
    | ReleaseHold
    | CancelOrder
    | AdjustStock
    | CountStock
    | AskChannel
    | CoverSale
    | DismissSale
)
