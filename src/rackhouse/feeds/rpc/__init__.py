"""gRPC: the streams and commands as one bidirectional call, for clients that like types."""

import contextlib
from collections.abc import AsyncIterator
from importlib import resources

from rackhouse.feeds.connections import Authenticator
from rackhouse.platform.house import House

__all__ = ["grpc_server", "proto_text"]


@contextlib.asynccontextmanager
async def grpc_server(house: House, authenticate: Authenticator) -> AsyncIterator[None]:
    """gRPC `rackhouse.v1.Rackhouse/Sync`, with reflection and health, where the settings name a
    port for it."""
    if not house.settings.grpc_port:
        yield
        return
    # Loaded only where it is served: it takes a tenth of a second, and every command is a start.
    from rackhouse.feeds.rpc.server import serving

    async with serving(house, authenticate):
        yield


def proto_text() -> str:
    """The definition of the gRPC messages, from which clients make theirs."""
    return resources.files(__name__).joinpath("rackhouse.proto").read_text("utf-8")
