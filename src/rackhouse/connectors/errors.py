"""The refusals of connectors."""

from dataclasses import dataclass

from rackhouse.platform.errors import Conflict, Invalid, NotAuthenticated, NotFound

__all__ = [
    "AdapterUnknown",
    "ChannelNotReached",
    "ConnectionAlreadyOpen",
    "ConnectionDisabled",
    "ConnectionNotFound",
    "DeliveryNotGenuine",
    "InvalidConnection",
    "NothingReceived",
    "ProductFeedNotFound",
    "TroubleNotFound",
]


@dataclass(eq=False)
class ConnectionNotFound(NotFound):
    """There is no connection {connection}."""

    connection: str


@dataclass(eq=False)
class ConnectionAlreadyOpen(Conflict):
    """The connection {connection} is open already."""

    connection: str


@dataclass(eq=False)
class ConnectionDisabled(Conflict):
    """The connection {connection} is disabled; enable it first."""

    connection: str


@dataclass(eq=False)
class AdapterUnknown(Invalid):
    """adapter: there is no adapter {adapter}. There are: {known}."""

    adapter: str
    known: str


@dataclass(eq=False)
class InvalidConnection(Invalid):
    """{field}: {problem}"""

    field: str
    problem: str


@dataclass(eq=False)
class ChannelNotReached(Conflict):
    """The channel behind the connection {connection} could not be asked: {problem}"""

    connection: str
    problem: str


@dataclass(eq=False)
class NothingReceived(NotFound):
    """The adapter of the connection {connection} receives nothing; its channel is asked instead."""

    connection: str


@dataclass(eq=False)
class ProductFeedNotFound(NotFound):
    """There is no product feed at this address. It may be disabled, or have another key by now."""


@dataclass(eq=False)
class DeliveryNotGenuine(NotAuthenticated):
    """The delivery to the connection {connection} is not taken: {problem}."""

    connection: str
    problem: str


@dataclass(eq=False)
class TroubleNotFound(NotFound):
    """The connection {connection} has no trouble {trouble}; it may be over by now."""

    connection: str
    trouble: str
