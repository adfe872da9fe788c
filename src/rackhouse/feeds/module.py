"""The manifest of feeds."""

from rackhouse.feeds.rpc import grpc_server
from rackhouse.feeds.sse import event_stream
from rackhouse.feeds.websocket import event_socket
from rackhouse.platform.module import Module

__all__ = ["MODULE"]

MODULE = Module(
    name="feeds",
    servers=(grpc_server,),
    mounts={"/api/v1/stream": event_stream, "/api/v1/socket": event_socket},
)
