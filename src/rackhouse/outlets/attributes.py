"""The attributes by which CloudEvents 1.0 tells what a message is, on every way out."""

import datetime

from rackhouse.outlets.kinds import Message

__all__ = ["event_attributes"]


def event_attributes(message: Message, source: str) -> dict[str, str | datetime.datetime]:
    """The attributes of a message that comes from a source. ``subject`` is the stream of the
    event; ``sequence`` is its number there, by CloudEvents' extension of this name."""
    attributes: dict[str, str | datetime.datetime] = {
        "specversion": "1.0",
        "id": message.id,
        "source": f"{source}/{message.log}" if message.log else source,
        "type": f"rackhouse.{message.type}",
        "time": message.recorded_at,
        "datacontenttype": "application/json",
    }
    if message.stream is not None:
        attributes["subject"] = message.stream
        attributes["partitionkey"] = message.stream
    if message.sequence is not None:
        attributes["sequence"] = str(message.sequence)
    return attributes
