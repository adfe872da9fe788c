"""Following stock and catalog: what may have been sold out is looked at, and told if it was.

The events only say where to look. What is told is what there is when it is looked at, so that a
repeated or late event does no harm.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

import msgspec

from rackhouse.catalog import forget_changed, note_availability, takers_of
from rackhouse.inventory import PROMISED, Levels, availability_of_many
from rackhouse.platform.context import Context
from rackhouse.platform.events import Event
from rackhouse.platform.module import Subscription
from rackhouse.sellouts.rules import availability_in, may_have_turned

__all__ = ["SUBSCRIPTIONS", "follow_catalog", "follow_stock"]

PRODUCTS_AT_ONCE = 200
PRODUCT = "product:"
PERMISSIONS = frozenset({"catalog:write", "inventory:read"})

_levels = msgspec.json.Decoder(Levels).decode


class _Facts(msgspec.Struct, frozen=True):
    product_id: str
    fields: tuple[str, ...] = ("variants",)


async def follow_stock(context: Context, events: Sequence[Event]) -> None:
    """Look at the products of which some stock may have come or gone."""
    newest = {event.stream: event.data for event in events}
    free: dict[str, list[int]] = {}
    for stream, data in newest.items():
        sku, at, location = stream.rpartition("@")
        if at and location != PROMISED:
            free.setdefault(sku, []).append(_levels(data).available)
    if free:
        takers = await takers_of(house=context.house, skus=list(free))
        await _look_at(
            context,
            {
                each.product_id: None
                for each in takers
                if may_have_turned(each.availability, each.quantity, free[each.sku])
            },
        )


async def follow_catalog(context: Context, events: Sequence[Event]) -> None:
    """Look at the products that are made of other SKUs than before."""
    forget_changed(context.house, events)
    facts = [
        msgspec.json.decode(each.data, type=_Facts)
        for each in events
        if each.stream.startswith(PRODUCT) and each.type != "ProductRemoved"
    ]
    await _look_at(context, {each.product_id: None for each in facts if "variants" in each.fields})


async def _look_at(context: Context, product_ids: Iterable[str]) -> None:
    ids = iter(product_ids)
    while batch := list(islice(ids, PRODUCTS_AT_ONCE)):
        seen = await availability_of_many(context=context, ids=batch, channel=None)
        found = {
            each.product_id: availability_in(each.skus)
            for each in seen.items
            if each.product_id == each.id
        }
        await note_availability(context=context, found=found)


SUBSCRIPTIONS = [
    Subscription(
        name="sellouts.follow_stock",
        log="inventory",
        after_seconds=0.0,
        permissions=PERMISSIONS,
        receive=follow_stock,
    ),
    Subscription(
        name="sellouts.follow_catalog",
        log="catalog",
        after_seconds=0.0,
        permissions=PERMISSIONS,
        receive=follow_catalog,
    ),
]
