"""NATS JetStream: one stream for everything, in which each message id is kept once.

CloudEvents' attributes go as headers with ``ce-``, by its NATS binding 1.0.2 in binary mode.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import structlog
from faststream.nats import NatsBroker
from nats.errors import MaxPayloadError
from nats.js.api import StreamConfig
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError

from rackhouse.broker.bus import Bus, Hear, Unfit, addresses, over_within
from rackhouse.broker.parcels import Parcel, header_text
from rackhouse.platform.settings import Settings

__all__ = ["connect"]

PREFIX = "ce-"
CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 2.0
ACKNOWLEDGE_SECONDS = 3.0
# How long JetStream knows the ids of messages, so that one that is sent again is not kept twice.
KNOWN_SECONDS = 600.0
TOO_LARGE = 10054

_log = structlog.get_logger(__name__)


async def connect(settings: Settings) -> Bus:
    """Connect, and make the stream if there is none."""
    broker = NatsBroker(
        addresses(str(settings.bus_url)),
        name="rackhouse",
        connect_timeout=2,
        reconnect_time_wait=1,
        # Then it gives itself up, even where it forgot that it was closed.
        max_reconnect_attempts=3,
        ping_interval=5,
        error_cb=_note,
        graceful_timeout=1.0,
        logger=None,
        apply_types=False,
    )
    bus = _Nats(broker, settings)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await broker.start()
            await bus.make_stream()
    except BaseException:
        await bus.close()
        raise
    return bus


class _Nats:
    def __init__(self, broker: NatsBroker, settings: Settings) -> None:
        self._broker = broker
        self._settings = settings

    async def make_stream(self) -> None:
        """Make the stream if there is none; one that is there is left as it is."""
        name = self._settings.bus_name
        streams = self._client().jetstream()
        try:
            await streams.stream_info(name)
        except NotFoundError:
            wanted = StreamConfig(
                name=name,
                subjects=[f"{name}.>"],
                num_replicas=self._settings.bus_replicas,
                duplicate_window=KNOWN_SECONDS,
                max_age=self._settings.bus_keep_hours * 3600.0,
            )
            await streams.add_stream(wanted)

    async def publish(self, parcel: Parcel) -> bool:
        headers = {PREFIX + name: header_text(each) for name, each in parcel.attributes.items()}
        headers["content-type"] = headers.pop(PREFIX + "datacontenttype")
        headers["Nats-Msg-Id"] = parcel.id
        try:
            taken = await self._broker.publish(
                parcel.body,
                parcel.subject,
                headers=headers,
                correlation_id=parcel.id,
                stream=self._settings.bus_name,
                timeout=ACKNOWLEDGE_SECONDS,
            )
        except NoStreamResponseError:
            await self.make_stream()
            raise
        except MaxPayloadError as error:
            raise Unfit("the message is larger than NATS takes") from error
        except APIError as error:
            if error.err_code == TOO_LARGE:
                raise Unfit("the message is larger than the stream at NATS takes") from error
            raise
        return not taken.duplicate

    async def follow(self, log: str, hear: Hear) -> None:
        async def take(message: Any) -> None:
            hear(_attributes(message.headers), message.body)

        # Not through a consumer of the stream: what is missed is read from the database. A reply
        # would reach the relay, which takes it for the acknowledgement of the stream.
        subject = f"{self._settings.bus_name}.{log}.>"
        subscriber = self._broker.subscriber(subject, decoder=_whole, no_reply=True)
        subscriber(take)
        await subscriber.start()

    def connected(self) -> bool:
        return bool(self._client().is_connected)

    async def close(self) -> None:
        client = self._broker.connection
        await over_within(self._broker.stop(), CLOSE_SECONDS)
        if client is not None and not client.is_closed:
            await over_within(client.close(), CLOSE_SECONDS)

    def _client(self) -> Any:
        client = self._broker.connection
        assert client is not None, "it is connected"
        return client


def _attributes(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(PREFIX): unquote(each)
        for name, each in headers.items()
        if name.startswith(PREFIX)
    }


async def _note(error: Exception) -> None:
    _log.info("nats_error", reason=str(error))


async def _whole(message: Any) -> Any:
    """A message as it is: FastStream would hand over its body alone."""
    return message
