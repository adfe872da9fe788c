"""A process of its own that serves a house, to be stopped or killed."""

import asyncio
import os
import sys
from pathlib import Path

from stream_clients import PATIENCE_SECONDS, free_port
from transports import Place

from rackhouse.platform.house import House

PROGRAM = Path(__file__).with_name("served_program.py")


class ServedProcess:
    """The API of a house in a process of its own, on ports that it keeps."""

    def __init__(self, house: House) -> None:
        self.place = Place(free_port(), free_port())
        settings = house.settings
        self._environment = {
            **{name: value for name, value in os.environ.items() if "RACKHOUSE" not in name},
            "RACKHOUSE_DATABASE_URL": settings.database_url or "",
            "RACKHOUSE_DATA": str(settings.data),
            "RACKHOUSE_PORT": str(self.place.port),
            "RACKHOUSE_GRPC_PORT": str(self.place.grpc_port),
            "RACKHOUSE_PUBLIC_URL": settings.issuer,
            **{
                f"RACKHOUSE_DATABASE_URL__{module.upper()}": url
                for module, url in settings.database_urls.items()
            },
        }
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it serves."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(PROGRAM),
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert int(await self.process.stdout.readline()) == self.place.port

    async def kill(self) -> None:
        """End it as a loss of power would."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def ended(self) -> None:
        """Wait until it has ended."""
        assert self.process is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.process.wait()
