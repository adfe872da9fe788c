"""A served house with short heartbeats, and tokens for it."""

from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest
from shops import Shop
from stream_clients import Server, free_port, serving

from rackhouse.identity import mint_token
from rackhouse.modules import MODULES
from rackhouse.platform.context import Context
from rackhouse.platform.house import House

HEARTBEAT_SECONDS = 0.4
QUEUE_LIMIT = 10

MakeToken = Callable[..., Awaitable[str]]


@pytest.fixture(scope="session")
async def server(house: House) -> AsyncIterator[Server]:
    """The API of the house's databases, with few messages in line and many heartbeats."""
    settings = msgspec.structs.replace(
        house.settings,
        stream_heartbeat_seconds=HEARTBEAT_SECONDS,
        stream_queue_limit=QUEUE_LIMIT,
        outbound_networks="127.0.0.0/8",
        outbound_http=True,
        grpc_port=free_port(),
    )
    async with serving(House(settings, MODULES)) as server:
        yield server


@pytest.fixture(scope="session")
def make_token(house: House) -> MakeToken:
    """Makes an access token of somebody."""

    async def make(*roles: str, **bounds: str) -> str:
        return await mint_token(house=house, roles=roles or ("admin",), subject="test", **bounds)

    return make


@pytest.fixture
async def token(make_token: MakeToken) -> str:
    """An administrator's token, which outlives a test but not the whole run."""
    return await make_token()


@pytest.fixture
async def shop(context: Context) -> Shop:
    """A shop of its own for a test."""
    return await Shop.opened(context)
