"""Which numbers pieces may come in under."""

from collections.abc import Iterable

from rackhouse.inventory.errors import UnitNotFree, UnitsMustBeNamed
from rackhouse.inventory.lot_errors import LotNotNumbered
from rackhouse.inventory.rules.shelf import Depth

__all__ = ["must_be_new", "must_fit_numbering"]


def must_fit_numbering(
    depth: Depth, sku: str, lot: str, quantity: int, units: tuple[int, ...]
) -> bool:
    """Whether pieces of a lot are numbered; refuses with `UnitsMustBeNamed` unless as many
    different numbers are named as there are pieces then, and with `LotNotNumbered` where there are
    no numbers to name."""
    if not depth.is_numbered(sku, lot):
        if units:
            raise LotNotNumbered(sku=sku, lot=lot or None)
        return False
    if len(set(units)) != quantity or len(units) != quantity:
        raise UnitsMustBeNamed(sku=sku, lot=lot, quantity=quantity)
    return True


def must_be_new(
    depth: Depth,
    sku: str,
    lot: str,
    units: Iterable[int],
    already: Iterable[tuple[str, str, int]] = (),
) -> None:
    """Refuse with `UnitNotFree` numbers that are there already, come ``already`` with another line,
    or are beyond those of the lot."""
    numbered = depth.lots[sku, lot].numbered
    for number in units:
        state = depth.unit_states.get((sku, lot, number), "new")
        if not 1 <= number <= (numbered or 0):
            state = f"not one of the {numbered} that there are"
        elif (sku, lot, number) in already:
            state = "named twice"
        if state not in ("new", "gone"):
            raise UnitNotFree(sku=sku, lot=lot, number=number, unit_state=state)
