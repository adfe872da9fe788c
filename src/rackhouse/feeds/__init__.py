"""Feeds: everyone who follows hears what changed, in order and once."""

from rackhouse.feeds.asyncapi import asyncapi_document
from rackhouse.feeds.connections import abort
from rackhouse.feeds.errors import (
    AnotherCaller,
    CursorAhead,
    CursorTooOld,
    CursorUnreadable,
    EventTypeUnknown,
    GrpcNotServed,
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
from rackhouse.feeds.places import (
    Missed,
    cursor_at,
    missed_since,
    newest_cursor,
    position_in,
    usable_cursor,
)
from rackhouse.feeds.resolving import usable_filter
from rackhouse.feeds.rpc import grpc_server, proto_text
from rackhouse.feeds.shapes import Subscribe
from rackhouse.feeds.sse import event_stream
from rackhouse.feeds.subjects import LOGS
from rackhouse.feeds.subscriptions import Subscription, read_message
from rackhouse.feeds.websocket import event_socket

__all__ = [
    "LOGS",
    "AnotherCaller",
    "CursorAhead",
    "CursorTooOld",
    "CursorUnreadable",
    "EventTypeUnknown",
    "Filter",
    "GrpcNotServed",
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
    "Subscribe",
    "SubscribedAlready",
    "Subscription",
    "TokenTooLate",
    "abort",
    "asyncapi_document",
    "cursor_at",
    "event_socket",
    "event_stream",
    "grpc_server",
    "missed_since",
    "newest_cursor",
    "position_in",
    "proto_text",
    "read_message",
    "usable_cursor",
    "usable_filter",
]
