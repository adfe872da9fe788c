"""Writing many products down at once, as the catalog would have recorded them."""

import datetime
from collections.abc import Iterable, Iterator

import msgspec
import psycopg

from benchmarks.laboratory import Laboratory
from rackhouse.catalog import ListedProduct

__all__ = ["load_products"]

AT_ONCE = 10_000
RECORDED = datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)

Row = tuple[object, ...]


async def load_products(lab: Laboratory, products: Iterable[ListedProduct]) -> None:
    """Write products without components and references, by COPY."""
    url = lab.settings.database_url
    assert url is not None
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as database:
        for batch in _batches(products):
            await _copy(
                database,
                "copy catalog.product (id, type, name, brand, description, categories, tags, "
                "price_minor, lowest_price_minor, currency, release_date, media, attributes, "
                "version, fingerprint, created_at, updated_at) from stdin",
                (_product(each) for each in batch),
            )
            await _copy(
                database,
                "copy catalog.variant (sku, product_id, position, name, options, barcode, "
                "price_minor, is_bundle) from stdin",
                (row for each in batch for row in _variants(each)),
            )
        await database.execute("analyze catalog.product, catalog.variant")


def _batches(products: Iterable[ListedProduct]) -> Iterator[list[ListedProduct]]:
    batch: list[ListedProduct] = []
    for each in products:
        batch.append(each)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    yield batch


def _product(product: ListedProduct) -> Row:
    return (
        product.id,
        product.type,
        product.name,
        product.brand,
        product.description,
        _json(product.categories),
        _json(product.tags),
        product.price_minor,
        product.price_minor,
        product.currency,
        product.release_date,
        _json(product.media),
        _json(product.attributes),
        1,
        "benchmark",
        RECORDED,
        RECORDED,
    )


def _variants(product: ListedProduct) -> Iterator[Row]:
    for position, each in enumerate(product.variants):
        facts = (each.name, _json(each.options), each.barcode, None, False)
        yield (each.sku, product.id, position, *facts)


async def _copy(
    database: "psycopg.AsyncConnection[Row]", statement: str, rows: Iterable[Row]
) -> None:
    async with database.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for row in rows:
            await copy.write_row(row)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
