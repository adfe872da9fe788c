"""What the products and channels of a filter consist of."""

from collections.abc import Mapping, Sequence

from rackhouse.catalog import ProductNotFound, skus_of
from rackhouse.channels import read_channel
from rackhouse.feeds.filters import Filter, read_filter
from rackhouse.feeds.subscriptions import event_types
from rackhouse.platform.context import Context
from rackhouse.platform.errors import MalformedRequest
from rackhouse.platform.house import House

__all__ = ["resolve", "usable_filter"]

Members = Mapping[str, Sequence[str]]


async def resolve(house: House, asked: Filter) -> tuple[Members, Members]:
    """The SKUs of each product and the locations of each channel that a filter names.

    Refuses with `ProductNotFound` and `ChannelNotFound`. A channel that may not sell at present
    is followed all the same.
    """
    products = {id_: await _skus(house, id_) for id_ in sorted(asked.product or ())}
    context = Context.of_service(house, "feeds", frozenset({"channels:read"}))
    channels = {
        id_: (await read_channel(context=context, channel_id=id_)).locations
        for id_ in sorted(asked.channel or ())
    }
    return products, channels


async def usable_filter(*, house: House, values: Mapping[str, Sequence[str]]) -> Filter:
    """The filter that some values by field mean, all of which exist.

    Refuses with `MalformedRequest`, `EventTypeUnknown`, `ProductNotFound` and `ChannelNotFound`.
    """
    for field in values:
        if field not in Filter.__struct_fields__:
            raise MalformedRequest(field=f"filter.{field}", problem="unknown field of a filter")
    asked = read_filter(values, event_types(house))
    await resolve(house, asked)
    return asked


async def _skus(house: House, product_id: str) -> Sequence[str]:
    found = await skus_of(house=house, id=product_id)
    if found is None or found.product_id != product_id:
        raise ProductNotFound(product_id=product_id)
    return found.skus
