"""Exporting the catalog to a file, as of one moment."""

import asyncio
import datetime
from collections.abc import Sequence
from typing import BinaryIO

import msgspec

from rackhouse.catalog import (
    ListedProduct,
    Product,
    ProductTypeNotFound,
    types_in_force,
    whole_catalog,
)
from rackhouse.exchange.formats import Form, Writer
from rackhouse.exchange.rules import Head
from rackhouse.platform.context import Caller, Context, operation
from rackhouse.platform.store import server_time

__all__ = ["Exported", "export_catalog"]


class Exported(msgspec.Struct, frozen=True):
    """What was exported: the head that the file has or that may stand beside it, and how many
    products."""

    head: Head
    products: int


@operation("catalog:export")
async def export_catalog(
    *,
    context: Context,
    form: Form,
    file: BinaryIO,
    only_type: str | None,
    changed_since: datetime.datetime | None,
) -> Exported:
    """Write every product (or those of one type, or those that were changed since a time) to a
    file, with the seller's own product types that they follow; all as of one moment.

    Refuses with `ProductTypeNotFound` and `ParquetLibraryMissing`.
    """
    house = context.house
    if only_type is not None and only_type not in await types_in_force(house=house):
        raise ProductTypeNotFound(name=only_type)
    async with house.database("catalog").reading() as tx:
        now = await server_time(tx)
    reading = await whole_catalog(
        context=_reading(context), only_type=only_type, changed_since=changed_since
    )
    async with reading as whole:
        own = [each.definition() for each in whole.product_types if not each.built_in]
        head = Head(
            exported_at=now,
            only_type=only_type,
            changed_since=changed_since,
            product_types=tuple(msgspec.to_builtins(each) for each in own),
        )
        writer = await asyncio.to_thread(form.writer, file, head, whole.product_types)
        products = 0
        async for page in whole.pages():
            await asyncio.to_thread(_write, writer, page)
            products += len(page)
        await asyncio.to_thread(writer.close)
    return Exported(head, products)


def _write(writer: Writer, page: Sequence[ListedProduct]) -> None:
    """Write what is said of products, without what the catalog keeps of them."""
    fields = Product.__struct_fields__
    writer.write([Product(**{name: getattr(each, name) for name in fields}) for each in page])


def _reading(context: Context) -> Context:
    """The context of the reading, on the account of who exports."""
    caller = Caller(subject=context.caller.subject, permissions=frozenset({"catalog:read"}))
    return msgspec.structs.replace(context, caller=caller, idempotency=None)
