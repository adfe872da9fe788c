"""Statements that say what SKUs and products are."""

from collections.abc import Iterable
from typing import Any

from rackhouse.catalog.rules.listing import ListedProduct
from rackhouse.catalog.store.rows import encoded, read_product, row
from rackhouse.platform.database import Pending, Transaction


async def sku_facts(tx: Transaction, skus: Iterable[str]) -> list[tuple[Any, ...]]:
    """SKU, product's id and name, own name, price, currency, stage, when it goes live and is
    archived, and components (JSON) of SKUs."""
    return await tx.all(
        row,
        """
        select v.sku, p.id, p.name, v.name, coalesce(v.price_minor, p.price_minor), p.currency,
            p.stage, p.goes_live_at, p.archives_at, (
            select coalesce(json_agg(
                json_build_object('sku', c.component_sku, 'quantity', c.quantity)
                order by c.position), '[]')::text
            from catalog.component c where c.bundle_sku = v.sku)
        from catalog.variant v join catalog.product p on p.id = v.product_id
        where v.sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
        """,
        {"skus": encoded(list(skus))},
    )


async def skus_of_products(tx: Transaction, ids: Iterable[str]) -> list[tuple[str, str, str]]:
    """What was asked for (a product's id or a SKU), the product's id, and its SKUs (JSON)."""
    return await tx.all(
        row,
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
        {"ids": encoded(list(ids))},
    )


async def product(tx: Transaction, product_id: str) -> ListedProduct | None:
    """A product."""
    return await tx.maybe(
        read_product,
        "select document from catalog.listed_product where id = %(id)s",
        {"id": product_id},
    )


async def products_of_ids(tx: Transaction, ids: Iterable[str]) -> list[ListedProduct]:
    """Some products."""
    return await tx.all(
        read_product,
        """
        select document from catalog.listed_product
        where id in (select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        """,
        {"ids": encoded(list(ids))},
    )


async def products_of_skus(tx: Transaction, skus: Iterable[str]) -> list[tuple[str, str]]:
    """Which product (SKU, product's id) each of some SKUs belongs to."""
    return await tx.all(
        row,
        """
        select sku, product_id from catalog.variant
        where sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
        """,
        {"skus": encoded(list(skus))},
    )


async def send_products(tx: Transaction, ids: Iterable[str]) -> Pending:
    """Ask for some products (`read_product` reads a row)."""
    return await tx.send(
        """
        select document from catalog.listed_product
        where id in (select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        """,
        {"ids": encoded(list(ids))},
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
        {"ids": encoded(list(ids))},
    )


async def send_sku_places(tx: Transaction, skus: Iterable[str]) -> Pending:
    """Ask where some SKUs belong: SKU, product's id, whether it is a bundle."""
    return await tx.send(
        """
        select sku, product_id, is_bundle from catalog.variant
        where sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
        """,
        {"skus": encoded(list(skus))},
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
        {"ids": encoded(list(product_ids))},
    )


async def fingerprints(tx: Transaction, ids: Iterable[str]) -> dict[str, str]:
    """The fingerprint of each of some products that is listed."""
    return dict(
        await tx.all(
            row,
            """
            select id, fingerprint from catalog.product
            where id in (select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
            """,
            {"ids": encoded(list(ids))},
        )
    )


async def products_naming(tx: Transaction, *, address: str, limit: int) -> list[str]:
    """The ids of products one of whose media has an address with this in it."""
    return await tx.all(
        str,
        """
        select id from catalog.product
        where media <> '[]' and exists (
            select from jsonb_array_elements(media) as shown
            where position(%(address)s::text in shown ->> 'url') > 0)
        order by id limit %(limit)s
        """,
        {"address": address, "limit": limit},
    )
