"""A served house that can be killed, and a way between it and its clients that loses answers."""

import asyncio
import os
import sys
from pathlib import Path

from rackhouse.platform.house import House

SERVED = Path(__file__).parents[1] / "feeds" / "served_program.py"
PATIENCE_SECONDS = 60.0


class Program:
    """The API as a process of its own, on one port however often it is started."""

    def __init__(self, house: House, **settings: str) -> None:
        self._house = house
        self._settings = {f"RACKHOUSE_{name.upper()}": said for name, said in settings.items()}
        self._process: asyncio.subprocess.Process | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it, and wait until it listens."""
        settings = self._house.settings
        kept = {name: text for name, text in os.environ.items() if "RACKHOUSE_" not in name}
        told = {
            "RACKHOUSE_DATABASE_URL": settings.database_url or "",
            "RACKHOUSE_DATA": str(settings.data),
            "RACKHOUSE_RATE_LIMIT_PER_SECOND": "0",
            "RACKHOUSE_STREAM_HEARTBEAT_SECONDS": "1",
            "RACKHOUSE_PUBLIC_URL": settings.issuer,
        }
        apart = {
            f"RACKHOUSE_DATABASE_URL__{module.upper()}": url
            for module, url in settings.database_urls.items()
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(SERVED),
            str(self.port),
            env={**kept, **told, **apart, **self._settings},
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            self.port = int(await self._process.stdout.readline())

    async def kill(self) -> None:
        """End it at once, as `kill -9` does."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()


class Lossy:
    """Passes requests on to a server, and loses the answers to as many of them as it is told to:
    the request arrives and is carried out, then the connection breaks."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.losing = 0
        self.lost = asyncio.Event()
        self.port = 0

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._to)
        there = asyncio.create_task(self._copy(reader, to_writer))
        try:
            while answer := await to_reader.read(65536):
                if self.losing:
                    self.losing -= 1
                    self.lost.set()
                    break
                writer.write(answer)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            there.cancel()
            writer.transport.abort()
            to_writer.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while told := await reader.read(65536):
            writer.write(told)
            await writer.drain()
