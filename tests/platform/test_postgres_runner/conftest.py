"""A place that the server's account can reach, and a start that is cleaned up after."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from another_program import Start

from rackhouse.platform.postgres import PostgresServer, start_postgres


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that the server's account may pass through; pytest's own are closed to it."""
    directory = Path(tempfile.mkdtemp(prefix="rackhouse-test-"))
    directory.chmod(0o755)
    yield directory
    remove(directory)


@pytest.fixture
def start(place: Path) -> Iterator[Start]:
    """start_postgres in ``place``; what it started is stopped in the end."""
    servers = []

    def start_here(data_directory: Path = place / "data", **arguments: object) -> PostgresServer:
        servers.append(start_postgres(data_directory=data_directory, **arguments))
        return servers[-1]

    yield start_here
    for server in servers:
        server.stop()
        if server.socket_directory and not server.socket_directory.is_relative_to(place):
            shutil.rmtree(server.socket_directory, ignore_errors=True)


def remove(place: Path) -> None:
    for pointer in place.rglob("cluster-is-elsewhere"):
        shutil.rmtree(pointer.read_text().strip(), ignore_errors=True)
    shutil.rmtree(place)
