"""Changing a product type together with the products that follow it: tried first, then done whole
or not at all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from rackhouse.catalog.events import ProductTypeChanged, ProductTypeDefined, ProductTypeEvent
from rackhouse.catalog.product_types import check_collection, definition_of
from rackhouse.catalog.rules import ListedType, ProductType
from rackhouse.catalog.rules.type_changes import (
    Conversion,
    Fate,
    Policy,
    ProductOutcome,
    type_change,
)
from rackhouse.catalog.type_writing import (
    changing_types,
    converting,
    expected_type,
    outcomes_of,
    write_converted,
    write_type,
)
from rackhouse.platform.context import Context, operation
from rackhouse.platform.idempotency import remember_answer
from rackhouse.platform.store import server_time

__all__ = ["ChangedType", "TriedChange", "change_product_type", "try_type_change"]

_Count = Annotated[int, Meta(ge=0)]


class ChangedType(msgspec.Struct, frozen=True, kw_only=True):
    """A product type after a change, and how many products there are of it: those that fitted as
    they were, and those that were converted."""

    product_type: ListedType
    products: _Count
    fitting: _Count
    converted: _Count


class TriedChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a change would do to the products of a type: all of them counted, some of them told.
    ``version`` is that of the type as it is."""

    version: _Count
    products: _Count
    fitting: _Count
    converted: _Count
    not_fitting: _Count
    outcomes: list[ProductOutcome]


@operation("catalog:read")
async def try_type_change(
    *,
    context: Context,
    name: str,
    draft: Mapping[str, Any],
    conversions: Sequence[Conversion],
    on_misfit: Policy | None,
    only: Fate | None,
    after_id: str,
    limit: int,
) -> TriedChange:
    """What a change of a type would do to each product, without doing it: the products after an
    id (of one fate ``only``), ``limit`` at most, and the counts of all.

    Refuses with `ProductTypeNotFound`, `InvalidProductType`, `InvalidTypeChange` and
    `CollectionTaken`.
    """
    after = definition_of(draft, name)
    counts: Counter[str] = Counter()
    told: list[ProductOutcome] = []
    async with context.house.database("catalog").snapshot() as tx:
        before = await expected_type(tx, name, None)
        await check_collection(tx, context.house, after, before)
        change = type_change(before.definition(), after, tuple(conversions), on_misfit)
        async for outcome, _ in outcomes_of(tx, change):
            counts[outcome.outcome] += 1
            wanted = only in (None, outcome.outcome) and outcome.product_id > after_id
            if wanted and len(told) < limit:
                told.append(outcome)
    return TriedChange(
        version=before.version,
        products=counts.total(),
        fitting=counts["fits"],
        converted=counts["converted"],
        not_fitting=counts["does_not_fit"],
        outcomes=told,
    )


@operation("catalog:write")
async def change_product_type(
    *,
    context: Context,
    name: str,
    draft: Mapping[str, Any],
    conversions: Sequence[Conversion],
    on_misfit: Policy | None,
    expected_version: int | None,
) -> ChangedType:
    """Define a type otherwise, as ``draft`` says, and convert its products: all in one
    transaction, each changed product with an event of its own. What comes with Rackhouse becomes a
    type of the seller's own by it. The same definition changes nothing.

    Refuses with `ProductTypeNotFound`, `VersionIsStale` (None expects any version),
    `InvalidProductType`, `InvalidTypeChange`, `CollectionTaken`, with `ProductsDoNotFit` where a
    product would lose what it says and nothing says that it may, and with `TooManyToConvert`.
    """
    after = definition_of(draft, name)
    async with changing_types(context) as tx:
        before = await expected_type(tx, name, expected_version)
        await check_collection(tx, context.house, after, before)
        change = type_change(before.definition(), after, tuple(conversions), on_misfit)
        done = await converting(tx, change)
        now = await server_time(tx)
        listed = before
        if after != before.definition() or done.attributes:
            event = _event(before, after, len(done.attributes))
            listed = await write_type(tx, context, after, before, event, now)
            await write_converted(tx, context, listed, done, now)
        changed = ChangedType(
            product_type=listed,
            products=done.counts.total(),
            fitting=done.counts["fits"],
            converted=done.counts["converted"],
        )
        await remember_answer(tx, context.idempotency, changed, answered_at=now)
    return changed


def _event(before: ListedType, after: ProductType, products_converted: int) -> ProductTypeEvent:
    facts: dict[str, Any] = {
        "product_type": after.name,
        "title": after.title,
        "collection": after.collection,
        "attributes": after.attributes,
        "products_converted": products_converted,
    }
    if before.built_in:
        return ProductTypeDefined(**facts)
    fields = tuple(
        field
        for field in ProductType.__struct_fields__
        if getattr(after, field) != getattr(before, field)
    )
    return ProductTypeChanged(**facts, fields=fields)
