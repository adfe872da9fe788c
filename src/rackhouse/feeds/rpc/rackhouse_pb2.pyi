import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SyncRequest(_message.Message):
    __slots__ = ("subscribe", "authenticate", "commands")
    SUBSCRIBE_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATE_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    subscribe: Subscribe
    authenticate: Authenticate
    commands: _containers.RepeatedCompositeFieldContainer[Command]
    def __init__(self, subscribe: _Optional[_Union[Subscribe, _Mapping]] = ..., authenticate: _Optional[_Union[Authenticate, _Mapping]] = ..., commands: _Optional[_Iterable[_Union[Command, _Mapping]]] = ...) -> None: ...

class Subscribe(_message.Message):
    __slots__ = ("filter", "cursor", "snapshot")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    filter: Filter
    cursor: str
    snapshot: bool
    def __init__(self, filter: _Optional[_Union[Filter, _Mapping]] = ..., cursor: _Optional[str] = ..., snapshot: _Optional[bool] = ...) -> None: ...

class Filter(_message.Message):
    __slots__ = ("sku", "product", "location", "channel", "type")
    SKU_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    sku: _containers.RepeatedScalarFieldContainer[str]
    product: _containers.RepeatedScalarFieldContainer[str]
    location: _containers.RepeatedScalarFieldContainer[str]
    channel: _containers.RepeatedScalarFieldContainer[str]
    type: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, sku: _Optional[_Iterable[str]] = ..., product: _Optional[_Iterable[str]] = ..., location: _Optional[_Iterable[str]] = ..., channel: _Optional[_Iterable[str]] = ..., type: _Optional[_Iterable[str]] = ...) -> None: ...

class Authenticate(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class Command(_message.Message):
    __slots__ = ("id", "name", "path", "key", "body")
    class PathEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    path: _containers.ScalarMap[str, str]
    key: str
    body: bytes
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., path: _Optional[_Mapping[str, str]] = ..., key: _Optional[str] = ..., body: _Optional[bytes] = ...) -> None: ...

class SyncMessage(_message.Message):
    __slots__ = ("snapshot", "live", "changes", "heartbeat", "results", "error", "authenticated", "closed")
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    LIVE_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATED_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    snapshot: Snapshot
    live: Live
    changes: Changes
    heartbeat: Heartbeat
    results: Results
    error: Error
    authenticated: Authenticated
    closed: Closed
    def __init__(self, snapshot: _Optional[_Union[Snapshot, _Mapping]] = ..., live: _Optional[_Union[Live, _Mapping]] = ..., changes: _Optional[_Union[Changes, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., results: _Optional[_Union[Results, _Mapping]] = ..., error: _Optional[_Union[Error, _Mapping]] = ..., authenticated: _Optional[_Union[Authenticated, _Mapping]] = ..., closed: _Optional[_Union[Closed, _Mapping]] = ...) -> None: ...

class Snapshot(_message.Message):
    __slots__ = ("stock",)
    STOCK_FIELD_NUMBER: _ClassVar[int]
    stock: _containers.RepeatedCompositeFieldContainer[StockRow]
    def __init__(self, stock: _Optional[_Iterable[_Union[StockRow, _Mapping]]] = ...) -> None: ...

class StockRow(_message.Message):
    __slots__ = ("stream", "sequence", "sku", "location", "on_hand", "held", "committed", "available", "unavailable", "allotted", "safety", "frozen")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    SKU_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    ON_HAND_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    UNAVAILABLE_FIELD_NUMBER: _ClassVar[int]
    ALLOTTED_FIELD_NUMBER: _ClassVar[int]
    SAFETY_FIELD_NUMBER: _ClassVar[int]
    FROZEN_FIELD_NUMBER: _ClassVar[int]
    stream: str
    sequence: int
    sku: str
    location: str
    on_hand: int
    held: int
    committed: int
    available: int
    unavailable: int
    allotted: int
    safety: int
    frozen: int
    def __init__(self, stream: _Optional[str] = ..., sequence: _Optional[int] = ..., sku: _Optional[str] = ..., location: _Optional[str] = ..., on_hand: _Optional[int] = ..., held: _Optional[int] = ..., committed: _Optional[int] = ..., available: _Optional[int] = ..., unavailable: _Optional[int] = ..., allotted: _Optional[int] = ..., safety: _Optional[int] = ..., frozen: _Optional[int] = ...) -> None: ...

class Live(_message.Message):
    __slots__ = ("cursor",)
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    def __init__(self, cursor: _Optional[str] = ...) -> None: ...

class Changes(_message.Message):
    __slots__ = ("changes",)
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[Change]
    def __init__(self, changes: _Optional[_Iterable[_Union[Change, _Mapping]]] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ("type", "stream", "sequence", "sku", "location", "on_hand", "held", "committed", "available", "unavailable", "allotted", "safety", "frozen", "data", "channel", "recorded_at", "cursor")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    SKU_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    ON_HAND_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    UNAVAILABLE_FIELD_NUMBER: _ClassVar[int]
    ALLOTTED_FIELD_NUMBER: _ClassVar[int]
    SAFETY_FIELD_NUMBER: _ClassVar[int]
    FROZEN_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    type: str
    stream: str
    sequence: int
    sku: str
    location: str
    on_hand: int
    held: int
    committed: int
    available: int
    unavailable: int
    allotted: int
    safety: int
    frozen: int
    data: bytes
    channel: str
    recorded_at: _timestamp_pb2.Timestamp
    cursor: str
    def __init__(self, type: _Optional[str] = ..., stream: _Optional[str] = ..., sequence: _Optional[int] = ..., sku: _Optional[str] = ..., location: _Optional[str] = ..., on_hand: _Optional[int] = ..., held: _Optional[int] = ..., committed: _Optional[int] = ..., available: _Optional[int] = ..., unavailable: _Optional[int] = ..., allotted: _Optional[int] = ..., safety: _Optional[int] = ..., frozen: _Optional[int] = ..., data: _Optional[bytes] = ..., channel: _Optional[str] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cursor: _Optional[str] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("cursor",)
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    def __init__(self, cursor: _Optional[str] = ...) -> None: ...

class Results(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[Result]
    def __init__(self, results: _Optional[_Iterable[_Union[Result, _Mapping]]] = ...) -> None: ...

class Result(_message.Message):
    __slots__ = ("id", "status", "body", "replayed")
    ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    id: str
    status: int
    body: bytes
    replayed: bool
    def __init__(self, id: _Optional[str] = ..., status: _Optional[int] = ..., body: _Optional[bytes] = ..., replayed: _Optional[bool] = ...) -> None: ...

class Error(_message.Message):
    __slots__ = ("problem",)
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    problem: bytes
    def __init__(self, problem: _Optional[bytes] = ...) -> None: ...

class Authenticated(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Closed(_message.Message):
    __slots__ = ("reason", "detail", "cursor")
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    reason: str
    detail: str
    cursor: str
    def __init__(self, reason: _Optional[str] = ..., detail: _Optional[str] = ..., cursor: _Optional[str] = ...) -> None: ...
