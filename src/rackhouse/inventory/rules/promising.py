"""Promises: pieces that have not come may be sold up to a cap, for a date that may be moved."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from rackhouse.inventory.events import (
    PROMISED,
    SELLABLE,
    PromiseClosed,
    PromiseMade,
    PromiseMoved,
    PromiseWithdrawn,
    StockEvent,
)
from rackhouse.inventory.promise_errors import (
    CapBelowSold,
    PromiseAlreadyOpen,
    PromiseInThePast,
    PromiseIsClosed,
)
from rackhouse.inventory.rules.correcting import bucket_at
from rackhouse.inventory.rules.shelf import Depth
from rackhouse.inventory.rules.state import Bucket, Moves, Stock
from rackhouse.platform.http.endpoint import VersionIsStale

__all__ = [
    "Caps",
    "Promise",
    "PromiseChange",
    "PromiseKind",
    "PromiseNow",
    "PromisePart",
    "PromiseTerms",
    "caps_of",
    "change_promise",
    "close_promise",
    "open_promise",
    "withdraw_what_came",
]

PromiseKind = Literal["pre_order", "backorder"]

Caps: TypeAlias = Mapping[str, int]
"""How many pieces may be promised, by channel; `''` are those that every channel may sell. What is
held or sold and has not come counts."""


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """The terms on which pieces of a SKU are sold before they come."""

    sku: str
    kind: PromiseKind
    promised_at: datetime.datetime
    note: str | None = None
    inbound_id: str | None = None
    opened_at: datetime.datetime
    closed_at: datetime.datetime | None = None
    version: int = 1


class PromiseTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What is promised: give ``cap`` or ``channel_caps``, not both. ``inbound_id`` is the shipment
    that brings the pieces, if it is known."""

    kind: PromiseKind
    promised_at: datetime.datetime
    cap: int | None = None
    channel_caps: Caps | None = None
    note: str | None = None
    inbound_id: str | None = None


class PromiseChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be otherwise of a promise; None leaves it as it is."""

    promised_at: datetime.datetime | None = None
    caps: Caps | None = None
    note: str | None = None
    reason: str


class PromisePart(msgspec.Struct, frozen=True, array_like=True):
    """The figures of a promise: of what every channel may sell, or of one channel's part."""

    channel: str
    cap: int
    held: int
    sold: int


class PromiseNow(msgspec.Struct, frozen=True):
    """A promise with its figures: of the part of every channel, then of single channels."""

    promise: Promise
    parts: Sequence[PromisePart]
    waiting_orders: int = 0


def open_promise(
    known: Promise | None, promise: Promise, stock: Stock, depth: Depth, caps: Caps
) -> Moves:
    """Let pieces be sold before they come. ``known`` is the promise that there was before.

    Refuses with `PromiseAlreadyOpen`, `PromiseInThePast` and `CapBelowSold`.
    """
    if known is not None and known.closed_at is None:
        raise PromiseAlreadyOpen(sku=promise.sku)
    _must_be_ahead(promise.promised_at, promise.opened_at)
    changes = _changes(stock, depth, caps)
    assert all(change >= 0 for change in changes.values()), "nothing is free of a closed promise"
    key, terms = _key(stock), (promise.kind, promise.note or "", promise.inbound_id or "")
    return [
        (key, PromiseMade(changes[channel], promise.promised_at, channel, *terms))
        for channel in sorted(caps)
    ]


def change_promise(
    promise: Promise,
    change: PromiseChange,
    stock: Stock,
    depth: Depth,
    *,
    expected_version: int | None,
    now: datetime.datetime,
) -> tuple[Promise, Moves]:
    """Move the date, or allow more or fewer; the same again changes nothing.

    Of a closed promise only the date may be moved. Refuses with `VersionIsStale`,
    `PromiseIsClosed`, `PromiseInThePast` and `CapBelowSold`.
    """
    _must_be_at(promise, expected_version)
    note = promise.note if change.note is None else change.note or None
    if promise.closed_at is not None and (change.caps is not None or note != promise.note):
        raise PromiseIsClosed(sku=promise.sku)
    moved = msgspec.structs.replace(
        promise, promised_at=change.promised_at or promise.promised_at, note=note
    )
    events: list[StockEvent] = []
    if moved.promised_at != promise.promised_at:
        _must_be_ahead(moved.promised_at, now)
        events.append(PromiseMoved(moved.promised_at, change.reason))
    if change.caps is not None:
        events += _grown_or_cut(moved, change, _changes(stock, depth, change.caps))
    if note != promise.note:
        events.append(PromiseMade(0, moved.promised_at, note=note or ""))
    return (_next(moved) if events else promise), [(_key(stock), event) for event in events]


def close_promise(
    promise: Promise,
    stock: Stock,
    depth: Depth,
    *,
    reason: str,
    expected_version: int | None,
    now: datetime.datetime,
) -> tuple[Promise, Moves]:
    """Let nothing more be sold; what was sold stays promised. Again changes nothing.

    Refuses with `VersionIsStale`.
    """
    _must_be_at(promise, expected_version)
    if promise.closed_at is not None:
        return promise, []
    key = _key(stock)
    moves: Moves = [
        (key, PromiseWithdrawn(part.free, reason, part.allotment))
        for part in caps_of(stock, depth)
        if part.free > 0
    ]
    moves.append((key, PromiseClosed(reason)))
    return _next(promise, closed_at=now), moves


def withdraw_what_came(stock: Stock, depth: Depth, came: int) -> Moves:
    """Let a promise shrink by pieces that have come and that nobody waited for: they are sold as
    stock from now on. ``came`` counts them; those that others still wait for are left out."""
    moves: Moves = []
    left = came - stock.held - stock.committed
    for part in caps_of(stock, depth):
        count = min(left, part.free)
        if count > 0:
            reason = "the pieces have come"
            moves.append((_key(stock), PromiseWithdrawn(count, reason, part.allotment)))
            left -= count
    return moves


def caps_of(stock: Stock, depth: Depth) -> Sequence[Bucket]:
    """The parts of a promise, the one of every channel first."""
    buckets = depth.buckets.get(_key(stock))
    if buckets is None:
        return [bucket_at(stock, depth, ("", "", SELLABLE))]
    return [buckets[slot] for slot in sorted(buckets)]


def _grown_or_cut(
    promise: Promise, change: PromiseChange, changes: Mapping[str, int]
) -> Iterator[StockEvent]:
    for channel, delta in changes.items():
        if delta > 0:
            yield PromiseMade(delta, promise.promised_at, channel)
        elif delta < 0:
            yield PromiseWithdrawn(-delta, change.reason, channel)


def _changes(stock: Stock, depth: Depth, caps: Caps) -> dict[str, int]:
    """By how many pieces each part grows or shrinks; of a part without a cap what is sold stays."""
    parts = {part.allotment: part for part in caps_of(stock, depth)}
    changes = {}
    for channel in sorted(parts.keys() | caps.keys()):
        part = parts.get(channel) or bucket_at(stock, depth, ("", channel, SELLABLE))
        sold = part.held + part.committed
        cap = caps.get(channel, sold)
        if cap < sold:
            raise CapBelowSold(sku=stock.sku, channel=channel or None, cap=cap, sold=sold)
        changes[channel] = cap - part.on_hand
    return changes


def _must_be_ahead(promised_at: datetime.datetime, now: datetime.datetime) -> None:
    if promised_at <= now:
        raise PromiseInThePast(promised_at=promised_at)


def _must_be_at(promise: Promise, expected: int | None) -> None:
    if expected not in (None, promise.version):
        raise VersionIsStale(current=promise.version)


def _next(promise: Promise, **changes: object) -> Promise:
    return msgspec.structs.replace(promise, version=promise.version + 1, **changes)


def _key(stock: Stock) -> tuple[str, str]:
    assert stock.location == PROMISED, "promises are kept at no place"
    return (stock.sku, stock.location)
