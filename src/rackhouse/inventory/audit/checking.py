"""The checks of a page of stock rows: each looks for one kind of thing. Pure: what they look at was
read as of one moment.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import msgspec

from rackhouse.inventory.audit.findings import Discrepancy, figures_of
from rackhouse.inventory.audit.log_checking import Buckets
from rackhouse.inventory.audit.log_legs import row_missing
from rackhouse.inventory.events import SELLABLE, Slot
from rackhouse.inventory.levels import LEVELS, Levels, levels_of
from rackhouse.inventory.rules import BUCKETS, BUFFERS, CLOSED, QUOTAS, WAITING, Key, Stock

__all__ = ["CHECKS", "AstrayUnit", "LastEvent", "Misfit", "StockPage", "found_in"]

NOTHING = Levels(0, 0, 0)
EMPTY = (0, 0, 0)
DETAILS = {
    QUOTAS: "a quota",
    WAITING: "somebody who waits",
    BUFFERS: "a buffer",
    CLOSED: "a closed promise",
}
BUCKET_FIGURES = ("on_hand", "held", "committed")


class LastEvent(msgspec.Struct, frozen=True):
    """The last event of a stream, with its hash and the figures that are recorded beside it."""

    version: int
    levels: Levels
    hash: bytes | None


class Misfit(msgspec.Struct, frozen=True):
    """Pieces of a hold at one place that do not go with the hold itself. ``status`` is None where
    there is no such hold; ``ends_together`` says whether they end when the hold does."""

    sku: str
    location: str
    hold_id: str
    held: int
    committed: int
    status: str | None
    ends_together: bool | None


class AstrayUnit(msgspec.Struct, frozen=True):
    """A unit that is held or committed, and that no allocation of its hold names."""

    sku: str
    location: str
    lot: str
    number: int
    state: str
    hold_id: str


class StockPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows, and what else there is of the same stock at the same moment.

    ``pieces`` are held and committed by lot and allotment, as allocations have them; ``units`` are
    counted as buckets are. ``told_buckets`` are those of the events, where these could be told;
    ``details`` are the bits that rows must have.
    """

    rows: Sequence[Stock]
    last: Mapping[Key, LastEvent]
    pieces: Mapping[Key, Mapping[tuple[str, str], tuple[int, int]]]
    misfits: Sequence[Misfit] = ()
    without_row: Sequence[Key] = ()
    buckets: Mapping[Key, Buckets] = {}
    told_buckets: Mapping[Key, Buckets] = {}
    units: Mapping[Key, Buckets] = {}
    astray: Sequence[AstrayUnit] = ()
    numbered: Collection[tuple[str, str]] = ()
    details: Mapping[Key, int] = {}

    def levels(self, row: Stock) -> Levels:
        """What the last event says of a row."""
        last = self.last.get((row.sku, row.location))
        return NOTHING if last is None else last.levels

    def buckets_of(self, row: Stock) -> Buckets:
        """The buckets of a row; a plain row has none."""
        return self.buckets.get((row.sku, row.location), {})


def found_in(page: StockPage) -> Iterator[Discrepancy]:
    """What all checks find."""
    for check in CHECKS:
        yield from check(page)


def rows_are_what_their_last_events_say(page: StockPage) -> Iterator[Discrepancy]:
    """The row repeats the figures, the version and the hash of the last event."""
    for row in page.rows:
        last = page.last.get((row.sku, row.location), LastEvent(0, NOTHING, None))
        if (row.version, levels_of(row)) != (last.version, last.levels) or _is_astray(row, last):
            yield _of_row(
                row,
                "stock_row",
                f"the row is at version {row.version}, its last event at {last.version}; "
                f"they differ in {_differing(row, last)}",
                expected=figures_of(last.levels),
                found=figures_of(row),
                versions=(last.version,) if last.version else (),
            )


def rows_are_the_sums_of_their_buckets(page: StockPage) -> Iterator[Discrepancy]:
    """The buckets of a row that is parted add up to what its last event says."""
    for row in page.rows:
        buckets = page.buckets_of(row)
        if not row.details & BUCKETS and not buckets:
            continue
        levels, summed = page.levels(row), _summed(buckets)
        expected = {name: getattr(levels, name) for name in summed}
        if summed != expected:
            finding = "its parts do not add up to what its last event says"
            yield _of_row(row, "buckets", finding, expected=expected, found=summed)
        elif not row.details & BUCKETS:
            yield _of_row(row, "buckets", "it has parts, and does not say so")


def buckets_are_what_their_events_say(page: StockPage) -> Iterator[Discrepancy]:
    """Each bucket is the sum of the parts of its row's events."""
    for row in page.rows:
        told = page.told_buckets.get((row.sku, row.location))
        buckets = page.buckets_of(row)
        if told is None or _summed(buckets) != _summed(told):
            continue  # the check of the sums says so
        for slot in sorted(told.keys() | buckets.keys()):
            one, other = told.get(slot, EMPTY), buckets.get(slot, EMPTY)
            if one != other:
                yield _of_slot(row, slot, "buckets", "its events say otherwise", one, other)


def holds_add_up(page: StockPage) -> Iterator[Discrepancy]:
    """What is held and committed is what the holds have, in sum, in each part of the row."""
    for row in page.rows:
        pieces = page.pieces.get((row.sku, row.location), {})
        expected = _promised(row, page)
        for place in sorted(pieces.keys() | expected.keys()):
            one, other = expected.get(place, (0, 0)), pieces.get(place, (0, 0))
            if one != other:
                yield msgspec.structs.replace(
                    _of_row(
                        row,
                        "hold_pieces",
                        f"{_named(place)}the pieces of all holds do not add up",
                        expected={"held": one[0], "committed": one[1]},
                        found={"held": other[0], "committed": other[1]},
                    ),
                    lot=place[0] or None,
                )
                break  # which holds it is, is told by explaining


def holds_are_what_their_pieces_are(page: StockPage) -> Iterator[Discrepancy]:
    """Held pieces belong to a running hold that ends with them, sold ones to a confirmed one."""
    for each in page.misfits:
        if each.status is None:
            finding = f"there is no hold {each.hold_id} for its pieces"
        elif each.held and each.status == "held":
            finding = f"pieces of the hold {each.hold_id} end at another time than it does"
        else:
            finding = f"the hold {each.hold_id} is {each.status} and still has pieces"
        yield Discrepancy(
            kind="hold_missing" if each.status is None else "hold_status",
            sku=each.sku,
            location=each.location,
            finding=finding,
            found={"held": each.held, "committed": each.committed},
            hold_id=each.hold_id,
        )


def rows_say_what_else_there_is(page: StockPage) -> Iterator[Discrepancy]:
    """A row that has a quota, a buffer, somebody who waits or a closed promise says so: else none
    of them would be asked."""
    for row in page.rows:
        missing = page.details.get((row.sku, row.location), 0) & ~row.details
        if missing:
            named = " and ".join(name for bit, name in DETAILS.items() if missing & bit)
            finding = f"it has {named}, and does not say so"
            yield _of_row(row, "stock_details", finding)


def units_add_up(page: StockPage) -> Iterator[Discrepancy]:
    """In each part of a row whose lot is numbered there are as many units as pieces."""
    for row in page.rows:
        counts = page.units.get((row.sku, row.location), {})
        buckets = {
            slot: figures
            for slot, figures in page.buckets_of(row).items()
            if (row.sku, slot[0]) in page.numbered
        }
        for slot in sorted(counts.keys() | buckets.keys()):
            one, other = buckets.get(slot, EMPTY), counts.get(slot, EMPTY)
            if one != other:
                finding = "there are other numbered units than pieces"
                yield _of_slot(row, slot, "units", finding, one, other)


def units_stand_with_their_holds(page: StockPage) -> Iterator[Discrepancy]:
    """A unit that is held or committed is one of those that its hold's allocation names."""
    for each in page.astray:
        yield Discrepancy(
            kind="units",
            sku=each.sku,
            location=each.location,
            finding=f"number {each.number} of the lot {each.lot} is {each.state} for the hold "
            f"{each.hold_id}, which does not have it",
            lot=each.lot,
        )


def nothing_is_oversold(page: StockPage) -> Iterator[Discrepancy]:
    """No more is promised than there is."""
    for row in page.rows:
        if row.free < 0:
            finding = f"{-row.free} more are promised than there are"
            yield _of_row(row, "oversold", finding, found=figures_of(row))


def rows_are_there(page: StockPage) -> Iterator[Discrepancy]:
    """What the log tells of has a row."""
    for key in page.without_row:
        yield row_missing(Stock(*key))


CHECKS: tuple[Callable[[StockPage], Iterator[Discrepancy]], ...] = (
    rows_are_what_their_last_events_say,
    rows_are_the_sums_of_their_buckets,
    buckets_are_what_their_events_say,
    holds_add_up,
    holds_are_what_their_pieces_are,
    rows_say_what_else_there_is,
    units_add_up,
    units_stand_with_their_holds,
    nothing_is_oversold,
    rows_are_there,
)


def _promised(row: Stock, page: StockPage) -> dict[tuple[str, str], tuple[int, int]]:
    """Held and committed by lot and allotment, as the parts of a row say; a plain row has one."""
    buckets = page.buckets_of(row)
    if not buckets:
        levels = page.levels(row)
        return {("", ""): (levels.held, levels.committed)}
    return {
        (lot, allotment): (held, committed)
        for (lot, allotment, condition), (_, held, committed) in buckets.items()
        if condition == SELLABLE
    }


def _summed(buckets: Buckets) -> dict[str, int]:
    """The figures of a row as the sum of its parts."""
    each = [(slot, *figures) for slot, figures in buckets.items()]
    return {
        "on_hand": sum(on_hand for _, on_hand, _, _ in each),
        "held": sum(held for _, _, held, _ in each),
        "committed": sum(committed for _, _, _, committed in each),
        "unavailable": sum(count for slot, count, _, _ in each if slot[2] != SELLABLE),
        "allotted": sum(
            on_hand - held - committed
            for slot, on_hand, held, committed in each
            if slot[1] and slot[2] == SELLABLE
        ),
    }


def _of_row(
    row: Stock,
    kind: str,
    finding: str,
    *,
    expected: dict[str, int] | None = None,
    found: dict[str, int] | None = None,
    versions: tuple[int, ...] | None = None,
) -> Discrepancy:
    return Discrepancy(
        kind=kind,
        sku=row.sku,
        location=row.location,
        finding=finding,
        expected=expected or {},
        found=found or {},
        versions=(row.version,) if versions is None else versions,
    )


def _of_slot(
    row: Stock,
    slot: Slot,
    kind: str,
    finding: str,
    one: tuple[int, int, int],
    other: tuple[int, int, int],
) -> Discrepancy:
    lot, allotment, condition = slot
    named = _named((lot, allotment)) + ("" if condition == SELLABLE else f"{condition}: ")
    found = _of_row(
        row,
        kind,
        f"{named}{finding}",
        expected=dict(zip(BUCKET_FIGURES, one, strict=True)),
        found=dict(zip(BUCKET_FIGURES, other, strict=True)),
    )
    return msgspec.structs.replace(found, lot=lot or None)


def _named(place: tuple[str, str]) -> str:
    lot, allotment = place
    words = [f"lot {lot}"] if lot else []
    words += [f"allotment of {allotment}"] if allotment else []
    return f"{', '.join(words)}: " if words else ""


def _is_astray(row: Stock, last: LastEvent) -> bool:
    """Whether a row names another hash; one that has not changed for long may name none."""
    return row.head is not None and row.head != last.hash


def _differing(row: Stock, last: LastEvent) -> str:
    levels = levels_of(row)
    names = [name for name in LEVELS if getattr(levels, name) != getattr(last.levels, name)]
    names += ["version"] if row.version != last.version else []
    names += ["hash"] if _is_astray(row, last) and not names else []
    return ", ".join(names)
