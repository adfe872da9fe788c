"""A dead letter as it is kept."""

import datetime

import msgspec

from rackhouse.outlets.kinds import Message

__all__ = ["DeadLetter"]


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was given up: what it says, what was wrong, after how many attempts in a row,
    and since when it waits to be sent anew, if it does."""

    id: str
    outlet_id: str
    message_id: str
    type: str
    log: str | None
    stream: str | None
    sequence: int | None
    recorded_at: datetime.datetime
    cursor: str | None
    body: str
    problem: str
    attempts: int
    died_at: datetime.datetime
    queued_at: datetime.datetime | None

    def message(self) -> Message:
        """The message as it was to be sent."""
        return Message(
            id=self.message_id,
            type=self.type,
            log=self.log,
            stream=self.stream,
            sequence=self.sequence,
            recorded_at=self.recorded_at,
            cursor=self.cursor,
            body=self.body.encode(),
        )
