"""Statements about what befalls products without an edit: their moments come, their stock goes."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from rackhouse.catalog.rules.life import Availability
from rackhouse.catalog.store.rows import encoded, row
from rackhouse.platform.database import Pending, Transaction


async def send_time(tx: Transaction) -> Pending:
    """Ask for the database's clock."""
    return await tx.send("select clock_timestamp()")


async def seconds_until_due(tx: Transaction) -> float | None:
    """How long it is until the state of a product has to be told; None for never."""
    return await tx.one(
        _itself,
        """
        select extract(epoch from min(due_at) - clock_timestamp())::float8
        from catalog.product where due_at is not null
        """,
    )


async def due_products(tx: Transaction, *, limit: int) -> list[tuple[str, str, datetime.datetime]]:
    """Products whose state has to be told: id, the state that was told last, since when it is
    another."""
    return await tx.all(
        row,
        """
        select id, told_state, due_at from catalog.product
        where due_at <= clock_timestamp() order by due_at, id limit %(limit)s
        """,
        {"limit": limit},
    )


async def told_otherwise(tx: Transaction, found: Mapping[str, Availability]) -> dict[str, str]:
    """The availability as it was told last of those products for which another was found."""
    rows = [{"id": id_, "availability": each} for id_, each in found.items()]
    return dict(
        await tx.all(
            row,
            """
            select p.id, p.availability
            from catalog.product p
            join jsonb_to_recordset(%(rows)s::jsonb) as new (id text, availability text)
                on new.id = p.id
            where p.availability <> new.availability
            """,
            {"rows": encoded(rows)},
        )
    )


async def life_versions(tx: Transaction, ids: Iterable[str]) -> dict[str, int]:
    """How many events there are of the life of each of some products that has any."""
    return dict(
        await tx.all(
            row,
            """
            select asked.id, max(e.version)
            from jsonb_array_elements_text(%(ids)s::jsonb) as asked (id)
            join catalog.event e on e.stream = 'product-life:' || asked.id
            group by asked.id
            """,
            {"ids": encoded(list(ids))},
        )
    )


async def note_told(
    tx: Transaction, told: Mapping[str, tuple[str, datetime.datetime | None]]
) -> None:
    """Note which state of each product was told, and when the next one is due."""
    rows = [{"id": id_, "state": state, "due_at": due} for id_, (state, due) in told.items()]
    await tx.run(
        """
        update catalog.product set told_state = new.state, due_at = new.due_at
        from jsonb_to_recordset(%(rows)s::jsonb) as new (id text, state text, due_at timestamptz)
        where product.id = new.id
        """,
        {"rows": encoded(rows)},
    )


async def set_availability(tx: Transaction, found: Mapping[str, Availability]) -> None:
    """Note the availability of some products."""
    rows = [{"id": id_, "availability": each} for id_, each in found.items()]
    await tx.run(
        """
        update catalog.product set availability = new.availability
        from jsonb_to_recordset(%(rows)s::jsonb) as new (id text, availability text)
        where product.id = new.id
        """,
        {"rows": encoded(rows)},
    )


async def takers(tx: Transaction, skus: Iterable[str]) -> list[tuple[Any, ...]]:
    """Which products take some SKUs from stock, for themselves or in a bundle: SKU, product's id,
    the most pieces that one of its variants takes of it, the availability that was told last."""
    return await tx.all(
        row,
        """
        with asked as (select sku from jsonb_array_elements_text(%(skus)s::jsonb) as x (sku)),
        taking as (
            select v.sku, v.product_id, 1 as quantity
            from catalog.variant v join asked using (sku) where not v.is_bundle
            union all
            select c.component_sku, v.product_id, c.quantity
            from catalog.component c
            join asked on asked.sku = c.component_sku
            join catalog.variant v on v.sku = c.bundle_sku
        )
        select t.sku, p.id, max(t.quantity), p.availability
        from taking t join catalog.product p on p.id = t.product_id
        group by t.sku, p.id, p.availability
        """,
        {"skus": encoded(list(skus))},
    )


def _itself(value: Any) -> Any:
    return value
