"""The books: every single piece, where it stands, in which state, and whose it is. Written to be
slow and plain; nothing in it is taken from the rules of the product."""

import datetime
from collections import Counter
from collections.abc import Callable, Container, Iterable
from typing import TypeAlias

import msgspec

from machine.world import CHANNELS
from rackhouse.inventory.rules import Key, Line

__all__ = [
    "NOWHERE",
    "RESERVED",
    "Books",
    "HoldBook",
    "InLineBook",
    "InboundBook",
    "LotBook",
    "Piece",
    "QuotaBook",
    "Standing",
    "Tally",
]

NOWHERE = "~promised"
"""Where pieces are that have not come."""

RESERVED = ("held", "sold")
ON_HAND = ("free", *RESERVED)
Moment = datetime.datetime

Standing: TypeAlias = tuple[str, str, str, str, str, int | None]
"""A SKU, a place, a lot, an allotment, a condition, and a number if there is one."""


class Piece:
    """One piece. ``state`` is free, held, sold, shipped, sent, lost or gone."""

    __slots__ = (
        "allotment",
        "condition",
        "hold",
        "line",
        "lot",
        "number",
        "place",
        "sku",
        "state",
        "transfer",
        "until",
    )

    def __init__(self, sku: str, place: str, lot: str = "", number: int | None = None) -> None:
        self.sku = sku
        self.place = place
        self.lot = lot
        self.number = number
        self.allotment = ""
        self.condition = "sellable"
        self.state = "free"
        self.hold: str | None = None
        self.line: int | None = None
        self.until: Moment | None = None
        self.transfer: str | None = None

    @property
    def slot(self) -> tuple[str, str, str]:
        """Where in its row."""
        return (self.lot, self.allotment, self.condition)

    def lapsed(self, now: Moment) -> bool:
        """Whether it is set aside although that time is over."""
        return self.state == "held" and self.until is not None and self.until <= now

    def let_go(self) -> None:
        """Nobody has it any more."""
        self.state, self.hold, self.line, self.until = "free", None, None, None


class LotBook(msgspec.Struct):
    """A lot."""

    release_at: Moment | None
    expires_at: Moment | None
    recalled: bool
    numbered: int | None
    registered_at: Moment


class HoldBook(msgspec.Struct):
    """A hold."""

    id: str
    channel: str
    customer: str | None
    lines: tuple[Line, ...]
    placed_at: Moment
    until: Moment
    status: str = "held"


class QuotaBook(msgspec.Struct):
    """A cap."""

    cap: int
    per: str
    skus: tuple[str, ...]


class InLineBook(msgspec.Struct):
    """Somebody who waits."""

    id: str
    sku: str
    quantity: int
    channel: str
    customer: str
    seconds: float


class InboundBook:
    """A shipment: its lines as (SKU, lot, quantity, numbers), and what became of each."""

    def __init__(
        self,
        kind: str,
        origin: str,
        destination: str,
        lines: list[tuple[str, str, int, tuple[int, ...]]],
    ) -> None:
        self.kind = kind
        self.origin = origin
        self.destination = destination
        self.lines = lines
        self.came = [0] * len(lines)
        self.missing = [0] * len(lines)
        self.is_open = True
        self.may_be_more = False

    def coming(self, line: int) -> int:
        """How many pieces of a line are still to come."""
        left = self.lines[line][2] - self.came[line] - self.missing[line]
        return max(0, left) if self.is_open else 0


class Tally(msgspec.Struct):
    """What became of pieces that were allocated to a line at a place."""

    quantity: int = 0
    shipped: int = 0
    returned: int = 0


class Books:
    """Everything there is to know."""

    def __init__(self, now: Moment) -> None:
        self.now = now
        self.pieces: list[Piece] = []
        self.lots: dict[tuple[str, str], LotBook] = {}
        self.safety: dict[Key, int] = {}
        self.buffers: dict[tuple[str, str, str], int] = {}
        self.holds: dict[str, HoldBook] = {}
        self.tallies: dict[tuple[str, int, str, str, str, str], Tally] = {}
        self.quotas: dict[str, QuotaBook] = {}
        self.in_line: list[InLineBook] = []
        self.closed: set[str] = set()
        self.inbounds: dict[str, InboundBook] = {}
        self.received = Counter[str]()
        self.reported: set[str] = set()
        self.taken_back: set[str] = set()

    def at(self, key: Key) -> list[Piece]:
        """The pieces that are on hand in a row."""
        sku, place = key
        return [p for p in self.pieces if p.place == place and p.sku == sku and p.state in ON_HAND]

    def of(self, hold: str, *states: str) -> list[Piece]:
        """The pieces of a hold in some states."""
        return [p for p in self.pieces if p.hold == hold and p.state in states]

    def status_of_lot(self, sku: str, lot: str) -> str:
        """Whether pieces of a lot may be sold at this moment."""
        if not lot:
            return "sellable"
        known = self.lots[sku, lot]
        if known.recalled:
            return "recalled"
        if known.expires_at is not None and self.now >= known.expires_at:
            return "expired"
        if known.release_at is not None and self.now < known.release_at:
            return "unreleased"
        return "sellable"

    def status_of_hold(self, hold: HoldBook) -> str:
        """What a hold is at this moment."""
        return "expired" if hold.status == "held" and hold.until <= self.now else hold.status

    # What may be sold.

    def open_pieces(
        self, channel: str, key: Key, *, lot: str | None = None, tidied: bool = False
    ) -> tuple[list[Piece], list[Piece]]:
        """The free pieces that a channel may be sold: of its own allotment, and of the pool.

        ``tidied`` counts what has lapsed as free.
        """
        free = [
            p
            for p in self.at(key)
            if p.state == "free" or (tidied and p.lapsed(self.now))
            if p.condition == "sellable" and lot in (None, p.lot)
            if self.status_of_lot(p.sku, p.lot) == "sellable"
        ]
        own = [p for p in free if p.allotment == channel]
        return own, [p for p in free if not p.allotment]

    def kept_back(self, channel: str, key: Key) -> int:
        """How many pieces of the pool a channel leaves alone."""
        return self.safety.get(key, 0) + self.buffers.get((*key, channel), 0)

    def reach(
        self, channel: str, key: Key, *, lot: str | None = None, tidied: bool = False
    ) -> tuple[int, int]:
        """How many pieces a channel may take there: of its own, and of the pool."""
        own, pool = self.open_pieces(channel, key, lot=lot, tidied=tidied)
        _, everything = self.open_pieces(channel, key, tidied=tidied)
        left = max(0, len(everything) - self.kept_back(channel, key))
        return len(own), min(len(pool), left)

    def available(
        self,
        channel: str,
        sku: str,
        *,
        lot: str | None = None,
        tidied: bool = True,
        promise: bool = False,
    ) -> int:
        """How many pieces of a stocked SKU a channel may be sold in all."""
        places = (*CHANNELS[channel], NOWHERE) if promise else CHANNELS[channel]
        return sum(
            sum(self.reach(channel, (sku, place), lot=lot, tidied=tidied)) for place in places
        )

    def picking_rank(self, picking: str) -> Callable[[Piece], tuple[object, ...]]:
        """What is picked first: the channel's own, then by lot, then the lowest number."""

        def rank(piece: Piece) -> tuple[object, ...]:
            known = self.lots.get((piece.sku, piece.lot))
            end = datetime.datetime.max.replace(tzinfo=datetime.UTC)
            came = datetime.datetime.min.replace(tzinfo=datetime.UTC)
            if known is not None:
                end, came = known.expires_at or end, known.registered_at
            order = (came,) if picking == "first_in" else (end, came)
            return (not piece.allotment, *order, piece.lot, piece.number or 0)

        return rank

    # What is claimed.

    def claims(self, skus: Iterable[str], *, tidied: bool) -> list[Piece]:
        """The pieces that holds have a claim on: held, sold, or with the customer."""
        return [
            p
            for p in self.pieces
            if p.sku in skus and p.state in ("held", "sold", "shipped")
            if not (tidied and p.lapsed(self.now))
        ]

    def used(
        self, quota: QuotaBook, *, tidied: bool, of: Container[str] | None = None
    ) -> Counter[str]:
        """How much of a quota everyone, or each customer, has used, with some holds or with all."""
        counted = Counter[str]()
        for piece in self.claims(quota.skus, tidied=tidied):
            assert piece.hold is not None
            if of is not None and piece.hold not in of:
                continue
            customer = self.holds[piece.hold].customer
            subject = customer if quota.per == "customer" else ""
            if subject is not None:
                counted[subject] += 1
        return counted

    def figures(self, key: Key) -> dict[str, int]:
        """The figures of a row, as they are recorded beside its events."""
        pieces = self.at(key)
        free = [p for p in pieces if p.state == "free"]
        good = [p for p in free if p.condition == "sellable"]
        return {
            "on_hand": len(pieces),
            "held": sum(p.state == "held" for p in pieces),
            "committed": sum(p.state == "sold" for p in pieces),
            "unavailable": len(free) - len(good),
            "allotted": sum(p.allotment != "" for p in good),
            "safety": self.safety.get(key, 0),
            "frozen": sum(
                not p.allotment and self.status_of_lot(p.sku, p.lot) != "sellable" for p in good
            ),
        }

    def standing(self) -> Counter[Standing]:
        """How many pieces stand where; numbered ones are told apart."""
        return Counter(
            (p.sku, p.place, *p.slot, p.number)
            for p in self.pieces
            if p.state in ON_HAND and p.place != NOWHERE
        )

    def shares(self) -> Counter[tuple[str, int, str, str]]:
        """How many pieces of which SKU each line of each hold has, by state."""
        return Counter(
            (p.hold, p.line, p.sku, p.state)  # type: ignore[misc]
            for p in self.pieces
            if p.hold is not None
        )
