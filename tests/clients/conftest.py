"""A served house and tokens for it, as the tests of clients use them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from killable_programs import Lossy, Program

from rackhouse.identity import mint_token
from rackhouse.platform.house import House

MakeToken = Callable[..., Awaitable[str]]


@pytest.fixture
async def program(house: House) -> AsyncIterator[Program]:
    """A served house."""
    program = Program(house)
    await program.start()
    yield program
    await program.kill()


@pytest.fixture(scope="session")
def make_token(house: House) -> MakeToken:
    """Makes an access token of somebody."""

    async def make(*roles: str, **bounds: str) -> str:
        return await mint_token(house=house, roles=roles or ("admin",), subject="test", **bounds)

    return make


@pytest.fixture
async def lossy(program: Program) -> AsyncIterator[Lossy]:
    """A way to the program that can lose answers."""
    way = Lossy(program.port)
    server = await asyncio.start_server(way.pass_on, "127.0.0.1", 0)
    way.port = server.sockets[0].getsockname()[1]
    yield way
    server.close()
