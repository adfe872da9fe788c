"""Every SQL statement of the catalog."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rackhouse.catalog.rules import Product
from rackhouse.catalog.rules.listing import ListedProduct, SkuPlace, lowest_price_minor
from rackhouse.platform.database import Pending, Transaction


async def lock_catalog(tx: Transaction) -> None:
    """Be the only one who changes the catalog until the end of the transaction."""
    await tx.run("select pg_advisory_xact_lock(hashtextextended('catalog.product', 0))")


async def sku_facts(tx: Transaction, skus: Iterable[str]) -> list[tuple[Any, ...]]:
    """SKU, product's id and name, own name, price, currency and components (JSON) of SKUs."""
    return await tx.all(
        _row,
        """
        select v.sku, p.id, p.name, v.name, coalesce(v.price_minor, p.price_minor), p.currency, (
            select coalesce(json_agg(
                json_build_object('sku', c.component_sku, 'quantity', c.quantity)
                order by c.position), '[]')::text
            from catalog.component c where c.bundle_sku = v.sku)
        from catalog.variant v join catalog.product p on p.id = v.product_id
        where v.sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
        """,
        {"skus": _encoded(list(skus))},
    )


async def skus_of_products(tx: Transaction, ids: Iterable[str]) -> list[tuple[str, str, str]]:
    """What was asked for (a product's id or a SKU), the product's id, and its SKUs (JSON)."""
    return await tx.all(
        _row,
        """
        with asked as (select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        select id, id, (
            select coalesce(json_agg(v.sku order by v.position), '[]')::text
            from catalog.variant v where v.product_id = p.id)
        from catalog.product p where id in (select id from asked)
        union all
        select sku, product_id, json_build_array(sku)::text
        from catalog.variant where sku in (select id from asked)
          and not exists (select from catalog.product where id = sku)
        """,
        {"ids": _encoded(list(ids))},
    )


async def product(tx: Transaction, product_id: str) -> ListedProduct | None:
    """A product."""
    return await tx.maybe(
        read_product,
        "select document from catalog.listed_product where id = %(id)s",
        {"id": product_id},
    )


async def send_products(tx: Transaction, ids: Iterable[str]) -> Pending:
    """Ask for some products (`read_product` reads a row)."""
    return await tx.send(
        """
        select document from catalog.listed_product
        where id in (select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        """,
        {"ids": _encoded(list(ids))},
    )


async def send_last_versions(tx: Transaction, ids: Iterable[str]) -> Pending:
    """Ask for the last version (id, version) of those products that were removed."""
    return await tx.send(
        """
        select asked.id, max(e.version)
        from jsonb_array_elements_text(%(ids)s::jsonb) as asked (id)
        join catalog.event e on e.stream = 'product:' || asked.id
        where not exists (select from catalog.product p where p.id = asked.id)
        group by asked.id
        """,
        {"ids": _encoded(list(ids))},
    )


async def send_sku_places(tx: Transaction, skus: Iterable[str]) -> Pending:
    """Ask where some SKUs belong: SKU, product's id, whether it is a bundle."""
    return await tx.send(
        """
        select sku, product_id, is_bundle from catalog.variant
        where sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
        """,
        {"skus": _encoded(list(skus))},
    )


async def send_bundles_with(tx: Transaction, product_ids: Iterable[str]) -> Pending:
    """Ask which bundles (component's SKU, bundle's SKU) take a SKU of some products."""
    return await tx.send(
        """
        select c.component_sku, c.bundle_sku
        from catalog.variant v join catalog.component c on c.component_sku = v.sku
        where v.product_id in (
            select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        """,
        {"ids": _encoded(list(product_ids))},
    )


async def fingerprints(tx: Transaction, ids: Iterable[str]) -> dict[str, str]:
    """The fingerprint of each of some products that is listed."""
    return dict(
        await tx.all(
            _row,
            """
            select id, fingerprint from catalog.product
            where id in (select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
            """,
            {"ids": _encoded(list(ids))},
        )
    )


async def write_products(
    tx: Transaction, products: Sequence[tuple[ListedProduct, str]], dropped_skus: Iterable[str]
) -> None:
    """Write products, each with its fingerprint, and drop SKUs that they do not have any more."""
    await _clear_bundles(tx, [each.id for each, _ in products if each.version > 1])
    await _drop_variants(tx, list(dropped_skus))
    await _upsert_products(tx, products)
    await _upsert_variants(tx, [each for each, _ in products])
    await _insert_components(tx, [each for each, _ in products])


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
        {"ids": _encoded(product_ids)},
    )


async def _drop_variants(tx: Transaction, skus: list[str]) -> None:
    if not skus:
        return
    await tx.run(
        """
        delete from catalog.variant
        where sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
        """,
        {"skus": _encoded(skus)},
    )


async def _upsert_products(tx: Transaction, products: Sequence[tuple[ListedProduct, str]]) -> None:
    await tx.run(
        """
        insert into catalog.product
            (id, type, name, brand, description, categories, tags, price_minor,
             lowest_price_minor, currency, release_date, media, attributes, version, fingerprint,
             created_at, updated_at)
        select id, type, name, brand, description, categories, tags, price_minor,
            lowest_price_minor, currency, release_date, media, attributes, version, fingerprint,
            created_at, updated_at
        from jsonb_to_recordset(%(rows)s::jsonb) as new (
            id text, type text, name text, brand text, description text, categories jsonb,
            tags jsonb, price_minor bigint, lowest_price_minor bigint, currency text,
            release_date date, media jsonb, attributes jsonb, version bigint, fingerprint text,
            created_at timestamptz, updated_at timestamptz)
        on conflict (id) do update set
            type = excluded.type, name = excluded.name, brand = excluded.brand,
            description = excluded.description, categories = excluded.categories,
            tags = excluded.tags, price_minor = excluded.price_minor,
            lowest_price_minor = excluded.lowest_price_minor, currency = excluded.currency,
            release_date = excluded.release_date, media = excluded.media,
            attributes = excluded.attributes, version = excluded.version,
            fingerprint = excluded.fingerprint, updated_at = excluded.updated_at
        """,
        {"rows": _encoded([_product_row(*each) for each in products])},
    )


async def _upsert_variants(tx: Transaction, products: Sequence[Product]) -> None:
    rows = [
        {
            "sku": variant.sku,
            "product_id": product.id,
            "position": position,
            "name": variant.name,
            "options": variant.options,
            "barcode": variant.barcode,
            "price_minor": variant.price_minor,
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
            position = excluded.position, name = excluded.name, options = excluded.options,
            barcode = excluded.barcode, price_minor = excluded.price_minor,
            is_bundle = excluded.is_bundle
        """,
        {"rows": _encoded(rows)},
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
        {"rows": _encoded(rows)},
    )


def read_product(document: str) -> ListedProduct:
    """A product from a row of the view ``catalog.listed_product``."""
    return _DECODER.decode(document)


def read_sku_place(sku: str, product_id: str, is_bundle: bool) -> tuple[str, SkuPlace]:
    """Where a SKU belongs, from its row."""
    return sku, SkuPlace(product_id, is_bundle)


_DECODER = msgspec.json.Decoder(ListedProduct)


def _product_row(product: ListedProduct, fingerprint: str) -> dict[str, Any]:
    return {
        "id": product.id,
        "type": product.type,
        "name": product.name,
        "brand": product.brand,
        "description": product.description,
        "categories": product.categories,
        "tags": product.tags,
        "price_minor": product.price_minor,
        "lowest_price_minor": lowest_price_minor(product),
        "currency": product.currency,
        "release_date": product.release_date,
        "media": product.media,
        "attributes": product.attributes,
        "version": product.version,
        "fingerprint": fingerprint,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
    }


def _encoded(rows: object) -> str:
    return msgspec.json.encode(rows).decode()


def _row(*values: Any) -> tuple[Any, ...]:
    return values
