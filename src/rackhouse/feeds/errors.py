"""The refusals of feeds."""

from dataclasses import dataclass

from rackhouse.platform.errors import Busy, Conflict, Invalid, NotAllowed, NotAuthenticated

__all__ = [
    "AnotherCaller",
    "CursorAhead",
    "CursorTooOld",
    "CursorUnreadable",
    "EventTypeUnknown",
    "GrpcNotServed",
    "MessageTooLate",
    "MessageUnreadable",
    "MethodNotServed",
    "NotAWebSocket",
    "StreamFault",
    "StreamsAtLimit",
    "StreamsEnding",
    "SubscribedAlready",
    "TokenTooLate",
]


@dataclass(eq=False)
class CursorUnreadable(Invalid):
    """cursor: {cursor} is not a cursor of these streams. Start again without one."""

    cursor: str


@dataclass(eq=False)
class CursorAhead(Invalid):
    """cursor: the log of {log} has not come as far as {position}, so the cursor is from elsewhere.
    Start again without one."""

    log: str
    position: str


@dataclass(eq=False)
class CursorTooOld(Invalid):
    """cursor: the log of {log} keeps what came after {kept_after}; what came between {position} and
    that is archived. Start again without a cursor, from the snapshot."""

    log: str
    position: str
    kept_after: str


@dataclass(eq=False)
class EventTypeUnknown(Invalid):
    """type: {event_type} is not a type of event; the types are {event_types}."""

    event_type: str
    event_types: list[str]


@dataclass(eq=False)
class StreamsAtLimit(Busy):
    """{limit} clients follow streams of this process already, which is the limit. Try again."""

    limit: int


@dataclass(eq=False)
class StreamsEnding(Busy):
    """This process is shutting down. Connect again."""


@dataclass(eq=False)
class StreamFault(Busy):
    """Something failed that should not. The fault is logged under {correlation_id}."""

    correlation_id: str


@dataclass(eq=False)
class MethodNotServed(Invalid):
    """This path is a stream of events: use GET, not {method}."""

    method: str


@dataclass(eq=False)
class NotAWebSocket(Invalid):
    """This path is a WebSocket: connect to it as one (RFC 6455)."""


@dataclass(eq=False)
class TokenTooLate(NotAuthenticated):
    """No message with a token came within {limit_seconds} s of connecting."""

    limit_seconds: float


@dataclass(eq=False)
class MessageTooLate(Invalid):
    """No subscription came within {limit_seconds} s of connecting."""

    limit_seconds: float


@dataclass(eq=False)
class MessageUnreadable(Invalid):
    """The message can not be read: {problem}."""

    problem: str


@dataclass(eq=False)
class SubscribedAlready(Conflict):
    """This connection has a subscription. Open another connection for another one."""


@dataclass(eq=False)
class AnotherCaller(NotAllowed):
    """This token is another caller's, or has other permissions. Open another connection for it."""


@dataclass(eq=False)
class GrpcNotServed(Busy):
    """gRPC can not listen on {address}: {problem}."""

    address: str
    problem: str
