"""How an order asks to be sourced."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from rackhouse.channels import SourcingStrategy

__all__ = ["Place", "Sourcing", "Strategy"]

Strategy: TypeAlias = SourcingStrategy


class Place(msgspec.Struct, frozen=True):
    """A point on the earth, in degrees (WGS 84)."""

    latitude: Annotated[float, Meta(ge=-90, le=90, description="Degrees north, south below 0.")]
    longitude: Annotated[float, Meta(ge=-180, le=180, description="Degrees east, west below 0.")]


class Sourcing(msgspec.Struct, frozen=True, kw_only=True):
    """How to choose the locations that serve an order.

    Without ``split`` one location serves the whole order. With it, but without ``split_lines``,
    lines may come from different locations, each line (a bundle too) from one. With both, a line
    may come from several where no location has it whole.
    """

    strategy: Strategy = "channel_order"
    split: bool = True
    split_lines: bool = True
    destination: Place | None = None
