"""Shutdown: end the streams as soon as the process is told to stop.

An ASGI server closes its application only after the last connection has ended, and a stream does
not end by itself. So the signals are heard here too, and then handed to whoever heard them before.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

__all__ = ["SignalWatch"]

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class SignalWatch:
    """Calls back in the event loop when the process is told to stop."""

    def __init__(self, stopping: Callable[[], None]) -> None:
        self._stopping = stopping
        self._loop: asyncio.AbstractEventLoop | None = None
        self._before: dict[int, Any] = {}

    def start(self) -> None:
        """Watch from now on; only the main thread hears signals."""
        if threading.current_thread() is not threading.main_thread():
            return
        self._loop = asyncio.get_running_loop()
        for number in SIGNALS:
            before = signal.getsignal(number)
            if number not in self._before and callable(before):
                self._before[number] = before
                signal.signal(number, self._heard)

    def stop(self) -> None:
        """Watch no more. Where somebody else hears a signal before us, we still hand it on."""
        self._loop = None
        for number, before in tuple(self._before.items()):
            if signal.getsignal(number) == self._heard:
                signal.signal(number, before)
                del self._before[number]

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping)
        self._before[number](number, frame)
