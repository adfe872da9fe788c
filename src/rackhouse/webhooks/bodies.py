"""Bodies: CloudEvents 1.0 in JSON, structured, one or a batch of them."""

from collections.abc import Sequence
from typing import Any

import msgspec

from rackhouse.outlets import Message, event_attributes
from rackhouse.platform.ids import derived_id

__all__ = ["BATCH", "SINGLE", "batch_body", "batch_id", "cloud_event"]

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


def cloud_event(message: Message, source: str) -> bytes:
    """What a message says as a CloudEvent."""
    attributes: dict[str, Any] = {**event_attributes(message, source)}
    attributes["data"] = msgspec.Raw(message.body)
    return msgspec.json.encode(attributes)


def batch_body(events: Sequence[bytes]) -> bytes:
    """Several CloudEvents in one body."""
    return b"[" + b",".join(events) + b"]"


def batch_id(messages: Sequence[Message]) -> str:
    """The id of a batch: the same for the same messages."""
    return derived_id("batch", *(each.id for each in messages))
