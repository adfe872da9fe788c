"""Changes as they come: a GraphQL subscription to the same feed as every other stream."""

import contextlib
import datetime
from collections.abc import AsyncGenerator
from typing import Annotated, Any

import msgspec
import strawberry
from strawberry.scalars import JSON

from rackhouse.api.graphql.asking import Asking, Info
from rackhouse.api.graphql.paging import BigInt, described, subscription
from rackhouse.feeds import Hub, Subscribe, read_message
from rackhouse.platform.context import Context

__all__ = ["STREAM_TYPES", "Subscription"]

TRANSPORT = "graphql"
PERMISSION = "stream:read"

Values = list[strawberry.ID] | None


class _Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures in a row or a change, as a stream tells them; None where it tells none."""

    sku: str | None = None
    location: str | None = None
    on_hand: int | None = None
    held: int | None = None
    committed: int | None = None
    available: int | None = None
    unavailable: int = 0
    allotted: int = 0
    safety: int = 0
    frozen: int = 0


class _Row(_Figures, frozen=True, kw_only=True):
    stream: str
    sequence: int


class _Told(_Figures, frozen=True, kw_only=True):
    """A message of a stream."""

    type: str
    cursor: str | None = None
    stock: list[_Row] = []
    stream: str | None = None
    sequence: int = 0
    data: Any = None
    channel: str | None = None
    recorded_at: datetime.datetime | None = None
    reason: str = ""
    detail: str = ""


@described
class StockFigures:
    """The figures of a SKU at a location after the change with this `sequence` in its `stream`. Set
    yours to them, unless yours are of a later sequence."""

    stream: str
    sequence: BigInt
    sku: strawberry.ID
    location_id: strawberry.ID
    on_hand: BigInt
    held: BigInt
    committed: BigInt
    available: BigInt
    unavailable: BigInt
    allotted: BigInt
    safety: BigInt
    frozen: BigInt

    @staticmethod
    def of(stream: str, sequence: int, figures: _Figures) -> "StockFigures":
        told = {name: getattr(figures, name) for name in _Figures.__struct_fields__}
        location = told.pop("location")
        return StockFigures(
            stream=stream, sequence=BigInt(sequence), location_id=strawberry.ID(location), **told
        )


@strawberry.interface(description="A message of a stream; hand the last `cursor` back to resume.")
class StreamMessage:
    """What comes over a stream."""

    type: str
    cursor: str | None


@described
class Snapshot(StreamMessage):
    """The stock that was asked for, as it is, in one or more messages."""

    stock: list[StockFigures]


@described
class Live(StreamMessage):
    """From here on changes come as they are committed."""


@described
class Heartbeat(StreamMessage):
    """Nothing happened that was asked for, up to the cursor."""


@described
class Closed(StreamMessage):
    """The last message: why the stream ends. Subscribe again with the cursor."""

    reason: str
    detail: str


@described
class Change(StreamMessage):
    """What happened: its `type` is the type of the event, such as `HoldPlaced`. `stream` says what
    it happened to, `figures` are those after a change of stock, `data` the particulars."""

    stream: str
    sequence: BigInt
    figures: StockFigures | None
    data: JSON
    channel: strawberry.ID | None
    recorded_at: datetime.datetime


STREAM_TYPES = [Snapshot, Live, Heartbeat, Closed, Change]


@described
class Subscription:
    """What is told as it happens."""

    @subscription(
        "Changes of what is asked for: a snapshot of the stock, then every change, in "
        "order. With a cursor there is no snapshot, but all that was missed. Each argument that is "
        "given narrows it; it needs the permission `stream:read`."
    )
    async def changes(
        self,
        info: Info,
        sku: Annotated[Values, strawberry.argument(description="Of these SKUs.")] = None,
        product: Annotated[Values, strawberry.argument(description="Of these products.")] = None,
        location: Annotated[Values, strawberry.argument(description="At these locations.")] = None,
        channel: Annotated[Values, strawberry.argument(description="Of these channels.")] = None,
        type: Annotated[  # noqa: A002
            list[str] | None, strawberry.argument(description="Only events of these types.")
        ] = None,
        cursor: Annotated[
            str | None, strawberry.argument(description="The last cursor, to go on from there.")
        ] = None,
        snapshot: Annotated[
            bool, strawberry.argument(description="Whether a snapshot comes first.")
        ] = True,
    ) -> AsyncGenerator[StreamMessage, None]:
        given = {
            "sku": sku,
            "product": product,
            "location": location,
            "channel": channel,
            "type": type,
        }
        asked = Subscribe(
            filter={name: list(values) for name, values in given.items() if values is not None},
            cursor=cursor,
            snapshot=snapshot,
        )
        async with contextlib.aclosing(_told(info.context, asked)) as messages:
            async for message in messages:
                yield message


async def _told(asking: Asking, asked: Subscribe) -> AsyncGenerator[StreamMessage, None]:
    context: Context = asking.context
    context.caller.require(PERMISSION)
    assert asking.verify is not None, "a subscription comes over a socket"
    assert asking.abandon is not None
    hub = context.house.the(Hub)
    listener = await hub.enter(
        caller=context.caller,
        subscription=read_message(context.house, asked),
        transport=TRANSPORT,
        verify=asking.verify,
        abandon=asking.abandon,
    )
    try:
        async with contextlib.aclosing(listener.batches()) as batches:
            async for messages in batches:
                for message in messages:
                    yield _shown(_DECODER.decode(message.json))
                hub.count_sent(TRANSPORT, len(messages))
    finally:
        hub.leave(listener)


def _shown(told: _Told) -> StreamMessage:
    if told.type in _PLAIN:
        plain: StreamMessage = _PLAIN[told.type](type=told.type, cursor=told.cursor)
        return plain
    if told.type == "snapshot":
        rows = [StockFigures.of(each.stream, each.sequence, each) for each in told.stock]
        return Snapshot(type=told.type, cursor=told.cursor, stock=rows)
    if told.type == "closed":
        return Closed(type=told.type, cursor=told.cursor, reason=told.reason, detail=told.detail)
    assert told.stream is not None
    assert told.recorded_at is not None
    has_figures = told.on_hand is not None
    return Change(
        type=told.type,
        cursor=told.cursor,
        stream=told.stream,
        sequence=BigInt(told.sequence),
        figures=StockFigures.of(told.stream, told.sequence, told) if has_figures else None,
        data=JSON(told.data),
        channel=None if told.channel is None else strawberry.ID(told.channel),
        recorded_at=told.recorded_at,
    )


_PLAIN: dict[str, Any] = {"live": Live, "heartbeat": Heartbeat}
_DECODER = msgspec.json.Decoder(_Told)
