"""Kafka: a topic for each log, in which the records of a stream share a partition by their key.

CloudEvents' attributes go as headers with ``ce_``, by its Kafka binding 1.0.2 in binary mode. The
producer is idempotent and tries for ever, so what takes long is waited for again, not sent again.
What is sent again over another connection has the same id.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from aiokafka.admin import NewTopic
from aiokafka.errors import (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAlreadyExistsError,
    for_code,
)
from aiokafka.structs import RecordMetadata
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from rackhouse.broker.bus import Bus, BusUnusable, Hear, Unfit, over_within
from rackhouse.broker.parcels import PLACES, Parcel
from rackhouse.platform.settings import Settings

__all__ = ["connect", "security_of"]

PREFIX = "ce_"
CONNECT_SECONDS = 10.0
ACKNOWLEDGE_SECONDS = 8.0
# What is on its way for longer is sent again by who has the outlet next.
CLOSE_SECONDS = 3.0
# Of each topic that is made here. More of them later would part a stream's records in two.
PARTITIONS = 12
MILLISECONDS_OF_AN_HOUR = 3_600_000

_MECHANISMS: dict[str, Any] = {
    "PLAIN": SASLPlaintext,
    "SCRAM-SHA-256": SASLScram256,
    "SCRAM-SHA-512": SASLScram512,
}


async def connect(settings: Settings) -> Bus:
    """Connect, and make the topics that are not there."""
    url = str(settings.bus_url)
    broker = KafkaBroker(
        urlsplit(url).netloc.rpartition("@")[2].split(","),
        client_id="rackhouse",
        security=security_of(url),
        acks="all",
        enable_idempotence=True,
        request_timeout_ms=int(ACKNOWLEDGE_SECONDS * 1000),
        allow_auto_create_topics=False,
        graceful_timeout=1.0,
        logger=None,
        apply_types=False,
    )
    bus = _Kafka(broker, settings)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await broker.start()
            await bus.make_topics()
    except BaseException:
        await bus.close()
        raise
    return bus


def security_of(url: str) -> BaseSecurity:
    """How to sign in: ``kafkas`` is over TLS, and a user does so by SASL, as ``?sasl=`` says."""
    parts = urlsplit(url)
    context = ssl.create_default_context() if parts.scheme == "kafkas" else None
    if parts.username is None:
        return BaseSecurity(ssl_context=context)
    mechanism = parse_qs(parts.query).get("sasl", ["SCRAM-SHA-512"])[-1]
    if mechanism not in _MECHANISMS:
        raise BusUnusable(f"sasl in RACKHOUSE_BUS_URL is none of {', '.join(_MECHANISMS)}")
    made: BaseSecurity = _MECHANISMS[mechanism](
        unquote(parts.username), unquote(parts.password or ""), ssl_context=context
    )
    return made


class _Kafka:
    def __init__(self, broker: KafkaBroker, settings: Settings) -> None:
        self._broker = broker
        self._settings = settings
        self._sound = True
        self._on_their_way: dict[str, asyncio.Future[RecordMetadata]] = {}

    async def make_topics(self) -> None:
        """Make the topics that are not there; one that is there is left as it is."""
        admin = self._broker.config.admin_client
        there = await admin.list_topics()
        wanted = [
            NewTopic(
                name,
                num_partitions=PARTITIONS,
                replication_factor=self._settings.bus_replicas,
                topic_configs={
                    "retention.ms": str(self._settings.bus_keep_hours * MILLISECONDS_OF_AN_HOUR)
                },
            )
            for name in map(self._topic, PLACES)
            if name not in there
        ]
        if not wanted:
            return
        answer = await admin.create_topics(wanted)
        for name, code, *_ in answer.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise for_code(code)(name)

    async def publish(self, parcel: Parcel) -> bool:
        try:
            record = self._on_their_way.get(parcel.id) or await self._send(parcel)
            self._on_their_way[parcel.id] = record
            async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
                await asyncio.shield(record)
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            raise Unfit("the message is larger than Kafka takes") from error
        finally:
            self._forget_arrived(parcel.id)
        return True

    async def _send(self, parcel: Parcel) -> "asyncio.Future[RecordMetadata]":
        headers = {PREFIX + name: each for name, each in parcel.attributes.items()}
        headers["content-type"] = headers.pop(PREFIX + "datacontenttype")
        return await self._broker.publish(
            parcel.body,
            self._topic(parcel.place),
            key=parcel.key.encode(),
            headers=headers,
            correlation_id=parcel.id,
            no_confirm=True,
        )

    def _forget_arrived(self, name: str) -> None:
        record = self._on_their_way.get(name)
        if record is not None and record.done():
            del self._on_their_way[name]
            # A producer that gave a record up can not go on numbering those after it.
            self._sound = self._sound and not record.cancelled() and record.exception() is None

    async def follow(self, log: str, hear: Hear) -> None:
        async def take(message: Any) -> None:
            hear(_attributes(message.headers), message.body)

        # Not as a group that keeps its place: what is missed is read from the database.
        subscriber = self._broker.subscriber(
            self._topic(log), auto_offset_reset="latest", decoder=_whole, no_reply=True
        )
        subscriber(take)
        await subscriber.start()

    def connected(self) -> bool:
        return self._sound

    async def close(self) -> None:
        await over_within(self._broker.stop(), CLOSE_SECONDS)

    def _topic(self, place: str) -> str:
        return f"{self._settings.bus_name}.{place}"


def _attributes(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(PREFIX): each for name, each in headers.items() if name.startswith(PREFIX)
    }


async def _whole(message: Any) -> Any:
    """A message as it is: FastStream would hand over its body alone."""
    return message
