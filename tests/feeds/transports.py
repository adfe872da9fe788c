"""The transports, each behind the same small adapter: the suite knows no other difference.

A transport that is added is one more class with these members, in `TRANSPORTS`. ``follow`` answers
a client whose ``next`` gives the messages as dictionaries with the members of the JSON messages,
raises `Ended` when the stream has ended, and whose ``close`` breaks the connection as a fault of
the network would; it raises `Refused` when the service says no.

Most are connections, in `CONNECTIONS`. Webhooks keep their place in the service instead, and a
worker sends them; `OF_CONNECTIONS` says what can not be asked of them.
"""

import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from rpc_clients import RpcClient
from stream_clients import GraphqlClient, SocketClient, SseClient, StreamClient
from webhook_clients import WebhookClient

__all__ = ["CONNECTIONS", "OF_CONNECTIONS", "TRANSPORTS", "Place", "Transport", "Webhooks"]


class Place(NamedTuple):
    """Where one service is reached."""

    port: int
    grpc_port: int


class Transport(Protocol):
    """One transport. ``ends`` is how the connection itself ends, by the reason of the stream;
    ``permission`` is what is asked of whoever follows."""

    ends: Mapping[str, object]
    permission: str

    async def follow(
        self, place: Place, token: str, *, cursor: str | None = None, **asked: str
    ) -> StreamClient: ...


class ServerSentEvents:
    """GET /api/v1/stream."""

    permission = "stream:read"
    ends: Mapping[str, object] = MappingProxyType({"too_slow": None, "token_refused": None})

    async def follow(
        self, place: Place, token: str, *, cursor: str | None = None, **asked: str
    ) -> StreamClient:
        """Follow."""
        return await SseClient.open(place.port, token, cursor=cursor, **asked)


class WebSocket:
    """/api/v1/socket."""

    permission = "stream:read"
    ends: Mapping[str, object] = MappingProxyType({"too_slow": 1013, "token_refused": 1008})

    async def follow(
        self, place: Place, token: str, *, cursor: str | None = None, **asked: str
    ) -> StreamClient:
        """Follow."""
        return await SocketClient.open(place.port, token, cursor=cursor, **asked)


class Grpc:
    """rackhouse.v1.Rackhouse/Sync."""

    permission = "stream:read"
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

    permission = "stream:read"
    ends: Mapping[str, object] = MappingProxyType({"too_slow": None, "token_refused": None})

    async def follow(
        self, place: Place, token: str, *, cursor: str | None = None, **asked: str
    ) -> StreamClient:
        """Follow."""
        return await GraphqlClient.open(place.port, token, cursor=cursor, **asked)


class Webhooks:
    """/api/v1/webhooks, some of each format."""

    permission = "webhooks:write"
    ends: Mapping[str, object] = MappingProxyType({})

    def __init__(self) -> None:
        self._chance = random.Random("webhooks")
        self._remained: list[str] = []

    async def follow(
        self, place: Place, token: str, *, cursor: str | None = None, **asked: str
    ) -> StreamClient:
        """Follow."""
        client = WebhookClient(place.port, token, self._chance, self._remained)
        form = self._chance.choice(("single", "batch"))
        await client.begin(cursor=cursor, form=form, **asked)
        return client


CONNECTIONS: dict[str, Transport] = {
    "sse": ServerSentEvents(),
    "websocket": WebSocket(),
    "grpc": Grpc(),
    "graphql": GraphqlSubscription(),
}

TRANSPORTS: dict[str, Transport] = {
    **CONNECTIONS,
    "webhook": Webhooks(),
}

OF_CONNECTIONS = {
    "test_a_client_that_does_not_read_is_cut_off_and_can_resume": "who is slow to answer a webhook "
    "is sent nothing meanwhile, and what waits stays in the log; nobody need be cut off",
    "test_a_connection_that_takes_nothing_any_more_is_broken": "each request has a connection of "
    "its own, and its time is limited (tests/webhooks/test_harmful_endpoints.py)",
    "test_a_client_that_leaves_leaves_nothing_behind": "a webhook is to remain when its receiver "
    "leaves; what a removed one leaves is seen in the worker",
    "test_a_stream_ends_when_its_token_is_no_longer_accepted": "a webhook outlives the token with "
    "which it was added, and is itself disabled or removed",
    "test_a_stream_ends_when_its_token_has_expired": "the same",
    "test_a_customer_hears_of_stock_and_of_their_own_orders_only": "webhooks are for shops and "
    "services: a customer can add none (tests/webhooks/test_webhooks_http.py)",
}
"""The tests that webhooks are left out of, by the reason."""
