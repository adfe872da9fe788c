"""Importing: many products at once, batch by batch, as often as one likes.

What did not change since the last time is told by its fingerprint, in one query a batch. A product
that is refused becomes a bad row with its reason, and the rest goes on.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from rackhouse.catalog.demo import demo_drafts
from rackhouse.catalog.errors import InvalidProduct
from rackhouse.catalog.mapping import BadRow, Draft, ReadProduct, Tally, products_of
from rackhouse.catalog.putting import CHANGED, CREATED, UNCHANGED, put_together
from rackhouse.catalog.types_in_force import types_in_force
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Refusal

__all__ = ["ImportReport", "import_products", "load_demo_catalog"]

BATCH_PRODUCTS = 500
BUNDLES_PUT_OFF_MAX = 100_000
BAD_ROWS_TOLD = 10_000

Outcome = ReadProduct | BadRow


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """Where all rows went: ``rows == products + rows_merged + rows_bad``, and ``products ==
    created + changed + unchanged``.

    ``rows_merged`` counts the rows beyond the first of each product; ``reasons`` the bad rows by
    reason, the commonest in front; ``bad_rows`` names the first of them.
    """

    rows: int
    products: int
    created: int
    changed: int
    unchanged: int
    rows_merged: int
    rows_bad: int
    reasons: dict[str, int]
    bad_rows: tuple[BadRow, ...]


@operation("catalog:write")
async def import_products(*, context: Context, found: Iterable[Outcome]) -> ImportReport:
    """Put products into the catalog or describe them anew, ``BATCH_PRODUCTS`` a transaction, and
    report what became of each row.

    Bundles come after all else, so that a file may name them before what they are made of.
    A product that the catalog refuses is reported as a bad row.
    """
    tally, counts = Tally(), Counter[str]()
    bad_rows: list[BadRow] = []
    for batch in _batches(_bundles_last(found)):
        outcomes = await _import_batch(context, batch, counts)
        for outcome in tally.counted(outcomes):
            if isinstance(outcome, BadRow) and len(bad_rows) < BAD_ROWS_TOLD:
                bad_rows.append(outcome)
    total = tally.counts()
    return ImportReport(
        rows=total.rows,
        products=total.products,
        created=counts[CREATED],
        changed=counts[CHANGED],
        unchanged=counts[UNCHANGED],
        rows_merged=total.rows_in_products - total.products,
        rows_bad=total.rows_bad,
        reasons=total.reasons,
        bad_rows=tuple(sorted(bad_rows, key=lambda row: row.row_number)),
    )


@operation("catalog:write")
async def load_demo_catalog(*, context: Context) -> ImportReport:
    """Put the demo catalog in: some spirits, some garments, and sets of both. Loading it again
    changes nothing, unless somebody changed one of its products: that becomes again as it was.
    """
    drafts = [Draft(number, draft) for number, draft in enumerate(demo_drafts(), start=1)]
    found = products_of(drafts, await types_in_force(house=context.house))
    return await import_products(context=context, found=found)


async def _import_batch(
    context: Context, batch: Sequence[Outcome], counts: Counter[str]
) -> list[Outcome]:
    read = {each.product.id: each for each in batch if isinstance(each, ReadProduct)}
    outcomes = await put_together(context, [each.product for each in read.values()])
    refused: list[BadRow] = []
    for id_, outcome in outcomes.items():
        if not isinstance(outcome, Refusal):
            counts[outcome] += 1
            continue
        row = read.pop(id_)
        reason = outcome.summary if isinstance(outcome, InvalidProduct) else str(outcome)
        refused.append(BadRow(row.row_number, reason, row.rows))
    return [*(each for each in batch if isinstance(each, BadRow)), *read.values(), *refused]


def _bundles_last(found: Iterable[Outcome]) -> Iterator[Outcome]:
    """All that was found, products with bundles after the others. Past ``BUNDLES_PUT_OFF_MAX`` of
    them, no more are put off."""
    put_off: list[Outcome] = []
    for outcome in found:
        bundle = isinstance(outcome, ReadProduct) and any(
            variant.is_bundle for variant in outcome.product.variants
        )
        if bundle and len(put_off) < BUNDLES_PUT_OFF_MAX:
            put_off.append(outcome)
        else:
            yield outcome
    yield from put_off


def _batches(found: Iterator[Outcome]) -> Iterator[list[Outcome]]:
    while batch := list(islice(found, BATCH_PRODUCTS)):
        yield batch
