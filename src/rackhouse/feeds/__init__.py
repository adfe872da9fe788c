"""Feeds: everyone who follows hears what changed, in order and once."""

from rackhouse.feeds.asyncapi import asyncapi_document
from rackhouse.feeds.connections import abort
from rackhouse.feeds.errors import (
    AnotherCaller,
    CursorAhead,
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
from rackhouse.feeds.rpc import grpc_server, proto_text
from rackhouse.feeds.shapes import Subscribe
from rackhouse.feeds.sse import event_stream
from rackhouse.feeds.subscriptions import Subscription, read_message
from rackhouse.feeds.websocket import event_socket

__all__ = [
    "AnotherCaller",
    "CursorAhead",
    "CursorUnreadable",
    "EventTypeUnknown",
    "Filter",
    "GrpcNotServed",
    "Hub",
    "MessageTooLate",
    "MessageUnreadable",
    "MethodNotServed",
    "NotAWebSocket",
    "StreamsAtLimit",
    "StreamsEnding",
    "Subscribe",
    "SubscribedAlready",
    "Subscription",
    "TokenTooLate",
    "abort",
    "asyncapi_document",
    "event_socket",
    "event_stream",
    "grpc_server",
    "proto_text",
    "read_message",
]
