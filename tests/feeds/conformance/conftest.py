"""Every test of this folder runs once for each transport."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from following import Follow
from stream_clients import Server, StreamClient
from transports import TRANSPORTS, Place, Transport


@pytest.fixture(params=list(TRANSPORTS))
def transport(request: pytest.FixtureRequest) -> Transport:
    """The transport that is tried."""
    return TRANSPORTS[request.param]


@pytest.fixture
async def follow(transport: Transport, server: Server) -> AsyncIterator[Follow]:
    """Opens streams; in the end all of them are closed, and the server has noticed."""
    clients: list[StreamClient] = []

    async def open_stream(token: str, **asked: Any) -> StreamClient:
        place = Place(server.port, server.grpc_port)
        client = await transport.follow(place, token, **asked)
        clients.append(client)
        return client

    yield open_stream
    for client in clients:
        await client.close()
    await server.nobody_follows()
