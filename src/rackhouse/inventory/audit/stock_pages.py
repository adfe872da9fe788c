"""The stock rows, page by page: each page is read as of one moment, and that moment is short.

What is wrong with a page is said by `CHECKS`, each of which looks for one kind of thing. They are
pure; what they look at is read before, in one snapshot.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from rackhouse.inventory import store
from rackhouse.inventory.audit.explaining import explained
from rackhouse.inventory.audit.findings import Discrepancy, figures_of, levels_of
from rackhouse.inventory.audit.log_checking import recorded
from rackhouse.inventory.audit.log_legs import row_missing
from rackhouse.inventory.ledger import Levels
from rackhouse.inventory.rules import Key, Stock
from rackhouse.inventory.store.parameters import whole_row
from rackhouse.platform.context import Context, operation
from rackhouse.platform.database import Transaction
from rackhouse.platform.pacing import Pace

__all__ = ["CHECKS", "LastEvent", "Misfit", "StockPage", "StockPageAudit", "audit_stock_page"]

PAGE_ROWS = 300
MISFITS_LIMIT = 1000
NOTHING = Levels(*(0 for _ in Levels.__struct_fields__))


class LastEvent(msgspec.Struct, frozen=True):
    """The last event of a stream, with the figures that are recorded beside it."""

    version: int
    levels: Levels


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


class StockPage(msgspec.Struct, frozen=True):
    """Some rows, and what else there is of the same stock at the same moment."""

    rows: Sequence[Stock]
    last: Mapping[Key, LastEvent]
    pieces: Mapping[Key, tuple[int, int]]
    misfits: Sequence[Misfit]
    without_row: Sequence[Key]


class StockPageAudit(msgspec.Struct, frozen=True):
    """The rows of a page, and what was found. The last page is shorter than `PAGE_ROWS`."""

    rows: list[Stock]
    discrepancies: list[Discrepancy]
    ended: bool

    @property
    def end(self) -> Key:
        """The key of its last row."""
        return (self.rows[-1].sku, self.rows[-1].location)


@operation("inventory:read")
async def audit_stock_page(*, context: Context, after: Key | None, pace: Pace) -> StockPageAudit:
    """Compare the next rows after a key with the events and the holds that explain them."""
    database = context.house.database("inventory")
    async with database.snapshot() as tx:
        page = await _read(tx, after or ("", ""))
    discrepancies: list[Discrepancy] = []
    for found in _found(page):
        discrepancies += await explained(database, found, pace)
    await pace.rest()
    return StockPageAudit(list(page.rows), discrepancies, len(page.rows) < PAGE_ROWS)


async def _read(tx: Transaction, after: Key) -> StockPage:
    rows = await store.stock_page(tx, after=after, location=None, limit=PAGE_ROWS)
    keys = [(row.sku, row.location) for row in rows]
    upto = keys[-1] if len(rows) == PAGE_ROWS else None
    async with tx.pipeline():
        last = await store.send_last_events(tx, keys)
        pieces = await store.send_pieces(tx, keys)
        misfits = await store.send_misfits(tx, keys, limit=MISFITS_LIMIT)
        without_row = await store.send_audited_without_row(tx, after=after, upto=upto)
    return StockPage(
        rows=rows,
        last={
            (sku, location): LastEvent(version, recorded(data))
            for sku, location, version, data in await last.all(whole_row)
        },
        pieces={
            (sku, location): (held, committed)
            for sku, location, held, committed in await pieces.all(whole_row)
        },
        misfits=await misfits.all(Misfit),
        without_row=await without_row.all(whole_row),
    )


def _found(page: StockPage) -> Iterator[Discrepancy]:
    for check in CHECKS:
        yield from check(page)


def rows_are_what_their_last_events_say(page: StockPage) -> Iterator[Discrepancy]:
    """The row repeats the figures and the version of the last event."""
    for row in page.rows:
        last = page.last.get((row.sku, row.location), LastEvent(0, NOTHING))
        if (row.version, levels_of(row)) == (last.version, last.levels):
            continue
        yield Discrepancy(
            kind="stock_row",
            sku=row.sku,
            location=row.location,
            finding=f"the row is at version {row.version}, its last event at {last.version}; "
            f"they differ in {_differing(levels_of(row), last.levels)}",
            expected=figures_of(last.levels),
            found=figures_of(row),
            versions=(last.version,) if last.version else (),
        )


def holds_add_up(page: StockPage) -> Iterator[Discrepancy]:
    """What the events say is held and committed is what the holds have, in sum."""
    for row in page.rows:
        key = (row.sku, row.location)
        levels = page.last.get(key, LastEvent(0, NOTHING)).levels
        held, committed = page.pieces[key]
        if (levels.held, levels.committed) == (held, committed):
            continue
        yield Discrepancy(
            kind="hold_pieces",
            sku=row.sku,
            location=row.location,
            finding="the pieces of all holds are not what the events add up to",
            expected={"held": levels.held, "committed": levels.committed},
            found={"held": held, "committed": committed},
            versions=(row.version,),
        )


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


def nothing_is_oversold(page: StockPage) -> Iterator[Discrepancy]:
    """No more is promised than there is."""
    for row in page.rows:
        if row.available < 0:
            yield Discrepancy(
                kind="oversold",
                sku=row.sku,
                location=row.location,
                finding=f"{-row.available} more are promised than there are",
                found=figures_of(row),
                versions=(row.version,),
            )


def rows_are_there(page: StockPage) -> Iterator[Discrepancy]:
    """What the log tells of has a row."""
    for key in page.without_row:
        yield row_missing(Stock(*key))


CHECKS: tuple[Callable[[StockPage], Iterator[Discrepancy]], ...] = (
    rows_are_what_their_last_events_say,
    holds_add_up,
    holds_are_what_their_pieces_are,
    nothing_is_oversold,
    rows_are_there,
)


def _differing(one: Levels, other: Levels) -> str:
    ones, others = figures_of(one), figures_of(other)
    return ", ".join(name for name in ones if ones[name] != others[name]) or "the version alone"
