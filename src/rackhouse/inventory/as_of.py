"""What there was at a past moment, as the events tell it."""

import datetime
from collections.abc import Sequence

import msgspec

from rackhouse.catalog import Component, components_of, skus_of
from rackhouse.inventory.availability import (
    AvailabilityOfSku,
    Places,
    available_to_all,
    figures_of_sku,
    places_of,
)
from rackhouse.inventory.errors import MomentInFuture, StockNotFound
from rackhouse.inventory.events import PROMISED
from rackhouse.inventory.explaining import moment
from rackhouse.inventory.past import StockAt, began_at, stock_at
from rackhouse.inventory.rules import Stock
from rackhouse.platform.context import Context, operation
from rackhouse.platform.house import House
from rackhouse.platform.store import server_time

__all__ = [
    "Asked",
    "AvailabilityAsOf",
    "asked_of",
    "availability_as_of",
    "nothing_by_then",
    "past_moment",
]


class AvailabilityAsOf(msgspec.Struct, frozen=True):
    """The figures of a product's SKUs as they were at a moment.

    ``product_id`` is null for a SKU that has left the catalog. Where nothing had happened by then,
    ``note`` says so, and ``first_event_at`` is when the first thing did, null if nothing ever did.
    """

    product_id: str | None
    skus: list[AvailabilityOfSku]
    as_of: datetime.datetime
    first_event_at: datetime.datetime | None
    note: str | None


class Asked(msgspec.Struct, frozen=True):
    """What an id names: SKUs of a product, each with what it takes from stock."""

    product_id: str | None
    components: dict[str, Sequence[Component]]

    @property
    def stocked(self) -> list[str]:
        """The SKUs whose stock it comes down to."""
        found = {each.sku for made_of in self.components.values() for each in made_of}
        return sorted(found)


@operation("inventory:read")
async def availability_as_of(
    *,
    context: Context,
    id: str,  # noqa: A002
    as_of: datetime.datetime,
    channel: str | None = None,
) -> AvailabilityAsOf:
    """What `availability` would have answered at a moment, as far as stock goes: which SKUs a
    product has, what a bundle is made of and where a channel sells from are those of today.

    Refuses with `StockNotFound`, `MomentInFuture`, `OtherChannel`, and what `channels` refuses of
    channels.
    """
    places = await places_of(context, channel)
    asked = await asked_of(context.house, id)
    async with context.house.database("inventory").reading() as tx:
        past_moment(as_of, await server_time(tx))
        found = await stock_at(tx, context.house, skus=asked.stocked, until=as_of, at=as_of)
        if asked.product_id is None and not found:
            raise StockNotFound(id=id)
        if any(each.version for each in found):
            first = note = None
        else:
            first = await began_at(tx, context.house, found)
            note = nothing_by_then(id, first)
    figures = _figures(asked, found, places)
    return AvailabilityAsOf(asked.product_id, figures, as_of, first, note)


def _figures(asked: Asked, found: Sequence[StockAt], places: Places) -> list[AvailabilityOfSku]:
    by_sku: dict[str, list[Stock]] = {}
    for each in found:
        counts = places is None or each.location in places
        if each.version and each.location != PROMISED and counts:
            by_sku.setdefault(each.sku, []).append(_row(each))
    made_of = asked.components.items()
    return [figures_of_sku(sku, parts, by_sku, available_to_all) for sku, parts in made_of]


async def asked_of(house: House, id: str) -> Asked:  # noqa: A002
    """What an id names; a name that the catalog does not know may be a SKU that has left it.

    Refuses with `StockNotFound` what can not be a name.
    """
    product = await skus_of(house=house, id=id)
    if product is None:
        if not id.isprintable():
            raise StockNotFound(id=id)
        return Asked(None, {id: (Component(sku=id, quantity=1),)})
    return Asked(product.product_id, dict(await components_of(house=house, skus=product.skus)))


def past_moment(as_of: datetime.datetime, now: datetime.datetime) -> None:
    """Refuse with `MomentInFuture` what has not come yet."""
    if as_of > now:
        raise MomentInFuture(as_of=as_of, now=now)


def nothing_by_then(id: str, first: datetime.datetime | None) -> str:  # noqa: A002
    """What is said of a moment before the first event."""
    if first is None:
        return f"Nothing ever happened to the stock of {id}."
    return f"Nothing had happened to the stock of {id} by then; it began at {moment(first)}."


def _row(then: StockAt) -> Stock:
    levels = then.levels
    return Stock(
        then.sku,
        then.location,
        levels.on_hand,
        levels.held,
        levels.committed,
        then.version,
        levels.unavailable + levels.frozen,
        levels.allotted,
        levels.safety,
    )
