"""Putting many products in together: one transaction, one lock, one event for each that changes."""

from collections.abc import Mapping, Sequence

import msgspec

from rackhouse.catalog import store
from rackhouse.catalog.errors import ProductTypeNotFound
from rackhouse.catalog.rules import ListedType, Product, validate_product
from rackhouse.catalog.rules.listing import Listing, change, create, foretell
from rackhouse.catalog.types_in_force import types_now
from rackhouse.catalog.writing import Writing, fingerprint_of, read_listing
from rackhouse.platform.context import Context, operation
from rackhouse.platform.errors import Refusal
from rackhouse.platform.store import server_time

__all__ = ["CHANGED", "CREATED", "UNCHANGED", "put_products", "put_together"]

CREATED, CHANGED, UNCHANGED = "created", "changed", "unchanged"

Outcome = str | Refusal


@operation("catalog:write")
async def put_products(*, context: Context, products: Sequence[Product]) -> dict[str, Outcome]:
    """Put products into the catalog or describe them anew, in one transaction, and say by their
    ids what became of each: "created", "changed", "unchanged", or why it was refused.

    They may name each other in any order and in circles. One that is refused harms no other,
    except those that name it.
    """
    return await put_together(context, products)


async def put_together(context: Context, products: Sequence[Product]) -> dict[str, Outcome]:
    """What ``put_products`` does."""
    by_id = {each.id: each for each in products}
    outcomes: dict[str, Outcome] = dict.fromkeys(by_id, UNCHANGED)
    writing: Writing | None = None
    async with context.house.database("catalog").transaction() as tx:
        known = await store.fingerprints(tx, by_id)
        fresh = [each for id_, each in by_id.items() if known.get(id_) != fingerprint_of(each)]
        if not fresh:
            return outcomes
        await store.lock_catalog(tx)
        types = await types_now(tx, {each.type for each in fresh})
        now = await server_time(tx)
        while fresh:
            listing = await read_listing(tx, fresh, (), types)
            foretell(listing, fresh)
            writing = Writing(context, listing, now)
            decided = {each.id: _decided(writing, listing, each, types) for each in fresh}
            outcomes |= decided
            granted = [each for each in fresh if not isinstance(decided[each.id], Refusal)]
            if len(granted) == len(fresh):
                break
            fresh, writing = granted, None  # what was told of those that are refused is not so
        if writing is not None:
            await writing.write(tx)
    if writing is not None:
        writing.forget()
    return outcomes


def _decided(
    writing: Writing, listing: Listing, read: Product, types: Mapping[str, ListedType]
) -> Outcome:
    try:
        product = _as_its_type_is_now(read, types)
        if product.id not in listing.products:
            writing.put(product, create(listing, product))
            return CREATED
        event = change(listing, product)
        if event is None:
            return UNCHANGED
        writing.put(product, event)
    except Refusal as refusal:
        return refusal
    return CHANGED


def _as_its_type_is_now(product: Product, types: Mapping[str, ListedType]) -> Product:
    """The product as its type wants it under the lock: one of the seller's own may have changed
    since the product was read."""
    product_type = types.get(product.type)
    if product_type is None:
        raise ProductTypeNotFound(name=product.type)
    if product_type.built_in:
        return product
    return validate_product(msgspec.to_builtins(product), product_type)
