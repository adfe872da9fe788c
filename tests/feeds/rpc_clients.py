"""A client of gRPC, whose messages are read as the other transports write them."""

import asyncio
import datetime
from collections.abc import Iterator
from typing import Any

import grpc
import msgspec
from stream_clients import BUFFER_BYTES, PATIENCE_SECONDS, Ended, Message, Refused

from rackhouse.feeds.rpc import rackhouse_pb2 as pb

METHOD = "/rackhouse.v1.Rackhouse/Sync"
TIMESTAMP = "google.protobuf.Timestamp"
# Little is taken ahead of being read.
OPTIONS = [
    ("grpc.http2.bdp_probe", 0),
    ("grpc.http2.lookahead_bytes", BUFFER_BYTES),
    ("grpc.use_local_subchannel_pool", 1),
]


class RpcClient:
    """One call of Sync."""

    def __init__(self, channel: grpc.aio.Channel, call: Any) -> None:
        self._channel = channel
        self._call = call
        self._came: list[Message] = []

    @staticmethod
    async def open(
        port: int, token: str | None, *, cursor: str | None = None, **asked: str
    ) -> "RpcClient":
        """Call and subscribe; values of a filter are separated by commas, as in a query."""
        snapshot = asked.pop("snapshot", "true") == "true"
        wanted = pb.Filter(**{field: values.split(",") for field, values in asked.items()})
        subscribe = pb.Subscribe(filter=wanted, cursor=cursor, snapshot=snapshot)
        return await RpcClient.connect(port, token, pb.SyncRequest(subscribe=subscribe))

    @staticmethod
    async def connect(
        port: int,
        token: str | None,
        first: pb.SyncRequest,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> "RpcClient":
        """Call with a first request."""
        if credentials is None:
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS)
        else:
            channel = grpc.aio.secure_channel(f"localhost:{port}", credentials, options=OPTIONS)
        metadata = () if token is None else (("authorization", f"Bearer {token}"),)
        method = channel.stream_stream(
            METHOD,
            request_serializer=pb.SyncRequest.SerializeToString,
            response_deserializer=pb.SyncMessage.FromString,
        )
        client = RpcClient(channel, method(metadata=metadata))
        try:
            await client.send(first)
            await client._call.initial_metadata()
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            pass
        if client._call.done():
            await client._raise_refusal()
        return client

    async def send(self, request: pb.SyncRequest) -> None:
        """Send a request."""
        await self._call.write(request)

    async def end_sending(self) -> None:
        """Say that nothing more will be sent."""
        await self._call.done_writing()

    async def say(self, **message: Any) -> None:
        """Send what is a message elsewhere."""
        kind = message.pop("type")
        if "body" in message:
            message["body"] = msgspec.json.encode(message["body"])
        if kind == "command":
            await self.send(pb.SyncRequest(commands=[pb.Command(**message)]))
        elif kind == "authenticate":
            await self.send(pb.SyncRequest(authenticate=pb.Authenticate(**message)))
        else:
            await self.send(pb.SyncRequest(subscribe=pb.Subscribe(**message)))

    async def next(self) -> Message:
        """The next message."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self._came:
                try:
                    came = await self._call.read()
                except grpc.aio.AioRpcError as error:
                    raise Ended(error.code().name) from error
                if came is grpc.aio.EOF:
                    raise Ended((await self._call.code()).name)
                self._came += told(came)
        return self._came.pop(0)

    async def close(self) -> None:
        """Break the connection."""
        self._call.cancel()
        await self._channel.close()

    async def _raise_refusal(self) -> None:
        trailing = dict(await self._call.trailing_metadata() or ())
        await self._channel.close()
        if "problem-bin" not in trailing:
            raise Ended((await self._call.code()).name)
        problem = msgspec.json.decode(trailing["problem-bin"])
        problem["grpc_status"] = (await self._call.code()).name
        raise Refused(problem["status"], problem)


def told(message: pb.SyncMessage) -> Iterator[Message]:
    """What a message says, as the JSON messages say it."""
    kind = message.WhichOneof("message")
    inside = getattr(message, kind)
    if kind == "changes":
        yield from (plain(each) for each in inside.changes)
    elif kind == "results":
        yield from ({"type": "result", **plain(each)} for each in inside.results)
    else:
        yield {"type": kind, **plain(inside)}


def plain(message: Any) -> dict[str, Any]:
    """The fields of a message that are set."""
    return {
        field.name: _value(field, getattr(message, field.name))
        for field in message.DESCRIPTOR.fields
        if not field.has_presence or message.HasField(field.name)
    }


def _value(field: Any, value: Any) -> Any:
    if field.type == field.TYPE_BYTES:
        return msgspec.json.decode(value)
    if field.message_type is None:
        return value
    if field.message_type.full_name == TIMESTAMP:
        microseconds = value.seconds * 1_000_000 + value.nanos // 1_000
        moment = datetime.datetime.fromtimestamp(0, datetime.UTC)
        moment += datetime.timedelta(microseconds=microseconds)
        return msgspec.to_builtins(moment)
    return [plain(each) for each in value]
