"""Connecting: the channels that adapters speak to, each with a simulator and a connection."""

import random
from collections.abc import Mapping
from typing import Any

from rackhouse.simulation.actors.connected_channel import ConnectedChannel
from rackhouse.simulation.stage import Stage
from rackhouse.simulation.world import Faults
from rackhouse.simulators import Faults as ChannelFaults
from rackhouse.simulators import MarketplaceSimulator, ShopifySimulator, Simulator

__all__ = ["connect", "connection_of"]

SECRETS: Mapping[str, Mapping[str, str]] = {
    "marketplace": {"token": "simulated-token", "signing_key": "simulated-key"},
    "shopify": {"access_token": "simulated-token", "client_secret": "simulated-secret"},
}
MAKES: Mapping[str, type[Simulator]] = {
    "marketplace": MarketplaceSimulator,
    "shopify": ShopifySimulator,
}


def connect(stage: Stage, channel: str, adapter: str) -> ConnectedChannel:
    """Where a channel really sells, and the wire to it."""
    make: Any = MAKES[adapter]
    faults = _faults(stage.faults, stage.chance(f"{channel} faults"))
    place = ConnectedChannel(stage, channel, adapter, make(faults=faults, **SECRETS[adapter]))
    stage.service.wires[place.wire.host] = place.wire
    place.simulator.deliveries.address = f"/api/v1/connections/{channel}/inbox"
    return place


def connection_of(place: ConnectedChannel) -> dict[str, Any]:
    """The connection to be opened to it."""
    url = f"https://{place.wire.host}"
    settings = {"url": url, "requests_per_second": 10}
    if place.adapter == "shopify":
        settings = {"url": url, "shop": "simulated.myshopify.com"}
    return {
        "id": place.channel,
        "channel": place.channel,
        "adapter": place.adapter,
        "name": place.channel,
        "settings": settings,
        "secrets": SECRETS[place.adapter],
    }


def _faults(faults: Faults, chance: random.Random) -> ChannelFaults:
    return ChannelFaults(
        duplicates=faults.repeated_deliveries,
        reorderings=faults.reordered_deliveries,
        failures=faults.failed_channels,
        throttled=faults.throttled_channels,
        seed=chance.randrange(2**32),
    )
