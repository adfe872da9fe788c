"""Feeds: everyone who follows hears what changed, in order and once."""

from rackhouse.feeds.connections import abort
from rackhouse.feeds.errors import (
    CursorAhead,
    CursorUnreadable,
    EventTypeUnknown,
    MessageTooLate,
    MessageUnreadable,
    MethodNotServed,
    NotAWebSocket,
    StreamsAtLimit,
    StreamsEnding,
    SubscribedAlready,
    TokenTooLate,
)
from rackhouse.feeds.filters import Filter
from rackhouse.feeds.hub import Hub
from rackhouse.feeds.sse import event_stream
from rackhouse.feeds.subscriptions import Subscription, read_message
from rackhouse.feeds.websocket import event_socket

__all__ = [
    "CursorAhead",
    "CursorUnreadable",
    "EventTypeUnknown",
    "Filter",
    "Hub",
    "MessageTooLate",
    "MessageUnreadable",
    "MethodNotServed",
    "NotAWebSocket",
    "StreamsAtLimit",
    "StreamsEnding",
    "SubscribedAlready",
    "Subscription",
    "TokenTooLate",
    "abort",
    "event_socket",
    "event_stream",
    "read_message",
]
