"""The transports, each behind the same small adapter: the suite knows no other difference.

A transport that is added is one more class with these members, in `TRANSPORTS`. ``follow`` answers
a client whose ``next`` gives the messages as dictionaries with the members of the JSON messages,
raises `Ended` when the stream has ended, and whose ``close`` breaks the connection as a fault of
the network would; it raises `Refused` when the service says no.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from rpc_clients import RpcClient
from stream_clients import GraphqlClient, SocketClient, SseClient, StreamClient

__all__ = ["TRANSPORTS", "Place", "Transport"]


class Place(NamedTuple):
    """Where one service is reached."""

    port: int
    grpc_port: int


class Transport(Protocol):
    """One transport. ``ends`` is how the connection itself ends, by the reason of the stream."""

    ends: Mapping[str, object]

    async def follow(
        self, place: Place, token: str, *, cursor: str | None = None, **asked: str
    ) -> StreamClient: ...


class ServerSentEvents:
    """GET /api/v1/stream."""

    ends: Mapping[str, object] = MappingProxyType({"too_slow": None, "token_refused": None})

    async def follow(
        self, place: Place, token: str, *, cursor: str | None = None, **asked: str
    ) -> StreamClient:
        """Follow."""
        return await SseClient.open(place.port, token, cursor=cursor, **asked)


class WebSocket:
    """/api/v1/socket."""

    ends: Mapping[str, object] = MappingProxyType({"too_slow": 1013, "token_refused": 1008})

    async def follow(
        self, place: Place, token: str, *, cursor: str | None = None, **asked: str
    ) -> StreamClient:
        """Follow."""
        return await SocketClient.open(place.port, token, cursor=cursor, **asked)


class Grpc:
    """rackhouse.v1.Rackhouse/Sync."""

    ends: Mapping[str, object] = MappingProxyType(
        {
            "too_slow": "RESOURCE_EXHAUSTED",
            "token_refused": "UNAUTHENTICATED",
        }
    )

    async def follow(
        self, place: Place, token: str, *, cursor: str | None = None, **asked: str
    ) -> StreamClient:
        """Follow."""
        return await RpcClient.open(place.grpc_port, token, cursor=cursor, **asked)


class GraphqlSubscription:
    """The subscription `changes` of /graphql."""

    ends: Mapping[str, object] = MappingProxyType({"too_slow": None, "token_refused": None})

    async def follow(
        self, place: Place, token: str, *, cursor: str | None = None, **asked: str
    ) -> StreamClient:
        """Follow."""
        return await GraphqlClient.open(place.port, token, cursor=cursor, **asked)


TRANSPORTS: dict[str, Transport] = {
    "sse": ServerSentEvents(),
    "websocket": WebSocket(),
    "grpc": Grpc(),
    "graphql": GraphqlSubscription(),
}
