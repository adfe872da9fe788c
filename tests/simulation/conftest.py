"""Worlds to simulate, each in a database of its own."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rackhouse.simulation import Cast, SimulationReport, SimulationServer, World, simulate

Simulate = Callable[..., Awaitable[tuple[SimulationReport, list[str]]]]


@pytest.fixture(scope="session")
async def server(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> SimulationServer:
    """A server with a migrated database to copy."""
    server = SimulationServer(server_url, Path(tmp_path_factory.mktemp("simulated")))
    await server.prepare()
    return server


@pytest.fixture
def simulated(server: SimulationServer) -> Simulate:
    """Simulates a world."""

    async def run(
        seed: int, world: World, cast: Cast | None = None
    ) -> tuple[SimulationReport, list[str]]:
        async with server.world(f"simulated_{seed}") as settings:
            return await simulate(settings=settings, seed=seed, world=world, cast=cast or Cast())

    return run
