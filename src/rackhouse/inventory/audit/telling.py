"""What the events of a SKU tell of its holds and of its numbered units. Pure."""

from typing import Any, TypeAlias
from zlib import crc32

import msgspec

from rackhouse.inventory.audit.log_checking import happened
from rackhouse.inventory.audit.tracing import Pieces, come, go
from rackhouse.inventory.events import (
    HoldAllocated,
    HoldPlaced,
    SafetyStockSet,
    StockReturned,
)
from rackhouse.inventory.ledger import target_of
from rackhouse.inventory.rules import Allocation, Key
from rackhouse.inventory.units import UnitMove, moved_units

__all__ = ["ToldSku", "part_of"]

Place: TypeAlias = tuple[int, int]
"""Transaction and position: where in the log an event stands."""


def part_of(hold_id: str, parts: int) -> int:
    """Which part a hold belongs to, of as many as all holds are told in."""
    return crc32(hold_id.encode()) % parts


class _OfHold(msgspec.Struct):
    hold_id: str | None = None


_hold_of = msgspec.json.Decoder(_OfHold).decode


class ToldSku:
    """What became of the holds of one part; and, with the first part, of all numbered units, and
    what channels do without (``kept_back``). The streams of the SKU are told one after the other,
    each from its oldest event on."""

    def __init__(self, part: int, parts: int) -> None:
        self._part = part
        self._parts = parts
        self._pieces: dict[str, dict[Key, Pieces]] = {}
        self._units: dict[tuple[str, int], tuple[Place, UnitMove]] = {}
        self.kept_back: dict[tuple[str, str, str], int] = {}
        self._came_back: list[tuple[Key, StockReturned]] = []

    def tell(self, key: Key, place: Place, type_name: str, data: str) -> None:
        """The next event of a stream."""
        if self._part > 0:  # and others' events are not read whole, for there may be many parts
            told_of = _hold_of(data).hold_id
            if told_of is None or not self._is_ours(told_of):
                return
        fact = happened(type_name, data)
        if fact is None:
            return
        if isinstance(fact, SafetyStockSet) and fact.channel:
            self.kept_back[(*key, fact.channel)] = fact.quantity
        for move in moved_units(key, fact):
            unit = (move.lot, move.number)
            if unit not in self._units or self._units[unit][0] <= place:
                self._units[unit] = (place, move)
        hold_id: str | None = getattr(fact, "hold_id", None)
        if hold_id is not None and self._is_ours(hold_id):
            self._of_hold(hold_id, key, fact)

    def holds(self) -> dict[str, dict[Key, list[Allocation]]]:
        """What each hold has of each stock; once all streams are told."""
        for stream, fact in self._came_back:
            _, sent_from, _, _ = target_of(stream, fact)
            go(self._pieces.get(fact.hold_id, {}).get(sent_from, {}), sent_from, stream, fact)
        self._came_back.clear()
        return {
            hold_id: {key: list(pieces.values()) for key, pieces in of_hold.items()}
            for hold_id, of_hold in self._pieces.items()
        }

    def units(self) -> dict[tuple[str, int], UnitMove]:
        """Where each unit is, by lot and number."""
        return {
            unit: msgspec.structs.replace(move, may_be_new=False)
            for unit, (_, move) in self._units.items()
        }

    def _is_ours(self, hold_id: str) -> bool:
        return part_of(hold_id, self._parts) == self._part

    def _of_hold(self, hold_id: str, key: Key, fact: Any) -> None:
        if isinstance(fact, StockReturned):
            self._came_back.append((key, fact))  # perhaps sent from a stream that is told later
            return
        pieces = self._pieces.setdefault(hold_id, {}).setdefault(key, {})
        if isinstance(fact, HoldPlaced | HoldAllocated):
            come(pieces, key, fact)
        else:
            go(pieces, key, key, fact)
