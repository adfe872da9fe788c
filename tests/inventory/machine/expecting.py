"""What a command must come to, said from the books before it happens."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from machine.pieces import NOWHERE, RESERVED, Books, HoldBook, Piece, QuotaBook
from machine.world import components
from rackhouse.inventory.commands import (
    ConfirmHold,
    ExpireHold,
    ExtendHold,
    JoinWaiting,
    LeaveWaiting,
    RecallLot,
    RegisterLot,
    ReinstateLot,
    ReleaseHold,
    ReturnGoods,
    SetQuota,
    ShipHold,
    TakeBack,
)
from rackhouse.inventory.errors import (
    AlreadyWaiting,
    HoldHasEnded,
    HoldNotFound,
    LineNotInHold,
    NotArrivedYet,
    QuotaBelowUse,
)
from rackhouse.inventory.lot_errors import LotExists, LotIsRecalled, LotNotRecalled
from rackhouse.inventory.rules import Line

__all__ = ["Foreseen", "foresee"]

Shares: TypeAlias = Counter[tuple[str, int, str, str]]
"""Pieces by hold, line, SKU, state."""

Portion: TypeAlias = Counter[tuple[int, str]]
"""Pieces by line and SKU."""


class Foreseen:
    """What must come of a command: a refusal of some kind, or a change of who has what."""

    def __init__(
        self,
        change: Shares | None = None,
        *,
        refusal: type[Exception] | None = None,
        maybe: type[Exception] | None = None,
        numbers: Iterable[int] = (),
    ) -> None:
        self.change = change or Counter()
        self.refusal = refusal
        self.maybe = maybe
        self.numbers = frozenset(numbers)


def foresee(books: Books, asked: object) -> Foreseen | None:
    """What must come of a command; None where the books leave it open."""
    found = _FORESEEING.get(type(asked))
    return None if found is None else found(books, asked)


def _of_hold(
    decide: Callable[[Books, Any, HoldBook], Foreseen],
) -> Callable[[Books, Any], Foreseen]:
    def foreseen(books: Books, asked: Any) -> Foreseen:
        hold = books.holds.get(asked.hold_id)
        if hold is None:
            return Foreseen(refusal=HoldNotFound)
        return decide(books, asked, hold)

    return foreseen


def _extend(books: Books, asked: ExtendHold, hold: HoldBook) -> Foreseen:
    held = books.status_of_hold(hold) == "held"
    return Foreseen(refusal=None if held else HoldHasEnded)


def _confirm(books: Books, asked: ConfirmHold, hold: HoldBook) -> Foreseen:
    status = books.status_of_hold(hold)
    if status == "confirmed":
        return Foreseen()
    if status != "held":
        return Foreseen(refusal=HoldHasEnded)
    held = books.of(hold.id, "held")
    if _any_recalled(books, held):
        return Foreseen(refusal=LotIsRecalled)
    return Foreseen(_moved(hold, held, "sold"))


def _expire(books: Books, asked: ExpireHold, hold: HoldBook) -> Foreseen:
    if books.status_of_hold(hold) != "expired":
        return Foreseen()
    return Foreseen(_moved(hold, books.of(hold.id, "held"), None))


def _release(books: Books, asked: ReleaseHold, hold: HoldBook) -> Foreseen:
    if books.status_of_hold(hold) in ("released", "expired"):
        return Foreseen()
    mine = books.of(hold.id, *RESERVED)
    return _parted(hold, asked.lines, mine, "sold" if hold.status == "confirmed" else "held", None)


def _ship(books: Books, asked: ShipHold, hold: HoldBook) -> Foreseen:
    sold = books.of(hold.id, "sold")
    come = [p for p in sold if p.place != NOWHERE]
    foreseen = _parted(hold, asked.lines, come, "sold", "shipped")
    if asked.lines is None:
        if sold and not come:
            return Foreseen(refusal=NotArrivedYet)
        return Foreseen(refusal=LotIsRecalled) if _any_recalled(books, come) else foreseen
    if foreseen.refusal is None and _any_recalled(books, come):
        foreseen.maybe = LotIsRecalled
    if foreseen.refusal is not None:
        to_come = _parted(hold, asked.lines, sold, "sold", "shipped")
        return Foreseen(refusal=to_come.refusal or NotArrivedYet)
    return foreseen


def _return(books: Books, asked: ReturnGoods, hold: HoldBook) -> Foreseen:
    return _parted(hold, asked.lines, books.of(hold.id, "shipped"), "shipped", None)


def _take_back(books: Books, asked: TakeBack, hold: HoldBook) -> Foreseen:
    return Foreseen() if asked.return_id in books.taken_back else _return(books, asked, hold)


def _any_recalled(books: Books, pieces: Iterable[Piece]) -> bool:
    return any(books.lots[p.sku, p.lot].recalled for p in pieces if p.lot)


def _moved(hold: HoldBook, pieces: Iterable[Piece], after: str | None) -> Shares:
    change: Shares = Counter()
    for piece in pieces:
        assert piece.line is not None
        change[hold.id, piece.line, piece.sku, piece.state] -= 1
        if after is not None:
            change[hold.id, piece.line, piece.sku, after] += 1
    return change


def _parted(
    hold: HoldBook,
    asked: Sequence[Line] | None,
    pieces: list[Piece],
    before: str,
    after: str | None,
) -> Foreseen:
    """Some lines' worth of pieces change their state, or nothing does."""
    if asked is None:
        return Foreseen(_moved(hold, pieces, after))
    portion = _portion(hold, asked, pieces)
    if portion is None:
        return Foreseen(refusal=LineNotInHold)
    change: Shares = Counter()
    for (line, sku), count in portion.items():
        change[hold.id, line, sku, before] -= count
        if after is not None:
            change[hold.id, line, sku, after] += count
    return Foreseen(change, numbers=[number for each in asked for number in each.units])


def _portion(hold: HoldBook, asked: Sequence[Line], pieces: list[Piece]) -> Portion | None:
    """How many pieces of which SKU of each line some lines mean; None if the hold has fewer."""
    left = list(pieces)
    portion: Portion = Counter()
    for each in asked:
        found = _named(each, left) if each.units else _counted(hold, each, left)
        if found is None:
            return None
        for piece in found:
            assert piece.line is not None
            left.remove(piece)
            portion[piece.line, piece.sku] += 1
    return portion


def _named(asked: Line, left: list[Piece]) -> list[Piece] | None:
    found = [
        p
        for p in left
        if p.sku == asked.sku and asked.lot in (None, p.lot) and p.number in asked.units
    ]
    return found if len(found) == len(asked.units) == asked.quantity else None


def _counted(hold: HoldBook, asked: Line, left: list[Piece]) -> list[Piece] | None:
    found: list[Piece] = []
    missing = asked.quantity
    for index, line in enumerate(hold.lines):
        if line.sku != asked.sku:
            continue
        mine = {
            sku: [p for p in left if (p.line, p.sku) == (index, sku) and asked.lot in (None, p.lot)]
            for sku in components(line.sku)
        }
        whole = [len(mine[sku]) // count for sku, count in components(line.sku).items()]
        take = min([missing, *whole])
        for sku, count in components(line.sku).items():
            found += mine[sku][: take * count]
        missing -= take
    return None if missing else found


def _set_quota(books: Books, asked: SetQuota) -> Foreseen:
    used = books.used(QuotaBook(asked.cap, asked.per, tuple(asked.skus)), tidied=True)
    below = any(count > asked.cap for count in used.values())
    return Foreseen(refusal=QuotaBelowUse if below else None)


def _join(books: Books, asked: JoinWaiting) -> Foreseen:
    who = (asked.sku, asked.channel, asked.customer_id)
    waits = any((w.sku, w.channel, w.customer) == who for w in books.in_line)
    return Foreseen(refusal=AlreadyWaiting if waits else None)


def _leave(books: Books, asked: LeaveWaiting) -> Foreseen | None:
    if any(w.id == asked.waiting_id for w in books.in_line):
        return Foreseen()
    return None


def _register(books: Books, asked: RegisterLot) -> Foreseen:
    known = (asked.sku, asked.lot) in books.lots
    return Foreseen(refusal=LotExists if known else None)


def _recall(books: Books, asked: RecallLot) -> Foreseen:
    recalled = books.lots[asked.sku, asked.lot].recalled
    return Foreseen(refusal=LotIsRecalled if recalled else None)


def _reinstate(books: Books, asked: ReinstateLot) -> Foreseen:
    recalled = books.lots[asked.sku, asked.lot].recalled
    return Foreseen(refusal=None if recalled else LotNotRecalled)


_FORESEEING: dict[type, Callable[[Books, Any], Foreseen | None]] = {
    ExtendHold: _of_hold(_extend),
    ConfirmHold: _of_hold(_confirm),
    ExpireHold: _of_hold(_expire),
    ReleaseHold: _of_hold(_release),
    ShipHold: _of_hold(_ship),
    ReturnGoods: _of_hold(_return),
    TakeBack: _of_hold(_take_back),
    RegisterLot: _register,
    RecallLot: _recall,
    ReinstateLot: _reinstate,
    SetQuota: _set_quota,
    JoinWaiting: _join,
    LeaveWaiting: _leave,
}
