"""Processes that are kept running: started again when they end, ended when we do."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence

import structlog

__all__ = ["KeptProcess", "Lifeline", "end_with_parent"]

FIRST_DELAY_SECONDS = 0.1
DELAY_LIMIT_SECONDS = 10.0
# A process that lived so long did not fail at its start, so the next one need not wait.
STEADY_SECONDS = 30.0
STOP_SECONDS = 10.0
# Nobody waits for an orphan, and the next start wants its place.
ORPHAN_SECONDS = 3.0

_log = structlog.get_logger(__name__)


class Lifeline:
    """A pipe that the children watch: it ends with us, however we end, and they end with it."""

    def __init__(self) -> None:
        self.descriptor, self._ours = os.pipe()

    def close(self) -> None:
        """Let the children end, those too that were not told otherwise."""
        os.close(self._ours)
        os.close(self.descriptor)


def end_with_parent(lifeline: int) -> None:
    """End this process, in order if it can, when its parent is gone."""

    def watch() -> None:
        while os.read(lifeline, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(ORPHAN_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


class KeptProcess:
    """One process of ours."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        descriptors: Sequence[int],
    ) -> None:
        self.name = name
        self.environment = environment
        self._command = [sys.executable, *arguments]
        self._descriptors = tuple(descriptors)
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    async def keep(self) -> None:
        """Run it until ``stop``; when it ends before, start it again after a growing delay."""
        delay = FIRST_DELAY_SECONDS
        while not self._stopping:
            started = time.monotonic()
            status = await self._run()
            if self._stopping:
                return
            if time.monotonic() - started > STEADY_SECONDS:
                delay = FIRST_DELAY_SECONDS
            _log.warning("process_ended", process=self.name, status=status, again_in_seconds=delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, DELAY_LIMIT_SECONDS)

    async def stop(self) -> None:
        """End it for good: in order, or after `STOP_SECONDS` at once."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        self.restart()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            _log.warning("process_killed", process=self.name, after_seconds=STOP_SECONDS)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def restart(self) -> None:
        """Ask it to end; unless ``stop`` was called, the next one takes its place."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    async def _run(self) -> int:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env=dict(self.environment),
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=self._descriptors,
            # Out of the terminal's reach: Ctrl-C is for us, who end everything in order.
            start_new_session=True,
        )
        return await self._process.wait()
