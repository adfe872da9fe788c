"""The facts that connectors publishes. The stream is the connection's id. No secret is in them."""

from typing import Any

import msgspec

from rackhouse.platform.events import EventLog

__all__ = [
    "EVENT_TYPES",
    "LOG",
    "ConnectionChanged",
    "ConnectionClosed",
    "ConnectionEvent",
    "ConnectionOpened",
    "ConnectionSecretsChanged",
]

LOG = EventLog("connectors")


class ConnectionOpened(msgspec.Struct, frozen=True, kw_only=True):
    """A channel is connected to where it really sells, for the first time or again; ``secrets``
    are the names of those that were given."""

    channel: str
    adapter: str
    name: str
    settings: dict[str, Any]
    secrets: tuple[str, ...]
    enabled: bool


class ConnectionChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A connection is set up anew, or was enabled or disabled."""

    name: str
    settings: dict[str, Any]
    enabled: bool


class ConnectionSecretsChanged(msgspec.Struct, frozen=True, kw_only=True):
    """Other secrets are used; these are the names of all that are set now."""

    secrets: tuple[str, ...]


class ConnectionClosed(msgspec.Struct, frozen=True, kw_only=True):
    """A connection is used no more; its secrets are gone."""


ConnectionEvent = ConnectionOpened | ConnectionChanged | ConnectionSecretsChanged | ConnectionClosed

EVENT_TYPES: dict[str, type[msgspec.Struct]] = {
    each.__name__: each
    for each in (ConnectionOpened, ConnectionChanged, ConnectionSecretsChanged, ConnectionClosed)
}
