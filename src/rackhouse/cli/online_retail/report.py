"""What became of every line of the file."""

import msgspec

from rackhouse.inventory import Audit

__all__ = ["Counts", "ReplayReport"]


class Counts(msgspec.Struct):
    """What has become of the lines, orders and pieces so far."""

    orders: int = 0
    orders_known: int = 0
    orders_shortened: int = 0
    orders_refused: int = 0
    credit_notes: int = 0
    operations: int = 0
    pieces_sold: int = 0
    pieces_short: int = 0
    pieces_returned: int = 0
    lines_known: int = 0
    lines_sold: int = 0
    lines_short: int = 0
    lines_refused: int = 0
    lines_returned: int = 0
    lines_returned_in_part: int = 0
    lines_returned_unsold: int = 0
    lines_returned_unmatched: int = 0
    lines_found: int = 0
    lines_written_off: int = 0
    lines_written_off_in_part: int = 0
    lines_written_off_refused: int = 0

    def lines(self) -> int:
        """How many lines are accounted for."""
        return sum(getattr(self, name) for name in self.__struct_fields__ if name[:5] == "lines")


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a replay; ``replayed_before`` says that all was known and nothing done.
    ``lines`` is the file's; every one of them is in one of the counts
    or among the lines that are not about goods.

    ``lines_returned_unsold`` are returns of what had been refused for want of stock: there is
    nothing to take back. ``lines_returned_unmatched`` are returns of what was bought before the
    file begins: those pieces are received without an order.
    """

    replayed_before: bool
    lines: int
    lines_not_goods: int
    counts: Counts
    pieces_opened: int
    seconds: float
    orders_per_second: float
    lines_per_second: float
    audit: Audit

    def lines_unaccounted(self) -> int:
        """Lines of which nobody knows what became of them; there must be none."""
        return self.lines - self.lines_not_goods - self.counts.lines()

    def is_sound(self) -> bool:
        """Whether every line is accounted for, every balance is explained, and nothing was sold
        twice."""
        audit = self.audit
        return not (self.lines_unaccounted() or audit.oversold or audit.discrepancies)
