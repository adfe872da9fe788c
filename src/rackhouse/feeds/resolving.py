"""What the products and channels of a filter consist of."""

from collections.abc import Mapping, Sequence

from rackhouse.catalog import ProductNotFound, skus_of
from rackhouse.channels import read_channel
from rackhouse.feeds.filters import Filter
from rackhouse.platform.context import Context
from rackhouse.platform.house import House

__all__ = ["resolve"]

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


async def _skus(house: House, product_id: str) -> Sequence[str]:
    found = await skus_of(house=house, id=product_id)
    if found is None or found.product_id != product_id:
        raise ProductNotFound(product_id=product_id)
    return found.skus
