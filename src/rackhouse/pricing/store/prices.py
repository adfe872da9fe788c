"""Statements about the prices in lists, and about what the catalog said of SKUs."""

import datetime
from collections.abc import Iterable, Sequence

import msgspec

from rackhouse.platform.database import Pending, Transaction
from rackhouse.pricing.rules import Listing, Price

__all__ = [
    "close_listings",
    "close_prices",
    "close_prices_of_list",
    "count_prices",
    "insert_listings",
    "insert_prices",
    "listings_of_products",
    "price_page",
    "read_listing",
    "read_price",
    "send_listings",
    "send_prices",
]


async def close_prices(
    tx: Transaction, *, list_id: str, skus: Iterable[str], closed_at: datetime.datetime
) -> None:
    """Let the prices of some SKUs in a list count no more."""
    await tx.run(
        """
        update pricing.price set closed_at = %(closed_at)s
        where list_id = %(list_id)s and closed_at is null
          and sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
        """,
        {"list_id": list_id, "skus": _encoded(list(skus)), "closed_at": closed_at},
    )


async def close_prices_of_list(
    tx: Transaction, *, list_id: str, closed_at: datetime.datetime
) -> None:
    """Let all prices of a list count no more."""
    await tx.run(
        """
        update pricing.price set closed_at = %(closed_at)s
        where list_id = %(list_id)s and closed_at is null
        """,
        {"list_id": list_id, "closed_at": closed_at},
    )


async def insert_prices(tx: Transaction, prices: Sequence[Price]) -> None:
    """Put prices on record."""
    await tx.run(
        """
        insert into pricing.price
            (list_id, sku, min_quantity, price_minor, starts_at, ends_at, recorded_at)
        select list_id, sku, min_quantity, price_minor, starts_at, ends_at, recorded_at
        from jsonb_to_recordset(%(prices)s::jsonb) as x (
            list_id text, sku text, min_quantity integer, price_minor bigint,
            starts_at timestamptz, ends_at timestamptz, recorded_at timestamptz)
        """,
        {"prices": _encoded(prices)},
    )


async def count_prices(tx: Transaction, list_id: str) -> int:
    """How many prices a list has."""
    return await tx.one(
        int,
        "select count(*) from pricing.price where list_id = %(list_id)s and closed_at is null",
        {"list_id": list_id},
    )


async def price_page(
    tx: Transaction, *, list_id: str, after: tuple[str, int, int], only: str | None, limit: int
) -> list[tuple[int, Price]]:
    """Prices of a list, each with its position, in the order of SKUs and quantities."""
    return await tx.all(
        _placed,
        """
        select position, list_id, sku, min_quantity, price_minor, starts_at, ends_at, recorded_at,
            closed_at
        from pricing.price
        where list_id = %(list_id)s and closed_at is null
          and (sku, min_quantity, position) > (%(sku)s, %(min_quantity)s, %(position)s)
          and (%(only)s::text is null or sku = %(only)s::text)
        order by sku, min_quantity, position
        limit %(limit)s
        """,
        {
            "list_id": list_id,
            "sku": after[0],
            "min_quantity": after[1],
            "position": after[2],
            "only": only,
            "limit": limit,
        },
    )


async def send_prices(
    tx: Transaction, skus: Iterable[str], *, since: datetime.datetime | None
) -> Pending:
    """Ask for all prices of some SKUs that are on record, and those that were after ``since``."""
    return await tx.send(
        """
        select list_id, sku, min_quantity, price_minor, starts_at, ends_at, recorded_at, closed_at
        from pricing.price
        where sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
          and (closed_at is null or closed_at > %(since)s::timestamptz)
        """,
        {"skus": _encoded(list(skus)), "since": since},
    )


async def send_listings(
    tx: Transaction, skus: Iterable[str], *, since: datetime.datetime | None
) -> Pending:
    """Ask for what the catalog says of some SKUs, and has said after ``since``."""
    return await tx.send(
        """
        select sku, product_id, price_minor, currency, brand, categories::text, tags::text,
            tax_category, recorded_at, closed_at
        from pricing.listing
        where sku in (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku))
          and (closed_at is null or closed_at > %(since)s::timestamptz)
        """,
        {"skus": _encoded(list(skus)), "since": since},
    )


async def listings_of_products(tx: Transaction, ids: Iterable[str]) -> list[Listing]:
    """What is on record of the SKUs of some products; the rows are locked."""
    return await tx.all(
        read_listing,
        """
        select sku, product_id, price_minor, currency, brand, categories::text, tags::text,
            tax_category, recorded_at, closed_at
        from pricing.listing
        where closed_at is null and product_id in (
            select id from jsonb_array_elements_text(%(ids)s::jsonb) as x (id))
        order by sku
        for update
        """,
        {"ids": _encoded(list(ids))},
    )


async def close_listings(tx: Transaction, closed: Iterable[tuple[str, datetime.datetime]]) -> None:
    """Let what is on record of some SKUs end, each at a time."""
    rows = [{"sku": sku, "closed_at": at} for sku, at in closed]
    await tx.run(
        """
        update pricing.listing l
        set closed_at = greatest(x.closed_at, l.recorded_at)
        from jsonb_to_recordset(%(rows)s::jsonb) as x (sku text, closed_at timestamptz)
        where l.sku = x.sku and l.closed_at is null
        """,
        {"rows": _encoded(rows)},
    )


async def insert_listings(tx: Transaction, listings: Sequence[Listing]) -> None:
    """Put on record what the catalog says of some SKUs."""
    await tx.run(
        """
        insert into pricing.listing
            (sku, product_id, price_minor, currency, brand, categories, tags, tax_category,
            recorded_at)
        select sku, product_id, price_minor, currency, brand, categories, tags, tax_category,
            recorded_at
        from jsonb_to_recordset(%(listings)s::jsonb) as x (
            sku text, product_id text, price_minor bigint, currency text, brand text,
            categories jsonb, tags jsonb, tax_category text, recorded_at timestamptz)
        on conflict do nothing
        """,
        {"listings": _encoded(listings)},
    )


def read_price(*values: object) -> Price:
    """A price from its row."""
    return Price(**dict(zip(Price.__struct_fields__, values, strict=True)))  # type: ignore[arg-type]


def read_listing(
    sku: str,
    product_id: str,
    price_minor: int | None,
    currency: str | None,
    brand: str | None,
    categories: str,
    tags: str,
    tax_category: str,
    recorded_at: datetime.datetime,
    closed_at: datetime.datetime | None,
) -> Listing:
    """What the catalog said of a SKU, from its row."""
    return Listing(
        sku=sku,
        product_id=product_id,
        price_minor=price_minor,
        currency=currency,
        brand=brand,
        categories=_words(categories),
        tags=_words(tags),
        tax_category=tax_category,
        recorded_at=recorded_at,
        closed_at=closed_at,
    )


def _placed(position: int, *values: object) -> tuple[int, Price]:
    return position, read_price(*values)


def _encoded(rows: object) -> str:
    return msgspec.json.encode(rows).decode()


_words = msgspec.json.Decoder(tuple[str, ...]).decode
