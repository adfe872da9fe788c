"""Statements that list products a page at a time, one for each order."""

import datetime
from collections.abc import Mapping
from typing import Any

from rackhouse.catalog.rules.listing import ListedProduct
from rackhouse.catalog.store.rows import read_product
from rackhouse.platform.database import Transaction

BIGINT_MAX = 2**63 - 1


async def page_by_name(
    tx: Transaction, sought: Mapping[str, Any], after: tuple[str, str] | None, limit: int
) -> list[ListedProduct]:
    """Products by name, in small letters, after a (name, id)."""
    return await tx.all(
        read_product,
        """
        select document from catalog.listed_product
        where (lower(name), id) > (lower(%(key)s::text), %(id)s::text)
          and (%(type)s::text is null or type = %(type)s)
          and (%(brand)s::text is null or brand = %(brand)s)
          and (%(tag)s::text is null or tags ? %(tag)s)
          and (%(category)s::text is null or exists (
              select from jsonb_array_elements_text(categories) as c (path)
              where starts_with(path || '/', %(category)s || '/')))
          and (%(q)s::text is null or strpos(lower(name), lower(%(q)s)) > 0)
          and (%(state)s::text is null or state = %(state)s)
          and (%(fits)s::jsonpath is null or exists (
              select from catalog.product p where p.id = listed_product.id
                and jsonb_path_match(jsonb_build_object(
                    'type', p.type, 'stage', p.stage, 'brand', p.brand,
                    'categories', p.categories, 'tags', p.tags,
                    'currency', p.currency, 'release_date', p.release_date,
                    'attributes', p.attributes, 'prices', coalesce(
                        (select jsonb_agg(coalesce(v.price_minor, p.price_minor))
                        from catalog.variant v where v.product_id = p.id),
                        to_jsonb(p.price_minor))), %(fits)s::jsonpath)))
        order by lower(name), id limit %(limit)s
        """,
        _page(sought, after or ("", ""), limit),
    )


async def page_by_lowest_price(
    tx: Transaction, sought: Mapping[str, Any], after: tuple[int | None, str] | None, limit: int
) -> list[ListedProduct]:
    """Products by price, the cheapest in front and those without one last, after a (price, id)."""
    return await tx.all(
        read_product,
        """
        select document from catalog.listed_product
        where (coalesce(lowest_price_minor, 9223372036854775807), id)
            > (coalesce(%(key)s::bigint, 9223372036854775807), %(id)s::text)
          and (%(type)s::text is null or type = %(type)s)
          and (%(brand)s::text is null or brand = %(brand)s)
          and (%(tag)s::text is null or tags ? %(tag)s)
          and (%(category)s::text is null or exists (
              select from jsonb_array_elements_text(categories) as c (path)
              where starts_with(path || '/', %(category)s || '/')))
          and (%(q)s::text is null or strpos(lower(name), lower(%(q)s)) > 0)
          and (%(state)s::text is null or state = %(state)s)
          and (%(fits)s::jsonpath is null or exists (
              select from catalog.product p where p.id = listed_product.id
                and jsonb_path_match(jsonb_build_object(
                    'type', p.type, 'stage', p.stage, 'brand', p.brand,
                    'categories', p.categories, 'tags', p.tags,
                    'currency', p.currency, 'release_date', p.release_date,
                    'attributes', p.attributes, 'prices', coalesce(
                        (select jsonb_agg(coalesce(v.price_minor, p.price_minor))
                        from catalog.variant v where v.product_id = p.id),
                        to_jsonb(p.price_minor))), %(fits)s::jsonpath)))
        order by coalesce(lowest_price_minor, 9223372036854775807), id limit %(limit)s
        """,
        _page(sought, after or (-1, ""), limit),
    )


async def page_by_highest_price(
    tx: Transaction, sought: Mapping[str, Any], after: tuple[int | None, str] | None, limit: int
) -> list[ListedProduct]:
    """Products by price, the dearest in front and those without one last, after a (price, id)."""
    return await tx.all(
        read_product,
        """
        select document from catalog.listed_product
        where (coalesce(lowest_price_minor, -1), id)
            < (coalesce(%(key)s::bigint, -1), %(id)s::text)
          and (%(type)s::text is null or type = %(type)s)
          and (%(brand)s::text is null or brand = %(brand)s)
          and (%(tag)s::text is null or tags ? %(tag)s)
          and (%(category)s::text is null or exists (
              select from jsonb_array_elements_text(categories) as c (path)
              where starts_with(path || '/', %(category)s || '/')))
          and (%(q)s::text is null or strpos(lower(name), lower(%(q)s)) > 0)
          and (%(state)s::text is null or state = %(state)s)
          and (%(fits)s::jsonpath is null or exists (
              select from catalog.product p where p.id = listed_product.id
                and jsonb_path_match(jsonb_build_object(
                    'type', p.type, 'stage', p.stage, 'brand', p.brand,
                    'categories', p.categories, 'tags', p.tags,
                    'currency', p.currency, 'release_date', p.release_date,
                    'attributes', p.attributes, 'prices', coalesce(
                        (select jsonb_agg(coalesce(v.price_minor, p.price_minor))
                        from catalog.variant v where v.product_id = p.id),
                        to_jsonb(p.price_minor))), %(fits)s::jsonpath)))
        order by coalesce(lowest_price_minor, -1) desc, id desc limit %(limit)s
        """,
        _page(sought, after or (BIGINT_MAX, ""), limit),
    )


async def page_by_update(
    tx: Transaction,
    sought: Mapping[str, Any],
    after: tuple[datetime.datetime, str] | None,
    limit: int,
) -> list[ListedProduct]:
    """Products by the time of their last change, the latest in front, after a (time, id)."""
    return await tx.all(
        read_product,
        """
        select document from catalog.listed_product
        where (updated_at, id) < (coalesce(%(key)s::timestamptz, 'infinity'), %(id)s::text)
          and (%(type)s::text is null or type = %(type)s)
          and (%(brand)s::text is null or brand = %(brand)s)
          and (%(tag)s::text is null or tags ? %(tag)s)
          and (%(category)s::text is null or exists (
              select from jsonb_array_elements_text(categories) as c (path)
              where starts_with(path || '/', %(category)s || '/')))
          and (%(q)s::text is null or strpos(lower(name), lower(%(q)s)) > 0)
          and (%(state)s::text is null or state = %(state)s)
          and (%(fits)s::jsonpath is null or exists (
              select from catalog.product p where p.id = listed_product.id
                and jsonb_path_match(jsonb_build_object(
                    'type', p.type, 'stage', p.stage, 'brand', p.brand,
                    'categories', p.categories, 'tags', p.tags,
                    'currency', p.currency, 'release_date', p.release_date,
                    'attributes', p.attributes, 'prices', coalesce(
                        (select jsonb_agg(coalesce(v.price_minor, p.price_minor))
                        from catalog.variant v where v.product_id = p.id),
                        to_jsonb(p.price_minor))), %(fits)s::jsonpath)))
        order by updated_at desc, id desc limit %(limit)s
        """,
        _page(sought, after or (None, ""), limit),
    )


async def page_by_release(
    tx: Transaction,
    sought: Mapping[str, Any],
    after: tuple[datetime.date | None, str] | None,
    limit: int,
) -> list[ListedProduct]:
    """Products by release, the latest in front, those without a date last, after a (date, id)."""
    return await tx.all(
        read_product,
        """
        select document from catalog.listed_product
        where (coalesce(release_date, '-infinity'), id)
            < (coalesce(%(key)s::text::date, '-infinity'), %(id)s::text)
          and (%(type)s::text is null or type = %(type)s)
          and (%(brand)s::text is null or brand = %(brand)s)
          and (%(tag)s::text is null or tags ? %(tag)s)
          and (%(category)s::text is null or exists (
              select from jsonb_array_elements_text(categories) as c (path)
              where starts_with(path || '/', %(category)s || '/')))
          and (%(q)s::text is null or strpos(lower(name), lower(%(q)s)) > 0)
          and (%(state)s::text is null or state = %(state)s)
          and (%(fits)s::jsonpath is null or exists (
              select from catalog.product p where p.id = listed_product.id
                and jsonb_path_match(jsonb_build_object(
                    'type', p.type, 'stage', p.stage, 'brand', p.brand,
                    'categories', p.categories, 'tags', p.tags,
                    'currency', p.currency, 'release_date', p.release_date,
                    'attributes', p.attributes, 'prices', coalesce(
                        (select jsonb_agg(coalesce(v.price_minor, p.price_minor))
                        from catalog.variant v where v.product_id = p.id),
                        to_jsonb(p.price_minor))), %(fits)s::jsonpath)))
        order by coalesce(release_date, '-infinity') desc, id desc limit %(limit)s
        """,
        _page(sought, after or ("infinity", ""), limit),
    )


def _page(sought: Mapping[str, Any], after: tuple[Any, str], limit: int) -> dict[str, Any]:
    return {**sought, "key": after[0], "id": after[1], "limit": limit}
