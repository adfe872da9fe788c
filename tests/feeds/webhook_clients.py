"""A client of webhooks, which a test uses like one of a stream: a webhook of its own, and the
receiver that it sends to."""

import asyncio
import contextlib
import random
from collections import deque
from typing import Any

import aiohttp
from standardwebhooks import Webhook as Verifier
from stream_clients import Ended, Message, Refused

from receivers import WAIT_SECONDS, Received, Receiver, receiving

__all__ = ["WebhookClient"]

LOOK_SECONDS = 0.5
FATES = [204] * 6 + [500, 503, None]
LOST = [500, 503]
LOST_SHARE = 0.1


class WebhookClient:
    """Follows by a webhook, whose receiver keeps the rule for receivers: an id that was taken
    before is ignored.

    By ``chance`` it fails where a repeat can be told from what is new: it answers with an error
    after it took what came, or without having taken it, or breaks the connection.
    """

    def __init__(self, port: int, token: str, chance: random.Random, remained: list[str]) -> None:
        self.repeats = 0
        self._port = port
        self._token = token
        self._chance = chance
        self._remained = remained
        self._over = contextlib.AsyncExitStack()
        self._receiver = Receiver()
        self._id = ""
        self._secret = ""
        self._heard = 0
        self._lost: set[int] = set()
        self._known: set[str] = set()
        self._waiting: deque[Message] = deque()

    async def begin(self, *, cursor: str | None, form: str, **asked: str) -> None:
        """Add a webhook that begins as a stream would; refuses with `Refused`."""
        async with contextlib.AsyncExitStack() as over:
            self._receiver = await over.enter_async_context(receiving())
            self._receiver.fate = self._fate
            snapshot = asked.pop("snapshot", "true") == "true"
            told = {
                "url": self._receiver.url,
                "description": "A follower",
                "format": form,
                "signals": True,
                "snapshot": snapshot,
                "cursor": cursor,
                "filter": {field: values.split(",") for field, values in asked.items()},
            }
            status, answer = await self._ask("POST", "/api/v1/webhooks", json=told)
            if status != 201:
                raise Refused(status, answer)
            self._id, self._secret = answer["id"], answer["secret"]
            self._over = over.pop_all()
        while self._remained:
            await self._remove(self._remained.pop())

    async def next(self) -> Message:
        """The next message, from the data of its event."""
        while not self._waiting:
            await self._until_heard()
            if self._heard not in self._lost:
                self._take(self._receiver.got[self._heard])
            self._heard += 1
        return self._waiting.popleft()

    async def close(self) -> None:
        """Take nothing any more, and remove the webhook; where nobody serves that, it remains until
        another one is added."""
        await self._over.aclose()
        try:
            await self._remove(self._id)
        except aiohttp.ClientError:
            self._remained.append(self._id)

    async def _remove(self, webhook_id: str) -> None:
        await self._ask("DELETE", f"/api/v1/webhooks/{webhook_id}", headers={"if-match": "*"})

    async def _until_heard(self) -> None:
        """Wait for the next request; a service that no longer runs will not send it."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._receiver.until(self._heard + 1)
                        return
                await self._refuse_gone()

    async def _refuse_gone(self) -> None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except ConnectionError as error:
            raise Ended() from error
        writer.close()

    def _take(self, received: Received) -> None:
        Verifier(self._secret).verify(received.body, received.headers)
        for event in received.events:
            message = event["data"]
            assert event["type"] == f"rackhouse.{message['type']}"
            assert event.get("subject") == message.get("stream")
            assert event.get("sequence", "None") == str(message.get("sequence"))
            if event["id"] in self._known:
                self.repeats += 1
                continue
            self._known.add(event["id"])
            self._waiting.append(message)

    def _fate(self) -> int | None:
        """How the newest request ends. Snapshots and `live` are taken: what begins anew after them
        has in it what happened meanwhile."""
        messages = [event["data"] for event in self._receiver.got[-1].events]
        if not all("on_hand" in each or each["type"] == "heartbeat" for each in messages):
            return 204
        if self._chance.random() < LOST_SHARE:
            self._lost.add(len(self._receiver.got) - 1)
            return self._chance.choice(LOST)
        return self._chance.choice(FATES)

    async def _ask(self, method: str, path: str, **more: Any) -> tuple[int, Message]:
        bearer = {"authorization": f"Bearer {self._token}", **more.pop("headers", {})}
        url = f"http://127.0.0.1:{self._port}{path}"
        async with (
            aiohttp.ClientSession(headers=bearer) as session,
            session.request(method, url, **more) as answer,
        ):
            return answer.status, {} if answer.status == 204 else await answer.json(
                content_type=None
            )
