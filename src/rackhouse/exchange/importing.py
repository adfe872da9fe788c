"""Importing a file of the catalog: all of it is checked, then types, then products are written.

What is broken is found before anything is written. Products are written some hundred at a time,
each time all or none, with their events; an import that is cut off is begun anew, and what it had
written by then is unchanged then.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO, TypeVar

import msgspec

from rackhouse.catalog import InvalidProduct, Product, put_products
from rackhouse.catalog import types_in_force as types_known
from rackhouse.exchange.errors import ExchangeFileUnreadable, PartOfCatalog
from rackhouse.exchange.formats import Form
from rackhouse.exchange.linking import check_links, needs_of
from rackhouse.exchange.removing import missing_ids, remove_all
from rackhouse.exchange.reports import (
    DIFFERENCES_TOLD,
    PROBLEMS_TOLD,
    CatalogReport,
    Heed,
    ImportTerms,
    Progress,
)
from rackhouse.exchange.rules import Broken, Difference, Found, Head, Step, steps_of
from rackhouse.exchange.rules.differences import REMOVED
from rackhouse.exchange.spooling import Spool
from rackhouse.exchange.surveying import Survey, lines_in_order, survey
from rackhouse.exchange.types_of_files import TypePlan, apply_types, plan_types
from rackhouse.exchange.unnaming import without_references
from rackhouse.platform.context import Caller, Context, operation
from rackhouse.platform.errors import Refusal

__all__ = ["import_catalog"]

PRODUCTS_MAX = 1_000_000
STEP_PRODUCTS = 500
ROUNDS_MAX = 3

Item = TypeVar("Item")
Records = Iterator[Found | tuple[Broken, ...]]


@operation("catalog:import")
async def import_catalog(
    *,
    context: Context,
    form: Form,
    file: BinaryIO,
    name: str,
    head: Head | None,
    terms: ImportTerms,
    heed: Heed,
) -> CatalogReport:
    """Bring the catalog to what a file says: ``form`` reads it, ``name`` is what it is called in
    refusals, and ``head`` is what stands beside one that has none itself.

    Nothing is written where anything in it is broken, unless the terms say to skip that. Refuses
    with `ExchangeFileUnreadable`, `ParquetLibraryMissing`, `PartOfCatalog`, and where the product
    types of the file can not be had, as `define_product_type` and `change_product_type` do.
    """
    acting = _acting(context)
    reader = form.reader(file, name)
    head = reader.head or head or Head()
    if terms.remove_missing and head.changed_since is not None:
        raise PartOfCatalog(file=name, since=head.changed_since.isoformat())
    plan = plan_types(head, await types_known(house=context.house))
    with Spool() as spool:
        work = _Work(acting, terms, heed, plan, spool)
        records = _limited(reader.records(plan.types), name)
        return await work.carried_out(records, head)


class _Work:
    """One import, while it is carried out."""

    def __init__(
        self, context: Context, terms: ImportTerms, heed: Heed, plan: TypePlan, spool: Spool
    ) -> None:
        self._context = context
        self._terms = terms
        self._heed = heed
        self._plan = plan
        self._spool = spool
        self._outcomes: dict[str, str] = {}
        self._refused: dict[str, Refusal] = {}

    async def carried_out(self, records: Records, head: Head) -> CatalogReport:
        """Check all, then write all."""
        found = await survey(self._context, records, self._plan.types, self._spool, self._heed)
        missing = await self._missing(found, head)
        await check_links(self._context, found, frozenset(missing))
        if found.rows_bad:
            missing = []  # what is broken may be what seems to be missing
        if self._terms.dry_run or (found.rows_bad and not self._terms.skip_bad):
            return self._report(found, missing, imported=False)
        await self._write(found, missing)
        return self._report(found, missing, imported=True)

    async def _missing(self, found: Survey, head: Head) -> list[str]:
        """The products that the file lacks: of all there are, of the one type that the file is of,
        or where it does not say what it holds, of the types that are in it."""
        if not self._terms.remove_missing:
            return []
        only = {head.only_type} if head.only_type else None
        if only is None and head.exported_at is None:
            only = found.types
        return await missing_ids(self._context, found.lines, only)

    async def _write(self, found: Survey, missing: list[str]) -> None:
        holders = {holder for links in found.links.values() for *_, holder in links.taken}
        early = [each for each in missing if each in holders]  # their SKUs go to others
        self._refused |= await remove_all(self._context, early)
        await apply_types(self._context, self._plan)
        steps = steps_of(self._spool.ids, needs_of(found), STEP_PRODUCTS)
        again: list[str] = []
        for step in steps:
            await self._put(self._first_written(step, found))
            again += sorted(step.again)
            await self._tell(found)
        for ids in _batches(again, STEP_PRODUCTS):
            await self._put(self._spool.read(ids))
        for _ in range(ROUNDS_MAX):
            refused = [each for each in self._refused if each in self._spool]
            for ids in _batches(refused, STEP_PRODUCTS):
                await self._put(self._spool.read(ids))
            if len([each for each in self._refused if each in self._spool]) in (0, len(refused)):
                break
        late = [each for each in missing if each not in holders]
        self._refused |= await remove_all(self._context, [*late, *_still(early, self._refused)])
        await self._tell(found)

    def _first_written(self, step: Step, found: Survey) -> list[Product]:
        """The products of a step; those that come again, without what is not there yet."""
        products = self._spool.read(step.ids)
        if not step.again:
            return products
        there = {each for each in found.lines if each not in found.created}
        there |= {*self._outcomes, *step.ids}
        return [
            without_references(each, self._plan.types, there) if each.id in step.again else each
            for each in products
        ]

    async def _put(self, products: list[Product]) -> None:
        for id_, outcome in (await put_products(context=self._context, products=products)).items():
            if isinstance(outcome, Refusal):
                self._refused[id_] = outcome
            else:
                self._refused.pop(id_, None)
                self._outcomes.setdefault(id_, outcome)

    async def _tell(self, found: Survey) -> None:
        await self._heed(
            Progress(
                rows_read=found.rows,
                products_written=len(self._outcomes),
                products_to_write=len(self._spool),
            )
        )

    def _report(self, found: Survey, missing: list[str], *, imported: bool) -> CatalogReport:
        refused = [_problem_of(found, *each) for each in self._refused.items()]
        removed = [each for each in missing if each not in self._refused]
        gone = (Difference(product_id=each, change=REMOVED) for each in removed)
        told = [each for id_, each in found.differences.items() if id_ not in self._refused]
        bad = sum(1 for each in self._refused if each in self._spool)
        created = found.created - self._refused.keys()
        problems = lines_in_order([*found.broken, *refused])
        return CatalogReport(
            imported=imported,
            dry_run=self._terms.dry_run,
            rows=found.rows,
            products=found.rows - found.rows_bad - bad,
            created=len(created),
            changed=len(self._spool) - bad - len(created),
            unchanged=found.unchanged,
            removed=len(removed),
            rows_bad=found.rows_bad + bad,
            types_added=tuple(each.name for each in self._plan.added),
            types_changed=tuple(each.name for each in self._plan.changed),
            problems=problems[:PROBLEMS_TOLD],
            differences=tuple(islice((*told, *gone), DIFFERENCES_TOLD)),
        )


def _problem_of(found: Survey, product_id: str, refusal: Refusal) -> Broken:
    line = found.lines.get(product_id, 0)
    if isinstance(refusal, InvalidProduct):
        first = refusal.problems[0]
        return Broken(line, first.field, first.problem, product_id)
    return Broken(line, "product", str(refusal), product_id)


def _still(ids: Iterable[str], refused: dict[str, Refusal]) -> list[str]:
    """Those that were refused: they are tried once more."""
    return [each for each in ids if refused.pop(each, None) is not None]


def _acting(context: Context) -> Context:
    """The context of what the import does, on its caller's account."""
    caller = Caller(
        subject=context.caller.subject,
        permissions=frozenset({"catalog:read", "catalog:write"}),
        channel=context.caller.channel,
    )
    return msgspec.structs.replace(context, caller=caller, idempotency=None, deadline=None)


def _limited(records: Records, name: str) -> Records:
    """The records of a file, which has at most ``PRODUCTS_MAX``: what is known of each is kept in
    memory."""
    for number, each in enumerate(records):
        if number >= PRODUCTS_MAX:
            problem = f"it has more than {PRODUCTS_MAX:,} products; split it"
            raise ExchangeFileUnreadable(name, problem)
        yield each


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
