"""Setting stock in depth aside: lots, numbered units, allotments, promises, chosen sources."""

import datetime
from collections.abc import Iterator, Sequence

import msgspec

from rackhouse.inventory.errors import (
    LotNotFound,
    LotNotSellable,
    NotEnoughStock,
    Shortage,
    UnitNotFree,
)
from rackhouse.inventory.events import PROMISED, HoldPlaced
from rackhouse.inventory.rules.shelf import Depth, Shelf, Taken
from rackhouse.inventory.rules.state import Key, Line, Moves, Need
from rackhouse.inventory.sourcing import Candidate, Sourcing, SourcingReason, plan, why_not

__all__ = ["place_in_depth"]


def place_in_depth(
    shelf: Shelf,
    depth: Depth,
    *,
    hold_id: str,
    lines: Sequence[Line],
    needs: Sequence[Need],
    candidates: Sequence[Candidate],
    sourcing: Sourcing,
    promise: bool,
    expires_at: datetime.datetime,
    now: datetime.datetime,
) -> tuple[Moves, SourcingReason | None]:
    """Set all lines aside, or refuse with `NotEnoughStock`, `LotNotFound`, `LotNotSellable` or
    `UnitNotFree`; with ``promise`` what is not there is taken from what has been promised.

    Also answers why the pieces come from where they come.
    """
    _must_be_sellable(depth, needs, now)
    before = shelf.copy()
    taking = _Taking(shelf, hold_id, expires_at)
    for need in needs:
        if need.units:
            for location, standing in _by_location(shelf, depth, need, candidates):
                taking.take(standing, location, standing.quantity)
    usable = candidates
    if not sourcing.split and (places := taking.locations()):
        usable = [each for each in candidates if places == {each.location}]
    # Who names a lot comes first: whoever takes any lot would take that one from under them.
    others = sorted((need for need in needs if not need.units), key=lambda need: need.lot is None)
    reason = None
    if len(usable) == 1 and not promise:
        done = taking.take_all(others, usable[0].location)
    else:
        done, reason = _take_planned(shelf, taking, others, usable, sourcing, promise=promise)
    if not done:
        raise NotEnoughStock(
            lines=_shortages(before, lines, needs, candidates, promise=promise),
            why=_why(before, others, candidates, usable, sourcing),
        )
    return taking.moves(), reason


def _take_planned(
    shelf: Shelf,
    taking: "_Taking",
    needs: Sequence[Need],
    usable: Sequence[Candidate],
    sourcing: Sourcing,
    *,
    promise: bool,
) -> tuple[bool, SourcingReason | None]:
    """Take what is needed where the plan says, and what is not there from what is promised; says
    whether all could be had, and why from there."""
    present, missing = _present(shelf, needs, usable, sourcing) if promise else (list(needs), [])
    found = plan(present, shelf, usable, sourcing) if present else None
    if present and found is None and promise and not sourcing.split:
        present, missing = [], list(needs)
    if not usable or (present and found is None) or not _all_promised(shelf, missing):
        return False, None
    for part in found.parts if found else ():
        taking.take(present[part.need_index], part.location, part.quantity)
    for need in missing:
        taking.take(need, PROMISED, need.quantity)
    return True, found.reason if found else None


def _why(
    shelf: Shelf,
    needs: Sequence[Need],
    candidates: Sequence[Candidate],
    usable: Sequence[Candidate],
    sourcing: Sourcing,
) -> str:
    """Why some needs can not be served as asked; named units may stand where the others are not."""
    split = msgspec.structs.replace(sourcing, split=True)
    if len(usable) < len(candidates) and plan(needs, shelf, candidates, split) is not None:
        return "needs_split"
    return why_not(needs, shelf, candidates, sourcing).reason if needs else "not_enough"


class _Taking:
    """What was taken, one move for each slot and line."""

    def __init__(self, shelf: Shelf, hold_id: str, expires_at: datetime.datetime) -> None:
        self._shelf = shelf
        self._hold_id = hold_id
        self._expires_at = expires_at
        self._taken: dict[tuple[int, Key, str, str], tuple[int, tuple[int, ...]]] = {}

    def take(self, need: Need, location: str, quantity: int) -> None:
        """Take pieces for a need at a location."""
        self._note(need, location, self._shelf.take(need, location, quantity))

    def take_all(self, needs: Sequence[Need], location: str) -> bool:
        """Take all that is needed at the one place there is; False if it has less."""
        for need in needs:
            taken = self._shelf.take_if_free(need, location, need.quantity)
            if taken is None:
                return False
            self._note(need, location, taken)
        return True

    def _note(self, need: Need, location: str, taken: Sequence[Taken]) -> None:
        for part in taken:
            at = (need.line, (need.sku, location), part.slot[0], part.slot[1])
            already, units = self._taken.get(at, (0, ()))
            self._taken[at] = (already + part.quantity, (*units, *part.units))

    def locations(self) -> set[str]:
        """Where something was taken."""
        return {key[1] for _, key, _, _ in self._taken}

    def moves(self) -> Moves:
        """The events."""
        return [
            (key, HoldPlaced(self._hold_id, line, quantity, self._expires_at, lot, channel, units))
            for (line, key, lot, channel), (quantity, units) in self._taken.items()
        ]


def _must_be_sellable(depth: Depth, needs: Sequence[Need], now: datetime.datetime) -> None:
    for need in needs:
        if need.lot is None:
            continue
        if (need.sku, need.lot) not in depth.lots:
            raise LotNotFound(sku=need.sku, lot=need.lot)
        status = depth.status_of(need.sku, need.lot, now)
        if status != "sellable":
            raise LotNotSellable(sku=need.sku, lot=need.lot, lot_status=status)


def _by_location(
    shelf: Shelf, depth: Depth, need: Need, candidates: Sequence[Candidate]
) -> Iterator[tuple[str, Need]]:
    """The named units of a need, parted by where they stand."""
    locations = [each.location for each in candidates]
    standing: dict[str, list[int]] = {}
    for number in need.units:
        location = shelf.where(need, number, locations)
        if location is None:
            assert need.lot is not None
            raise UnitNotFree(
                sku=need.sku,
                lot=need.lot,
                number=number,
                unit_state=depth.unit_states.get((need.sku, need.lot, number), "unknown"),
            )
        standing.setdefault(location, []).append(number)
    for location, numbers in standing.items():
        part = msgspec.structs.replace(need, quantity=len(numbers), units=tuple(numbers))
        if shelf.free(part, location) < part.quantity:
            raise NotEnoughStock(
                lines=[Shortage(need.sku, need.quantity, shelf.free(part, location))]
            )
        yield location, part


def _present(
    shelf: Shelf, needs: Sequence[Need], candidates: Sequence[Candidate], sourcing: Sourcing
) -> tuple[list[Need], list[Need]]:
    """What of some needs is there, and what has to be promised."""
    left = shelf.copy()
    present, missing = [], []
    for need in needs:
        here = 0
        for each in candidates:
            part = min(need.quantity - here, left.free(need, each.location))
            if part > 0:
                left.take(need, each.location, part)
                here += part
        if here < need.quantity and not sourcing.split:
            here = 0
        if here:
            present.append(msgspec.structs.replace(need, quantity=here))
        if here < need.quantity:
            missing.append(msgspec.structs.replace(need, quantity=need.quantity - here))
    return present, missing


def _all_promised(shelf: Shelf, missing: Sequence[Need]) -> bool:
    trial = shelf.copy()
    for need in missing:
        if trial.free(need, PROMISED) < need.quantity:
            return False
        trial.take(need, PROMISED, need.quantity)
    return True


def _shortages(
    shelf: Shelf,
    lines: Sequence[Line],
    needs: Sequence[Need],
    candidates: Sequence[Candidate],
    *,
    promise: bool,
) -> list[Shortage]:
    places = [each.location for each in candidates] + ([PROMISED] if promise else [])
    found = []
    for index, line in enumerate(lines):
        possible = [
            sum(shelf.free(need, place) for place in places) * line.quantity // need.quantity
            for need in needs
            if need.line == index
        ]
        found.append(Shortage(line.sku, line.quantity, min(possible, default=0)))
    return found
