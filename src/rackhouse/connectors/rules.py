"""What is made of what a channel tells: pure functions of what is known and what was booked.

Of two tellings of a sale ``joined`` takes each part from the one that is further. It is
associative, commutative and idempotent (a join semilattice), so whatever comes twice, late or in
disorder leads to the same sale.
"""

import datetime
import re
from collections.abc import Iterable, Mapping

import msgspec

from rackhouse.connectors.errors import ConnectionAlreadyOpen, ConnectionNotFound, InvalidConnection
from rackhouse.connectors.facts import (
    RemoteLine,
    RemoteRefund,
    RemoteSale,
    RemoteSaleCancelled,
)

__all__ = [
    "EVERYWHERE",
    "Booked",
    "Connection",
    "GivenBack",
    "Known",
    "Part",
    "Pieces",
    "is_handle",
    "joined",
    "known_of",
    "left_pieces",
    "planned",
    "refuse_open",
    "refuse_unreadable_name",
    "required_version",
]

EVERYWHERE = "*"
NAME_LENGTH_LIMIT = 200
_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """A channel of ours, and where it really sells: through which adapter, set up how. ``secrets``
    are names only."""

    id: str
    channel: str
    adapter: str
    name: str
    settings: msgspec.Raw
    secrets: tuple[str, ...]
    enabled: bool
    closed: bool
    version: int


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a sale; parts of it may be told before the sale itself."""

    id: str
    sale: RemoteSale | None = None
    refunds: tuple[RemoteRefund, ...] = ()
    cancelled: bool = False


class Pieces(msgspec.Struct, frozen=True):
    """Some of one of our SKUs."""

    sku: str
    quantity: int


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What is booked at once, under a number: the sale's own, or for what was added to the sale
    later, a number made from it."""

    number: str
    lines: tuple[Pieces, ...]


class GivenBack(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of a part that can be sold again, under a number of their own."""

    number: str
    part: str
    line: str
    sku: str
    quantity: int


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided to be booked of a sale, in the order in which it is carried out. ``skus``
    are our own by line; ``never`` counts pieces by line that were taken back before anything was
    booked."""

    skus: Mapping[str, str] = msgspec.field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    given_back: tuple[GivenBack, ...] = ()
    never: Mapping[str, int] = msgspec.field(default_factory=dict)


def joined(one: Known, other: Known) -> Known:
    """What is known of a sale by two tellings together."""
    sale = one.sale or other.sale
    if one.sale is not None and other.sale is not None:
        sale = _sales_joined(one.sale, other.sale)
    refunds = {each.id: each for each in sorted((*one.refunds, *other.refunds), key=_by_reading)}
    return Known(
        id=one.id,
        sale=sale,
        refunds=tuple(refunds[name] for name in sorted(refunds)),
        cancelled=one.cancelled or other.cancelled,
    )


def known_of(told: RemoteSale | RemoteRefund | RemoteSaleCancelled) -> Known:
    """What one telling says of a sale."""
    match told:
        case RemoteRefund():
            return Known(id=told.sale, refunds=(told,))
        case RemoteSaleCancelled():
            return Known(id=told.id, cancelled=True)
    lines = tuple(sorted(told.lines, key=lambda line: line.id))
    plain = msgspec.structs.replace(told, lines=lines, cancelled=False, refunds=())
    refunds = {each.id: each for each in sorted(told.refunds, key=_by_reading)}
    return Known(
        id=told.id,
        sale=plain,
        refunds=tuple(refunds[name] for name in sorted(refunds)),
        cancelled=told.cancelled,
    )


def planned(known: Known, skus: Mapping[str, str], booked: Booked) -> Booked:
    """What is to be booked now that so much is known; what was decided before stays decided.

    ``skus`` are our own by line; those that were used before are used again.
    """
    sale = known.sale
    if sale is None or not sale.counts:
        return booked
    skus = {**skus, **booked.skus}
    booked = msgspec.structs.replace(booked, skus=skus)
    gone = {line.id: _struck_off(line, known) for line in sale.lines}
    if not booked.parts:
        if known.cancelled:
            return booked
        never = {line: count for line, count in gone.items() if count}
        booked = msgspec.structs.replace(booked, never=never)
    booked = _with_added(sale, skus, booked)
    return _with_given_back(sale, skus, gone, booked)


def left_pieces(known: Known, booked: Booked) -> dict[str, int]:
    """How many pieces of each SKU that was booked have left. What was struck off before it left
    counts too: the ledger lets it leave and come back, since an order has no lesser way to lose a
    piece."""
    counted: dict[str, int] = {}
    for line in known.sale.lines if known.sale is not None else ():
        refunds = [each for each in known.refunds if each.line == line.id]
        told = sum(each.quantity for each in refunds)
        stayed = sum(each.quantity for each in refunds if not each.left)
        stayed += max(0, line.removed - told)
        left = max(line.shipped + stayed, _struck_off(line, known))
        left = min(left, line.quantity) - booked.never.get(line.id, 0)
        sku = booked.skus.get(line.id)
        if left > 0 and sku is not None:
            counted[sku] = counted.get(sku, 0) + left
    return counted


def is_handle(text: str) -> bool:
    """Whether a text has the form of a connection's id."""
    return _HANDLE.fullmatch(text) is not None


def refuse_open(known: Connection | None, connection_id: str) -> None:
    """Refuse with `ConnectionAlreadyOpen` and `InvalidConnection` what can not be opened."""
    if not is_handle(connection_id):
        raise InvalidConnection(field="id", problem=f"{connection_id!r} is not a handle")
    if known is not None and not known.closed:
        raise ConnectionAlreadyOpen(connection=connection_id)


def refuse_unreadable_name(name: str) -> None:
    """Refuse with `InvalidConnection` a name that people could not read."""
    if not name.strip() or len(name) > NAME_LENGTH_LIMIT or _CONTROL.search(name):
        problem = f"write 1 to {NAME_LENGTH_LIMIT} characters, none of them a control character"
        raise InvalidConnection(field="name", problem=problem)


def required_version(known: Connection | None, connection_id: str) -> Connection:
    """The connection while it is open; refuses with `ConnectionNotFound`."""
    if known is None or known.closed:
        raise ConnectionNotFound(connection=connection_id)
    return known


def _sales_joined(one: RemoteSale, other: RemoteSale) -> RemoteSale:
    lines = {line.id: line for line in one.lines}
    for line in other.lines:
        found = lines.get(line.id)
        lines[line.id] = line if found is None else _lines_joined(found, line)
    return msgspec.structs.replace(
        one,
        sold_at=min(one.sold_at, other.sold_at),
        lines=tuple(lines[name] for name in sorted(lines)),
        shown=_either(one.shown, other.shown),
        counts=one.counts or other.counts,
        handed_over=one.handed_over or other.handed_over,
        place=_either(one.place, other.place),
        cancelled=False,
        refunds=(),
    )


def _lines_joined(one: RemoteLine, other: RemoteLine) -> RemoteLine:
    return RemoteLine(
        id=one.id,
        item=_either(one.item, other.item),
        sku=_either(one.sku, other.sku),
        quantity=max(one.quantity, other.quantity),
        shipped=max(one.shipped, other.shipped),
        removed=max(one.removed, other.removed),
    )


def _either(one: str | None, other: str | None) -> str | None:
    """What is said of two tellings; where they differ, the same one whichever comes first."""
    return min((each for each in (one, other) if each is not None), default=None)


def _by_reading(refund: RemoteRefund) -> tuple[str, int, bool, bool, str, datetime.datetime]:
    """Tells any two different refunds apart, so that of two under one number the same one stays."""
    return (refund.id, refund.quantity, refund.restocked, refund.left, refund.line, refund.at)


def _struck_off(line: RemoteLine, known: Known) -> int:
    """How many pieces of a line count no longer and can be sold again. What was refunded and not
    restocked has gone all the same."""
    refunds = [each for each in known.refunds if each.line == line.id]
    restocked = sum(each.quantity for each in refunds if each.restocked)
    kept = sum(each.quantity for each in refunds if not each.restocked)
    return min(line.quantity, max(restocked, line.removed - kept))


def _with_added(sale: RemoteSale, skus: Mapping[str, str], booked: Booked) -> Booked:
    """With a further part for the pieces that no part covers."""
    covered = _totals((each.sku, each.quantity) for part in booked.parts for each in part.lines)
    for line in sale.lines:
        sku = skus[line.id]
        covered[sku] = covered.get(sku, 0) + booked.never.get(line.id, 0)
    wanted = _totals((skus[line.id], line.quantity) for line in sale.lines)
    added = [
        Pieces(sku, quantity - covered.get(sku, 0))
        for sku, quantity in sorted(wanted.items())
        if quantity > covered.get(sku, 0)
    ]
    if not added:
        return booked
    number = f"{sale.id}+{len(booked.parts)}" if booked.parts else sale.id
    part = Part(number=number, lines=tuple(added))
    return msgspec.structs.replace(booked, parts=(*booked.parts, part))


def _with_given_back(
    sale: RemoteSale, skus: Mapping[str, str], gone: Mapping[str, int], booked: Booked
) -> Booked:
    """With what has been struck off since; each piece is given back by the part that has it."""
    given = list(booked.given_back)
    for line in sale.lines:
        sku = skus[line.id]
        done = booked.never.get(line.id, 0)
        done += sum(each.quantity for each in given if each.line == line.id)
        due = gone[line.id] - done
        for part in booked.parts:
            has = sum(each.quantity for each in part.lines if each.sku == sku)
            has -= sum(x.quantity for x in given if (x.part, x.sku) == (part.number, sku))
            taken = min(due, has)
            if taken <= 0:
                continue
            done, due = done + taken, due - taken
            number = f"{part.number}/{line.id}/{done}"
            given.append(
                GivenBack(number=number, part=part.number, line=line.id, sku=sku, quantity=taken)
            )
    return msgspec.structs.replace(booked, given_back=tuple(given))


def _totals(pieces: Iterable[tuple[str, int]]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for sku, quantity in pieces:
        totals[sku] = totals.get(sku, 0) + quantity
    return totals
