"""Writing product types: under the lock of the catalog, with the products that follow them."""

import datetime
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

import msgspec

from rackhouse.catalog import store
from rackhouse.catalog.errors import (
    Misfitting,
    ProductsDoNotFit,
    ProductTypeNotFound,
    TooManyToConvert,
)
from rackhouse.catalog.events import ProductTypeEvent
from rackhouse.catalog.log import LOG
from rackhouse.catalog.rules import ListedType, Product, ProductType
from rackhouse.catalog.rules.listing import change as changed
from rackhouse.catalog.rules.references import Reference, references_in
from rackhouse.catalog.rules.type_changes import (
    ProductOutcome,
    TypeChange,
    candidates_in,
    outcome_of,
)
from rackhouse.catalog.types_in_force import TypesInForce, types_now
from rackhouse.catalog.writing import Writing, read_listing
from rackhouse.platform.context import Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.events import NewEvent
from rackhouse.platform.http.endpoint import VersionIsStale
from rackhouse.platform.idempotency import claim

__all__ = [
    "Converting",
    "changing_types",
    "converting",
    "expected_type",
    "note_type",
    "outcomes_of",
    "write_converted",
    "write_type",
]

BATCH_PRODUCTS = 500
CONVERTED_MAX = 50_000
MISFITS_TOLD = 20

Outcome = tuple[ProductOutcome, dict[str, Any]]


@asynccontextmanager
async def changing_types(context: Context) -> AsyncIterator[Transaction]:
    """A transaction that alone changes the catalog. What this process knew of types and products
    is forgotten once it is over."""
    async with context.house.database("catalog").transaction() as tx:
        await claim(tx, context.idempotency)
        await store.lock_catalog(tx)
        yield tx
    context.house.the(TypesInForce).forget()


async def expected_type(tx: Transaction, name: str, expected_version: int | None) -> ListedType:
    """A type in force as it is now. Refuses with `ProductTypeNotFound` and `VersionIsStale`."""
    before = (await types_now(tx, [name])).get(name)
    if before is None:
        raise ProductTypeNotFound(name=name)
    if expected_version not in (None, before.version):
        raise VersionIsStale(current=before.version)
    return before


async def write_type(
    tx: Transaction,
    context: Context,
    product_type: ProductType,
    before: ListedType | None,
    event: ProductTypeEvent,
    now: datetime.datetime,
) -> ListedType:
    """Write a type of the seller's own with its event."""
    if before is None or before.built_in:
        version, created_at = await store.last_type_version(tx, product_type.name), now
    else:
        version, created_at = before.version, before.created_at or now
    listed = ListedType.own(product_type, version + 1, created_at, now)
    await note_type(tx, context, product_type.name, listed.version, event, now)
    await store.write_type(tx, listed)
    return listed


async def note_type(
    tx: Transaction,
    context: Context,
    name: str,
    version: int,
    event: ProductTypeEvent,
    now: datetime.datetime,
) -> None:
    """Record what happened to a type."""
    await LOG.append(tx, [NewEvent(f"product-type:{name}", version, event, context)], now)


async def outcomes_of(tx: Transaction, change: TypeChange) -> AsyncIterator[Outcome]:
    """What would become of every product of a type, in the order of their ids."""
    after_id, batch = "", BATCH_PRODUCTS
    while batch == BATCH_PRODUCTS:
        found = await store.attributes_of_type(tx, change.before.name, after_id, BATCH_PRODUCTS)
        candidates = {id_ for _, said in found for id_ in candidates_in(change, said)}
        known = await store.known_ids(tx, filter(str.isprintable, candidates))
        for product_id, attributes in found:
            yield outcome_of(change, product_id, attributes, known)
        batch = len(found)
        after_id = found[-1][0] if found else after_id


class Converting(msgspec.Struct):
    """What a change of a type does to its products: how many there are of each fate, the
    attributes of those that are converted (by their ids), and the references of those that fit
    where what they say is a reference from now on, or is none any more."""

    counts: Counter[str]
    attributes: dict[str, dict[str, Any]]
    references: dict[str, tuple[Reference, ...]]


async def converting(tx: Transaction, change: TypeChange) -> Converting:
    """What a change does to all products. Refuses with `ProductsDoNotFit` and
    `TooManyToConvert`."""
    done = Converting(counts=Counter(), attributes={}, references={})
    misfits: list[Misfitting] = []
    async for outcome, attributes in outcomes_of(tx, change):
        done.counts[outcome.outcome] += 1
        if outcome.outcome == "does_not_fit":
            if len(misfits) < MISFITS_TOLD:
                misfits.append(Misfitting(outcome.product_id, outcome.problems))
        elif len(done.attributes) + len(done.references) <= CONVERTED_MAX:
            _take(done, change, outcome, attributes)
    if misfits:
        raise ProductsDoNotFit(
            name=change.after.name,
            products=done.counts.total(),
            count=done.counts["does_not_fit"],
            misfits=tuple(misfits),
        )
    if len(done.attributes) + len(done.references) > CONVERTED_MAX:
        raise TooManyToConvert(products=done.counts.total(), limit=CONVERTED_MAX)
    return done


def _take(
    done: Converting, change: TypeChange, outcome: ProductOutcome, attributes: dict[str, Any]
) -> None:
    if outcome.outcome == "converted":
        done.attributes[outcome.product_id] = attributes
        return
    references = references_in(attributes, change.after)
    if references != references_in(attributes, change.before):
        done.references[outcome.product_id] = references


async def write_converted(
    tx: Transaction,
    context: Context,
    product_type: ProductType,
    done: Converting,
    now: datetime.datetime,
) -> None:
    """Write the converted products, ``BATCH_PRODUCTS`` at a time, each with its event."""
    for batch in _batches(done.attributes):
        products = [
            _with_attributes(each, done.attributes[each.id])
            for each in await store.products_of_ids(tx, batch)
        ]
        listing = await read_listing(tx, products, (), {product_type.name: product_type})
        writing = Writing(context, listing, now)
        for product in products:
            event = changed(listing, product)
            assert event is not None, f"{product.id} was to be converted"
            writing.put(product, event)
        await writing.write(tx)
    for batch in _batches(done.references):
        named = {product_id: done.references[product_id] for product_id in batch}
        await store.write_references(tx, batch, named)


def _batches(found: Mapping[str, Any]) -> Iterator[list[str]]:
    ids = iter(found)
    while batch := list(islice(ids, BATCH_PRODUCTS)):
        yield batch


def _with_attributes(product: Product, attributes: dict[str, Any]) -> Product:
    said = {field: getattr(product, field) for field in Product.__struct_fields__}
    return Product(**{**said, "attributes": attributes})
