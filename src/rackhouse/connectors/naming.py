"""What a channel calls our SKUs and locations: learnt from its catalog, or given by hand."""

import time
from collections.abc import Mapping as Named
from collections.abc import Sequence

import msgspec

from rackhouse.catalog import skus_of_many
from rackhouse.channels import locations_assigned_to
from rackhouse.connectors.errors import InvalidConnection
from rackhouse.connectors.facts import RemoteItem, RemoteLine, RemotePlace
from rackhouse.connectors.opening import reachable
from rackhouse.connectors.rules import EVERYWHERE
from rackhouse.connectors.store import connections, mappings, sales
from rackhouse.connectors.store.mappings import Mapping
from rackhouse.connectors.working import Work
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House
from rackhouse.platform.idempotency import claim, remember_answer
from rackhouse.platform.store import server_time

__all__ = [
    "GivenMapping",
    "NotMapped",
    "give_mappings",
    "learn",
    "learn_again",
    "mapping_page",
    "our_skus",
]


class GivenMapping(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says that a channel calls one of our SKUs or locations; an own of None takes a
    mapping away."""

    kind: str
    remote_id: str
    own: str | None
    stock_id: str | None = None


class NotMapped(Exception):
    """A sale is of something that is none of our SKUs, as far as is known."""


@operation("connections:read")
async def mapping_page(
    *,
    context: Context,
    connection_id: str,
    kind: str | None,
    mapped: bool | None,
    after: tuple[str, str],
    limit: int,
) -> list[Mapping]:
    """What a channel calls our SKUs and locations, in the order of kinds and its ids; also what is
    not mapped yet. Refuses with `ConnectionNotFound`."""
    await reachable(context, connection_id)
    async with context.house.database("connectors").reading() as tx:
        return await mappings.mapping_page(
            tx, connection_id, kind=kind, mapped=mapped, after=after, limit=limit
        )


@operation("connections:write")
async def give_mappings(
    *, context: Context, connection_id: str, given: Sequence[GivenMapping]
) -> int:
    """Map by hand what the channel's catalog does not tell; says how many. Sales that waited for it
    are tried again. Refuses with `ConnectionNotFound` and `InvalidConnection`."""
    connection = await reachable(context, connection_id)
    skus = [each.own for each in given if each.kind == "sku" and each.own is not None]
    known = await _known_skus(context.house, skus)
    places = await locations_assigned_to(house=context.house, channel=connection.channel)
    for index, each in enumerate(given):
        if each.own is None:
            continue
        if each.kind == "sku" and each.own not in known:
            problem = f"there is no SKU {each.own}"
            raise InvalidConnection(field=f"mappings[{index}].own", problem=problem)
        if each.kind == "location" and each.own not in (EVERYWHERE, *places):
            problem = f"the channel sells from {', '.join(places)}, or give {EVERYWHERE} for all"
            raise InvalidConnection(field=f"mappings[{index}].own", problem=problem)
    rows = [
        Mapping(
            kind=each.kind,
            remote_id=each.remote_id,
            stock_id=each.stock_id,
            told_sku=None,
            name="",
            own=each.own,
            by_hand=True,
        )
        for each in given
    ]
    async with context.house.database("connectors").transaction() as tx:
        await claim(tx, context.idempotency)
        now = await server_time(tx)
        await mappings.give_mappings(tx, connection_id, rows, now=now)
        await sales.retry_sales(tx, connection_id, remote_id=None, now=now)
        await remember_answer(tx, context.idempotency, len(rows), answered_at=now)
    return len(rows)


@operation("connections:write")
async def learn_again(*, context: Context, connection_id: str) -> None:
    """Have the channel's catalog read anew, by the worker. Refuses with `ConnectionNotFound`."""
    await reachable(context, connection_id)
    async with context.house.database("connectors").transaction() as tx:
        await claim(tx, context.idempotency)
        await connections.learn(tx, connection_id, None)
        await remember_answer(tx, context.idempotency, None, answered_at=await server_time(tx))


async def learn(work: Work, *, until: float) -> None:
    """Read the channel's catalog on, until a time of the monotonic clock."""
    async with work.database.reading() as tx:
        progress = await connections.progress_of(tx, work.connection.id)
    if not progress.learning:
        return
    cursor = progress.learn_cursor
    if cursor is None:
        await _take_places(work, await work.ask(work.adapter.places))
    while time.monotonic() < until:
        page = await work.ask(work.adapter.items, cursor)
        rows = await _rows_of_items(work.house, page.items)
        async with work.database.transaction() as tx:
            now = await server_time(tx)
            await mappings.learn_mappings(tx, work.connection.id, rows, now=now)
            if page.cursor is None:
                await connections.learnt(tx, work.connection.id, now)
                await sales.retry_sales(tx, work.connection.id, remote_id=None, now=now)
                return
            await connections.learn(tx, work.connection.id, page.cursor)
        cursor = page.cursor


async def our_skus(work: Work, lines: Sequence[RemoteLine]) -> dict[str, str]:
    """Our SKU of each line of a sale: as its item is mapped, or else the SKU that the channel
    names, where we have one so called. Raises `NotMapped`."""
    items = [line.item for line in lines if line.item is not None]
    async with work.database.reading() as tx:
        found = await mappings.named(tx, work.connection.id, "sku", items)
    by_item = {each.remote_id: each for each in found}
    told = [line.sku for line in lines if line.sku is not None]
    known = await _known_skus(work.house, told)
    skus: dict[str, str] = {}
    for line in lines:
        mapping = by_item.get(line.item or "")
        if mapping is not None and (mapping.own is not None or mapping.by_hand):
            own = mapping.own
        else:
            own = line.sku if line.sku in known else None
        if own is None:
            raise NotMapped(
                f"the channel's item {line.item} (SKU {line.sku}) is not mapped to a SKU of ours; "
                "map it, and the sale is booked"
            )
        skus[line.id] = own
    return skus


async def _take_places(work: Work, places: Sequence[RemotePlace]) -> None:
    """One place is the whole channel; which of several is which, somebody has to say."""
    own = EVERYWHERE if len(places) == 1 else None
    rows = [
        Mapping(
            kind="location",
            remote_id=place.id,
            stock_id=None,
            told_sku=None,
            name=place.name,
            own=own,
            by_hand=False,
        )
        for place in places
    ]
    async with work.database.transaction() as tx:
        await mappings.learn_mappings(tx, work.connection.id, rows, now=await server_time(tx))


async def _rows_of_items(house: House, items: Sequence[RemoteItem]) -> list[Mapping]:
    distinct: Named[str, RemoteItem] = {item.id: item for item in items}
    told = [item.sku for item in items if item.sku is not None]
    known = await _known_skus(house, told)
    return [
        Mapping(
            kind="sku",
            remote_id=item.id,
            stock_id=item.stock_id or item.id,
            told_sku=item.sku,
            name=item.name,
            own=item.sku if item.sku in known else None,
            by_hand=False,
        )
        for item in distinct.values()
    ]


async def _known_skus(house: House, skus: Sequence[str]) -> set[str]:
    if not skus:
        return set()
    found = await skus_of_many(house=house, ids=list(dict.fromkeys(skus)))
    return {sku for sku, product in found.items() if sku in product.skus}
