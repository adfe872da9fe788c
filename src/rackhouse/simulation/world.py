"""The world to simulate: what is sold, by whom, and what goes wrong on the way."""

import random
from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["Faults", "World", "chance_of"]

Share = Annotated[float, Meta(ge=0, le=1)]
Few = Annotated[int, Meta(ge=0, le=50)]


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What befalls messages and processes, as parts of all of them; ``restarts`` and
    ``worker_outages`` are numbers in the whole time. Of what connected channels deliver and are
    asked, ``failed_channels`` are lost or fail."""

    lost_requests: Share = 0.02
    lost_answers: Share = 0.03
    truncated_answers: Share = 0.02
    repeated_requests: Share = 0.05
    slow_requests: Share = 0.1
    crashed_deliveries: Share = 0.2
    truncated_feeds: Share = 0.2
    repeated_messages: Share = 0.1
    reordered_messages: Share = 0.1
    repeated_reports: Share = 0.1
    repeated_deliveries: Share = 0.1
    reordered_deliveries: Share = 0.1
    truncated_deliveries: Share = 0.05
    failed_channels: Share = 0.05
    throttled_channels: Share = 0.02
    restarts: Few = 1
    worker_outages: Few = 1

    @classmethod
    def none(cls) -> "Faults":
        """A network and processes without any fault."""
        return cls(**dict.fromkeys(cls.__struct_fields__, 0))


class World(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A world of channels that sell the same scarce goods.

    ``skus`` come in some ``units`` each, at two locations; a part of them arrives later. Rates are
    customers an hour of one channel. Connected ones, marketplaces that speak our REST protocol and
    shops of Shopify, are spoken to by their adapters. At ``rush_at_hours`` a crowd asks for the
    first SKU at once.
    """

    hours: Annotated[float, Meta(gt=0, le=168)] = 2.0
    skus: Annotated[int, Meta(ge=1, le=200)] = 4
    units: Annotated[int, Meta(ge=1, le=100_000)] = 24
    arrives_later: Share = 0.25
    web_shops: Few = 2
    tills: Few = 2
    marketplaces: Few = 2
    connected_marketplaces: Few = 1
    connected_shops: Few = 1
    web_customers_per_hour: Annotated[float, Meta(gt=0, le=3600)] = 10.0
    till_customers_per_hour: Annotated[float, Meta(gt=0, le=3600)] = 6.0
    marketplace_customers_per_hour: Annotated[float, Meta(gt=0, le=3600)] = 6.0
    connected_customers_per_hour: Annotated[float, Meta(gt=0, le=3600)] = 4.0
    allotted_per_till: Annotated[int, Meta(ge=0, le=1000)] = 3
    rush: Annotated[int, Meta(ge=0, le=1000)] = 20
    rush_at_hours: Annotated[float, Meta(ge=0, le=168)] = 1.0
    reserved_for_seconds: Annotated[float, Meta(gt=0, le=86_400)] = 900.0
    faults: Faults = Faults()


def chance_of(seed: int, name: str) -> random.Random:
    """The chance of one actor: what others draw does not change what it draws."""
    return random.Random(f"{seed}/{name}")  # noqa: S311 - a simulation, not a secret
