"""RabbitMQ: a durable topic exchange, and for each log a quorum queue that keeps what goes through.

CloudEvents' attributes go as headers with ``ce-`` in binary mode, as Knative's binding for RabbitMQ
has it. RabbitMQ does not tell a message that it has already: who follows drops it by its id.
"""

import asyncio
import hashlib
import random
from collections.abc import Mapping
from typing import Any

import structlog
from aio_pika.abc import AbstractRobustConnection
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed, PublishError
from faststream import AckPolicy
from faststream.rabbit import Channel, ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue

from rackhouse.broker.bus import Bus, Hear, Unfit, addresses, over_within
from rackhouse.broker.parcels import PLACES, Parcel
from rackhouse.platform.ids import new_id
from rackhouse.platform.settings import Settings

__all__ = ["connect", "routing_key"]

PREFIX = "ce-"
CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 2.0
ACKNOWLEDGE_SECONDS = 5.0
MILLISECONDS_OF_AN_HOUR = 3_600_000
# RabbitMQ counts how long a message lives in 32 bits: 49 days.
KEEP_LIMIT_MILLISECONDS = 2**32 - 1
ROUTING_KEY_LIMIT_BYTES = 255
DIGEST_CHARACTERS = 40
# Of what a feed hears: what is more is lost here, and read from the database.
HEARD_LIMIT = 5_000

_log = structlog.get_logger(__name__)


async def connect(settings: Settings) -> Bus:
    """Connect to one of the servers, and make the exchange and the queues if there are none."""
    urls = addresses(str(settings.bus_url))
    random.shuffle(urls)
    for url in urls[:-1]:
        try:
            return await _connect(url, settings)
        except Exception as reason:
            _log.info("rabbitmq_not_there", reason=f"{type(reason).__name__}: {reason}")
    return await _connect(urls[-1], settings)


async def _connect(url: str, settings: Settings) -> Bus:
    broker = RabbitBroker(
        url,
        timeout=CONNECT_SECONDS,
        reconnect_interval=1.0,
        # A message that nothing keeps comes back as an error instead of being lost unnoticed.
        default_channel=Channel(on_return_raises=True),
        graceful_timeout=1.0,
        logger=None,
        apply_types=False,
    )
    bus = _RabbitMq(broker, settings)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await bus.start()
    except BaseException:
        await bus.close()
        raise
    return bus


class _RabbitMq:
    def __init__(self, broker: RabbitBroker, settings: Settings) -> None:
        self._broker = broker
        self._settings = settings
        self._exchange = RabbitExchange(settings.bus_name, type=ExchangeType.TOPIC, durable=True)
        self._connection: AbstractRobustConnection | None = None

    async def start(self) -> None:
        """Connect, and see that what is relayed is kept."""
        self._connection = await self._broker.connect()
        await self._broker.declare_exchange(self._exchange)
        for place in PLACES:
            await self._keep(place)
        await self._broker.start()

    async def publish(self, parcel: Parcel) -> bool:
        attributes = dict(parcel.attributes)
        content_type = attributes.pop("datacontenttype")
        try:
            async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
                await self._broker.publish(
                    parcel.body,
                    exchange=self._exchange,
                    routing_key=routing_key(parcel.subject),
                    mandatory=True,
                    persist=True,
                    message_id=parcel.id,
                    correlation_id=parcel.id,
                    content_type=content_type,
                    headers={PREFIX + name: each for name, each in attributes.items()},
                )
        except PublishError:
            await self._keep(parcel.place)
            raise
        except ChannelPreconditionFailed as error:
            # The channel is closed with all that is on its way; only one of them is too large.
            if f"message size {len(parcel.body)} " in str(error):
                raise Unfit("the message is larger than RabbitMQ takes") from error
            raise
        return True

    async def follow(self, log: str, hear: Hear) -> None:
        async def take(message: Any) -> None:
            hear(_attributes(message.headers), message.body)

        # Not from the queue that keeps, which is for others: what is missed is in the database.
        queue = RabbitQueue(
            f"{self._settings.bus_name}.feed.{new_id()}",
            durable=False,
            exclusive=True,
            auto_delete=True,
            routing_key=f"{self._settings.bus_name}.{log}.#",
            arguments={"x-max-length": HEARD_LIMIT},
        )
        subscriber = self._broker.subscriber(
            queue, self._exchange, ack_policy=AckPolicy.ACK_FIRST, decoder=_whole, no_reply=True
        )
        subscriber(take)
        await subscriber.start()

    def connected(self) -> bool:
        return self._connection is not None and self._connection.connected.is_set()

    async def close(self) -> None:
        await over_within(self._broker.stop(), CLOSE_SECONDS)
        if self._connection is not None and not self._connection.is_closed:
            # It would try to connect for ever.
            await over_within(self._connection.close(), CLOSE_SECONDS)

    async def _keep(self, place: str) -> None:
        """Make the queue that keeps what comes from a place, if there is none; one that is there is
        left as it is."""
        name = f"{self._settings.bus_name}.{place}"
        try:
            async with self._channel() as channel:
                queue = await channel.get_queue(name)
                await queue.bind(self._exchange.name, routing_key=f"{name}.#")
        except ChannelNotFoundEntity:
            wanted = {
                "x-queue-type": "quorum",
                "x-quorum-initial-group-size": self._settings.bus_replicas,
                "x-message-ttl": min(
                    self._settings.bus_keep_hours * MILLISECONDS_OF_AN_HOUR, KEEP_LIMIT_MILLISECONDS
                ),
            }
            async with self._channel() as channel:
                queue = await channel.declare_queue(name, durable=True, arguments=wanted)
                await queue.bind(self._exchange.name, routing_key=f"{name}.#")

    def _channel(self) -> Any:
        assert self._connection is not None, "it is connected"
        return self._connection.channel()


def routing_key(subject: str) -> str:
    """A subject as a routing key: RabbitMQ takes 255 bytes, so what is longer ends in a digest."""
    if len(subject) <= ROUTING_KEY_LIMIT_BYTES:
        return subject
    digest = hashlib.sha256(subject.encode()).hexdigest()[:DIGEST_CHARACTERS]
    return f"{subject[: ROUTING_KEY_LIMIT_BYTES - DIGEST_CHARACTERS - 1]}~{digest}"


def _attributes(headers: Mapping[str, Any]) -> dict[str, str]:
    return {
        name.removeprefix(PREFIX): str(each)
        for name, each in headers.items()
        if name.startswith(PREFIX)
    }


async def _whole(message: Any) -> Any:
    """A message as it is: FastStream would hand over its body alone."""
    return message
