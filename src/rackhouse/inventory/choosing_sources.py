"""How a hold is to be sourced: as it asks itself, or else as its channel is."""

from collections.abc import Sequence

import msgspec

from rackhouse.channels import Channel
from rackhouse.inventory.commands import IN_ORDER
from rackhouse.inventory.locations import places_of
from rackhouse.inventory.sourcing import Candidate, Place, Sourcing, Strategy, candidates
from rackhouse.platform.house import House

__all__ = ["SourcingWish", "sources_for"]


class SourcingWish(msgspec.Struct, frozen=True, kw_only=True):
    """What a hold says about its sources; what it leaves open is the channel's."""

    strategy: Strategy | None = None
    split: bool | None = None
    split_lines: bool = True
    destination: Place | None = None


async def sources_for(
    house: House, channel: Channel, wish: SourcingWish | None
) -> tuple[Sourcing, Sequence[Candidate]]:
    """The terms of a hold, and the locations in the order in which they are to be asked; before
    any lock."""
    if wish is None and channel.sourcing == "channel_order" and channel.split:
        return IN_ORDER, ()
    wish = wish or SourcingWish()
    sourcing = Sourcing(
        strategy=wish.strategy or channel.sourcing,
        split=channel.split if wish.split is None else wish.split,
        split_lines=wish.split_lines,
        destination=wish.destination,
    )
    locations = channel.locations
    places = await places_of(house, locations) if sourcing.destination is not None else {}
    return sourcing, candidates(locations, places, sourcing)
