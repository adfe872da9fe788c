"""Feeds: everyone who follows hears what changed, in order and once."""

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
from rackhouse.feeds.listeners import StreamListener
from rackhouse.feeds.messages import Message
from rackhouse.feeds.places import Missed, cursor_at, missed_since, newest_cursor, usable_cursor
from rackhouse.feeds.resolving import usable_filter
from rackhouse.feeds.sse import event_stream
from rackhouse.feeds.subscriptions import Subscription
from rackhouse.feeds.websocket import event_socket

__all__ = [
    "CursorAhead",
    "CursorUnreadable",
    "EventTypeUnknown",
    "Filter",
    "Hub",
    "Message",
    "MessageTooLate",
    "MessageUnreadable",
    "MethodNotServed",
    "Missed",
    "NotAWebSocket",
    "StreamListener",
    "StreamsAtLimit",
    "StreamsEnding",
    "SubscribedAlready",
    "Subscription",
    "TokenTooLate",
    "cursor_at",
    "event_socket",
    "event_stream",
    "missed_since",
    "newest_cursor",
    "usable_cursor",
    "usable_filter",
]
