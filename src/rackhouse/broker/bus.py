"""The bus: the broker that the settings name, whichever it is."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

import structlog

from rackhouse.broker.parcels import Parcel
from rackhouse.platform.settings import Settings

__all__ = ["Bus", "BusUnusable", "Hear", "Unfit", "addresses", "bus_of", "over_within"]

Hear = Callable[[Mapping[str, str], bytes], None]
"""What is called with the attributes and the body of each message."""

_WAYS = {
    "nats": "over_nats",
    "tls": "over_nats",
    "amqp": "over_rabbitmq",
    "amqps": "over_rabbitmq",
    "kafka": "over_kafka",
    "kafkas": "over_kafka",
}


_log = structlog.get_logger(__name__)


class BusUnusable(Exception):
    """The broker can not be used as the settings say."""


class Unfit(Exception):
    """The broker can never take this message."""


class Bus(Protocol):
    """One connection to a broker. Whatever goes wrong for a while is raised as it comes; one that
    is not ``connected`` any more is closed, and another is made."""

    async def publish(self, parcel: Parcel) -> bool:
        """Hand a parcel over; says whether it was new to the broker, where that can tell. Raises
        `Unfit` for what can never be taken."""

    async def follow(self, log: str, hear: Hear) -> None:
        """Hear from now on what is relayed of a log, perhaps with gaps."""

    def connected(self) -> bool:
        """Whether the broker is there, as far as is known."""

    async def close(self) -> None:
        """End the connection."""


async def bus_of(settings: Settings) -> Bus:
    """A new connection to the broker that the settings name; raises `BusUnusable` for settings
    that can not be used, and whatever the connection raises."""
    if settings.bus_url is None:
        raise BusUnusable("RACKHOUSE_BUS_URL is not set")
    scheme = urlsplit(settings.bus_url).scheme
    if scheme not in _WAYS:
        raise BusUnusable(f"RACKHOUSE_BUS_URL begins with none of {', '.join(_WAYS)}")
    try:
        way = importlib.import_module(f"rackhouse.broker.{_WAYS[scheme]}")
    except ModuleNotFoundError as error:
        problem = f"{error.name} is not installed; install rackhouse with its extra `broker`"
        raise BusUnusable(problem) from error
    bus: Bus = await way.connect(settings)
    return bus


async def over_within(ending: Awaitable[object], seconds: float) -> None:
    """Wait for the end of a connection, but not for long. What goes wrong is of no use to anybody
    any more but to who reads the log."""
    try:
        async with asyncio.timeout(seconds):
            await ending
    except Exception as reason:
        _log.info("bus_not_ended_in_order", reason=f"{type(reason).__name__}: {reason}")


def addresses(url: str) -> list[str]:
    """The address of each server that a URL names, parted by commas; who signs in does so at all
    of them."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    return [parts._replace(netloc=f"{user}{at}{host}").geturl() for host in hosts.split(",")]
