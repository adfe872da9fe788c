"""Statements that change the catalog."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from rackhouse.catalog.rules import Product
from rackhouse.catalog.rules.listing import ListedProduct, lowest_price_minor
from rackhouse.catalog.rules.references import Reference
from rackhouse.catalog.store.rows import encoded
from rackhouse.catalog.store.types import write_references
from rackhouse.platform.database import Transaction


async def lock_catalog(tx: Transaction) -> None:
    """Be the only one who changes the catalog until the end of the transaction."""
    await tx.run("select pg_advisory_xact_lock(hashtextextended('catalog.product', 0))")


async def write_products(
    tx: Transaction,
    products: Sequence[tuple[ListedProduct, str]],
    dropped_skus: Iterable[str],
    named: Mapping[str, Sequence[Reference]],
) -> None:
    """Write products, each with its fingerprint, and which others they name (by their ids); drop
    SKUs that they do not have any more."""
    await _clear_bundles(tx, [each.id for each, _ in products if each.version > 1])
    await _drop_variants(tx, list(dropped_skus))
    await _upsert_products(tx, products)
    await _upsert_variants(tx, [each for each, _ in products])
    await _insert_components(tx, [each for each, _ in products])
    await write_references(tx, [each.id for each, _ in products if each.version > 1], named)


async def delete_product(tx: Transaction, product_id: str) -> None:
    """Delete a product with its variants."""
    await _clear_bundles(tx, [product_id])
    await tx.run("delete from catalog.product where id = %(id)s", {"id": product_id})


async def _clear_bundles(tx: Transaction, product_ids: list[str]) -> None:
    if not product_ids:
        return
    await tx.run(
        """
        delete from catalog.component where bundle_sku in (
            select sku from catalog.variant where is_bundle and product_id in (
                select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id)))
        """,
        {"ids": encoded(product_ids)},
    )


async def _drop_variants(tx: Transaction, skus: list[str]) -> None:
    if not skus:
        return
    await tx.run(
        """
        delete from catalog.variant
        where sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
        """,
        {"skus": encoded(skus)},
    )


async def _upsert_products(tx: Transaction, products: Sequence[tuple[ListedProduct, str]]) -> None:
    await tx.run(
        """
        insert into catalog.product
            (id, type, name, brand, description, categories, tags, price_minor,
             lowest_price_minor, currency, release_date, media, attributes, version, fingerprint,
             created_at, updated_at, stage, goes_live_at, archives_at, told_state, due_at)
        select id, type, name, brand, description, categories, tags, price_minor,
            lowest_price_minor, currency, release_date, media, attributes, version, fingerprint,
            created_at, updated_at, stage, goes_live_at, archives_at, state, turns_at
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            id text, type text, name text, brand text, description text, categories jsonb,
            tags jsonb, price_minor bigint, lowest_price_minor bigint, currency text,
            release_date date, media jsonb, attributes jsonb, version bigint, fingerprint text,
            created_at timestamptz, updated_at timestamptz, stage text, goes_live_at timestamptz,
            archives_at timestamptz, state text, turns_at timestamptz)
        on conflict (id) do update set
            type = excluded.type, name = excluded.name, brand = excluded.brand,
            description = excluded.description, categories = excluded.categories,
            tags = excluded.tags, price_minor = excluded.price_minor,
            lowest_price_minor = excluded.lowest_price_minor, currency = excluded.currency,
            release_date = excluded.release_date, media = excluded.media,
            attributes = excluded.attributes, version = excluded.version,
            fingerprint = excluded.fingerprint, updated_at = excluded.updated_at,
            stage = excluded.stage, goes_live_at = excluded.goes_live_at,
            archives_at = excluded.archives_at,
            due_at = case when product.told_state = excluded.told_state
                then excluded.due_at else excluded.updated_at end
        """,
        {"rows": encoded([_product_row(*each) for each in products])},
    )


async def _upsert_variants(tx: Transaction, products: Sequence[Product]) -> None:
    rows = [
        {
            **msgspec.structs.asdict(variant),
            "product_id": product.id,
            "position": position,
            "is_bundle": variant.is_bundle,
        }
        for product in products
        for position, variant in enumerate(product.variants)
    ]
    if not rows:
        return
    await tx.run(
        """
        insert into catalog.variant
            (sku, product_id, position, name, options, barcode, price_minor, is_bundle)
        select sku, product_id, position, name, options, barcode, price_minor, is_bundle
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            sku text, product_id text, position integer, name text, options jsonb, barcode text,
            price_minor bigint, is_bundle boolean)
        on conflict (sku) do update set
            product_id = excluded.product_id, position = excluded.position,
            name = excluded.name, options = excluded.options, barcode = excluded.barcode,
            price_minor = excluded.price_minor, is_bundle = excluded.is_bundle
        """,
        {"rows": encoded(rows)},
    )


async def _insert_components(tx: Transaction, products: Sequence[Product]) -> None:
    rows = [
        {
            "bundle_sku": variant.sku,
            "component_sku": component.sku,
            "position": position,
            "quantity": component.quantity,
        }
        for product in products
        for variant in product.variants
        for position, component in enumerate(variant.components)
    ]
    if not rows:
        return
    await tx.run(
        """
        insert into catalog.component (bundle_sku, component_sku, position, quantity)
        select bundle_sku, component_sku, position, quantity
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            bundle_sku text, component_sku text, position integer, quantity integer)
        """,
        {"rows": encoded(rows)},
    )


def _product_row(product: ListedProduct, fingerprint: str) -> dict[str, Any]:
    row = msgspec.structs.asdict(product)
    del row["variants"]
    row["lowest_price_minor"] = lowest_price_minor(product)
    row["fingerprint"] = fingerprint
    row["turns_at"] = product.life.turns_after(product.updated_at)
    return row
