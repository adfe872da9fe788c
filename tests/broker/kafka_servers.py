"""An emulator that speaks Kafka's protocol on the loopback, where no Kafka can be had. It shows
what is said to a Kafka, and nothing of what one keeps."""

import asyncio
import contextlib
import importlib.util
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from nats_servers import WAIT_SECONDS, free_port, skip_without
from rabbitmq_servers import until_open

__all__ = ["KafkaEmulator", "kafka_emulator"]

# The program itself: what the wheel calls by its name would leave it behind when it is stopped.
_PACKAGE = importlib.util.find_spec("noida_db")
PROGRAM = None if _PACKAGE is None else Path(str(_PACKAGE.origin)).parent / "noida-db"


class KafkaEmulator:
    """One emulator, all of whose data is in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is, as the setting says it."""
        return f"kafka://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        assert PROGRAM is not None
        PROGRAM.chmod(0o755)
        told = [PROGRAM, "start", "--data-dir", str(self._folder)]
        told += ["--only", "kafka", "--kafka-port", str(self._port)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(told, stdout=log, stderr=log)
        await until_open(self._port)

    def stop(self) -> None:
        """Stop it; what it keeps is there when it starts again."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait()

    async def kept_in(self, topic: str, **events: int) -> list[ConsumerRecord]:
        """What a topic keeps, from its beginning to that so many events of some streams are among
        it."""
        missing = {(about, number + 1) for about in events for number in range(events[about])}
        kept = []
        reading = AIOKafkaConsumer(
            topic,
            bootstrap_servers=self.url.removeprefix("kafka://"),
            auto_offset_reset="earliest",
        )
        async with asyncio.timeout(WAIT_SECONDS), reading:
            while missing:
                record = await reading.getone()
                kept.append(record)
                headers = dict(record.headers)
                missing.discard((headers["ce_subject"].decode(), int(headers["ce_sequence"])))
        return kept


@contextlib.asynccontextmanager
async def kafka_emulator(folder: Path) -> AsyncIterator[KafkaEmulator]:
    """An emulator that answers. Without it tests are skipped, except where they must not be."""
    skip_without(PROGRAM, install="the wheel noida-db")
    emulator = KafkaEmulator(folder)
    try:
        await emulator.start()
        yield emulator
    finally:
        emulator.stop()
