"""Every test of this folder runs once for each transport."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from following import Follow
from stream_clients import Server, StreamClient
from transports import CONNECTIONS, OF_CONNECTIONS, TRANSPORTS, Place, Transport, Webhooks

from rackhouse.modules import MODULES
from rackhouse.outlets.rules import trying
from rackhouse.platform.house import House
from rackhouse.platform.tail import listen_to_logs
from receivers import dispatching


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask of each transport what can be asked of it."""
    if "follow" in metafunc.fixturenames:
        asked = CONNECTIONS if metafunc.definition.name in OF_CONNECTIONS else TRANSPORTS
        metafunc.parametrize("transport", asked.values(), ids=list(asked), scope="function")


@pytest.fixture(scope="package")
async def sending_house(server: Server) -> AsyncIterator[House]:
    """The house of a worker beside the server."""
    async with House(server.house.settings, MODULES) as house:
        await listen_to_logs(house)
        yield house


@pytest.fixture
async def worker(
    transport: Transport, sending_house: House, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """A worker that sends webhooks, where they are what is followed, and tries again at once."""
    monkeypatch.setattr(trying, "FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(trying, "WAIT_LIMIT_SECONDS", 0.01)
    monkeypatch.setattr(trying, "OPEN_AT_LEAST_SECONDS", 0.001)
    sends = dispatching(sending_house) if isinstance(transport, Webhooks) else None
    async with sends or contextlib.nullcontext():
        yield


@pytest.fixture
async def follow(transport: Transport, server: Server, worker: None) -> AsyncIterator[Follow]:
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
