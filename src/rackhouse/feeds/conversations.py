"""Conversations: what a connection on which both sides speak may ask for: a stream, commands, or
both. A transport reads and writes; the rest is here, so that all of them keep the same rules."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog

from rackhouse.feeds.clients import GONE, StreamClient
from rackhouse.feeds.connections import Authenticator
from rackhouse.feeds.errors import AnotherCaller, SubscribedAlready
from rackhouse.feeds.hub import Hub
from rackhouse.feeds.listeners import StraightWriter, StreamListener
from rackhouse.feeds.messages import Message, error, signed_in
from rackhouse.feeds.pipelines import PipelinedCommands
from rackhouse.feeds.shapes import Authenticate, Subscribe
from rackhouse.feeds.subscriptions import Subscription, read_message
from rackhouse.platform.context import Caller
from rackhouse.platform.errors import Refusal
from rackhouse.platform.house import House
from rackhouse.platform.http import Command, CommandAnswer
from rackhouse.platform.telemetry import FAULTS

__all__ = ["PERMISSION", "Conversation", "Heard", "bearer"]

PERMISSION = "stream:read"
FINISH_SECONDS = 1.0

Heard = Authenticate | Subscribe | Command
"""What a client says."""

_log = structlog.get_logger(__name__)


class Conversation:
    """One connection. ``headers`` say who it is, ``tell`` and ``answer`` write to it, ``abandon``
    breaks it."""

    def __init__(
        self,
        house: House,
        authenticate: Authenticator,
        *,
        transport: str,
        scope: dict[str, Any],
        headers: Mapping[bytes, bytes],
        tell: Callable[[Sequence[Message]], Awaitable[None]],
        answer: Callable[[str, CommandAnswer], Awaitable[None]],
        abandon: Callable[[], None],
    ) -> None:
        self._house = house
        self._hub = house.the(Hub)
        self._authenticate = authenticate
        self._transport = transport
        self._scope = scope
        self._headers = dict(headers)
        self._tell = tell
        self._abandon = abandon
        self._commands = PipelinedCommands(house, scope, self._headers, answer)
        self._client: StreamClient | None = None
        self.straight: StraightWriter | None = None

    async def introduce(self, token: bytes | None = None) -> Caller:
        """Who it is: by the headers, or by a token that came later; refuses what is no caller's."""
        if token is not None:
            self._headers[b"authorization"] = token
        return await self._caller()

    async def follow(self, subscription: Subscription) -> None:
        """Begin a stream; refuses what `Hub.enter` refuses."""
        if isinstance(self._client, StreamListener):
            raise SubscribedAlready()
        listener = await self._hub.enter(
            caller=await self._follower(),
            subscription=subscription,
            transport=self._transport,
            verify=self._follower,
            abandon=self._abandon,
        )
        before, self._client = self._client, listener
        if before is not None:
            self._hub.leave(before)

    async def hear(self, said: Heard) -> None:
        """Do what a message asks for; refuses what it can not."""
        if isinstance(said, Subscribe):
            await self.follow(read_message(self._house, said))
        elif isinstance(said, Authenticate):
            await self._renew(bearer(said.token))
        else:
            self._attend()
            await self._commands.begin(said)

    async def hear_of(self, reading: Callable[[], Awaitable[Sequence[Heard] | None]]) -> None:
        """Hear everything until ``reading`` answers None: the client has gone."""
        try:
            while (messages := await self._read(reading)) is not None:
                for said in messages:
                    try:
                        await self.hear(said)
                    except Refusal as refusal:
                        await self._tell([error(refusal)])
        except OSError:
            self.end(GONE)
        except Exception:
            _log.exception("fault", endpoint=self._transport)
            FAULTS.inc()
            self.end("fault", "something failed that should not; it is logged")
        else:
            self.end(GONE)

    async def speak(self) -> StreamClient:
        """Tell the client what there is for it, also after it has begun to follow something, until
        it ends; answers who it was in the end."""
        while True:
            client = self._attend()
            if isinstance(client, StreamListener):
                client.straight = self.straight
            async with contextlib.aclosing(client.batches()) as batches:
                async for messages in batches:
                    if client.reason is not None:
                        await self._commands.finish(FINISH_SECONDS)
                    await self._tell(messages)
                    self._hub.count_sent(self._transport, len(messages))
            if client is self._client:
                return client

    async def finish(self) -> None:
        """Wait until nothing is left to be told to a client that will say nothing more: for ever,
        if it follows a stream."""
        if isinstance(self._client, StreamListener):
            await asyncio.get_running_loop().create_future()
        await self._commands.finish(None)

    def end(self, reason: str, detail: str = "") -> None:
        """End it."""
        if self._client is not None:
            self._client.end(reason, detail)

    def leave(self) -> None:
        """Forget it; what it has asked for is carried out all the same."""
        if self._client is not None:
            self._hub.leave(self._client)

    def _attend(self) -> StreamClient:
        if self._client is None:
            self._client = self._hub.attend(
                transport=self._transport, verify=self._caller, abandon=self._abandon
            )
        return self._client

    async def _read(
        self, reading: Callable[[], Awaitable[Sequence[Heard] | None]]
    ) -> Sequence[Heard] | None:
        while True:
            try:
                return await reading()
            except Refusal as refusal:
                await self._tell([error(refusal)])

    async def _renew(self, token: bytes) -> None:
        before = await self._caller()
        renewed = {**self._headers, b"authorization": token}
        if await self._authenticate(self._scope, renewed, PERMISSION) != before:
            raise AnotherCaller()
        self._headers.update(renewed)
        await self._tell([signed_in()])

    async def _caller(self) -> Caller:
        return await self._authenticate(self._scope, self._headers, PERMISSION)

    async def _follower(self) -> Caller:
        caller = await self._caller()
        caller.require(PERMISSION)
        return caller


def bearer(token: str) -> bytes:
    """A token as the header that bears it."""
    return b"Bearer " + token.encode("latin-1", "replace")
