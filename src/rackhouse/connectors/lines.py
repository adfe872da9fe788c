"""The lines to channels that this process keeps, and what is told to an adapter."""

from collections.abc import Mapping

import msgspec

from rackhouse.connectors.adapter import Adapter
from rackhouse.connectors.adapters import Adapters
from rackhouse.connectors.remote import (
    Bucket,
    Patience,
    RealPatience,
    Remote,
    SecretText,
    Setup,
)
from rackhouse.connectors.rules import Connection
from rackhouse.connectors.store import connections
from rackhouse.platform.database import Transaction
from rackhouse.platform.house import House
from rackhouse.platform.outbound import Outbound

__all__ = ["Lines", "sealed", "setup_of", "unsealed"]


class Lines:
    """How fast each channel may be asked by this process; ``patience`` is how it waits for that."""

    def __init__(self, house: House, patience: Patience | None = None) -> None:
        self._patience = patience or RealPatience()
        self._timeout = house.settings.connector_timeout_seconds
        self._outbound = house.the(Outbound)
        self._buckets: dict[tuple[str, int], Bucket] = {}

    def to(self, connection: Connection, adapter: Adapter, setup: Setup) -> Remote:
        """The line to the channel of a connection."""
        key = (connection.id, connection.version)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(adapter.pace(setup.settings), self._patience)
        return Remote(setup, self._outbound, bucket, timeout_seconds=self._timeout)


async def setup_of(house: House, tx: Transaction, connection: Connection) -> Setup:
    """What the adapter of a connection is told of it."""
    adapter = house.the(Adapters).named(connection.adapter)
    found = await connections.sealed_secrets(tx, connection.id)
    secrets = {} if found is None else unsealed(house, connection.id, found)
    return Setup(
        connection=connection.id,
        settings=msgspec.json.decode(connection.settings, type=adapter.settings),
        secrets={name: SecretText(text) for name, text in secrets.items()},
    )


def sealed(house: House, connection_id: str, secrets: Mapping[str, str]) -> bytes:
    """Secrets as they are kept."""
    return house.secrets.seal(msgspec.json.encode(secrets), label=_label(connection_id))


def unsealed(house: House, connection_id: str, kept: bytes) -> dict[str, str]:
    """Secrets from how they are kept."""
    text = house.secrets.open(kept, label=_label(connection_id))
    return msgspec.json.decode(text, type=dict[str, str])


def _label(connection_id: str) -> str:
    return f"connectors.secrets:{connection_id}"
