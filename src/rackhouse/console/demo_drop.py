"""The demo drop: many buyers at once, against this very service, for everybody to watch.

Any process may run it, and a browser may be connected to another one. So the one that runs it
tells the others how it goes over the database, and a lock there lets only one run at a time.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import msgspec
import psycopg
import structlog

from rackhouse.console import store
from rackhouse.console.drop_state import DropState
from rackhouse.console.errors import DropIsRunning
from rackhouse.console.rehearsing import PERMISSIONS, rehearse
from rackhouse.platform.context import Caller, Context
from rackhouse.platform.database import Transaction
from rackhouse.platform.house import House

__all__ = ["DropStage"]

UPDATE_SECONDS = 0.2
RECONNECT_SECONDS = 0.25
WHO_KNOWS = "who knows?"

_log = structlog.get_logger(__name__)


class DropStage:
    """This process's knowledge of the demo drop: the one that runs, or the last one."""

    def __init__(self, house: House) -> None:
        self._database = house.database("platform")
        self._watchers: set[Callable[[], None]] = set()
        self._opening = asyncio.Lock()
        self._listening: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None
        self._asking: set[asyncio.Task[None]] = set()
        self.state: DropState | None = None

    async def open(self) -> "DropStage":
        """Listen to the processes that run a drop, if that was not done yet."""
        async with self._opening:
            if self._listening is None:
                ready = asyncio.Event()
                self._listening = asyncio.create_task(self._listen(ready))
                await ready.wait()
                await self._tell(WHO_KNOWS)
        return self

    async def close(self) -> None:
        """Stop listening, and end a drop that runs here."""
        for task in (self._running, self._listening, *self._asking):
            if task is not None:
                await _ended(task)

    def allows(self, caller: Caller) -> bool:
        """Whether a caller may run a drop: it needs everything that the drop does."""
        return caller.permissions >= PERMISSIONS

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` whenever the state is another; the returned function ends that."""
        self._watchers.add(wake)
        return lambda: self._watchers.discard(wake)

    async def start(self, *, context: Context, url: str) -> None:
        """Run a drop in the background against the service at ``url``.

        Refuses with `PermissionMissing`, and with `DropIsRunning` wherever the other one runs.
        """
        for permission in sorted(PERMISSIONS):
            context.caller.require(permission)
        connection = await self._database.connect()
        session = Transaction(connection, begun=True)
        if not await store.claim_stage(session):
            await connection.close()
            raise DropIsRunning()
        self._running = asyncio.create_task(self._run(context, url, connection))

    async def _run(
        self, context: Context, url: str, connection: psycopg.AsyncConnection[Any]
    ) -> None:
        async with connection:
            told = _Told(connection)
            telling = asyncio.create_task(told.keep_telling())
            last = DropState(phase="failed", problem="The process that ran it was stopped.")
            try:
                last = await rehearse(context=context, url=url, progress=told.note)
            except Exception as reason:
                _log.exception("demo_drop_failed")
                last = DropState(phase="failed", problem=f"{type(reason).__name__}: {reason}")
            finally:
                await _ended(telling)
                await store.announce(Transaction(connection, begun=True), _text(last))

    async def _tell(self, text: str) -> None:
        async with self._database.transaction() as tx:
            await store.announce(tx, text)

    async def _listen(self, ready: asyncio.Event) -> None:
        while True:
            try:
                async with await self._database.connect() as connection:
                    await connection.execute(f"listen {store.CHANNEL}")
                    ready.set()
                    async for notice in connection.notifies():
                        self._hear(notice.payload)
            except Exception as reason:
                _log.warning("stage_interrupted", reason=str(reason))
                ready.set()
                await asyncio.sleep(RECONNECT_SECONDS)

    def _hear(self, payload: str) -> None:
        if payload == WHO_KNOWS:
            if self.state is not None and self.state.phase != "running":
                self._answer(_text(self.state))
            return
        state = msgspec.json.decode(payload, type=DropState)
        if state != self.state:
            self.state = state
            for wake in tuple(self._watchers):
                wake()

    def _answer(self, text: str) -> None:
        task = asyncio.create_task(self._tell(text))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)


class _Told:
    """What the drop says of itself, told on at a pace that can be followed."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._session = Transaction(connection, begun=True)
        self._newest: DropState | None = None
        self._news = asyncio.Event()

    def note(self, state: DropState) -> None:
        """Take what is the state now."""
        self._newest = state
        self._news.set()

    async def keep_telling(self) -> None:
        """Tell the newest state whenever there is one, once in `UPDATE_SECONDS` at most."""
        while True:
            await self._news.wait()
            self._news.clear()
            assert self._newest is not None
            started = time.monotonic()
            await store.announce(self._session, _text(self._newest))
            await asyncio.sleep(UPDATE_SECONDS - min(UPDATE_SECONDS, time.monotonic() - started))


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _text(state: DropState) -> str:
    return msgspec.json.encode(state).decode()
