"""The manifest of a module: what it announces to the entry points."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, LiteralString

import msgspec

from rackhouse.platform.context import Context
from rackhouse.platform.events import Event, EventLog

if TYPE_CHECKING:
    from rackhouse.platform.house import House
    from rackhouse.platform.http import Endpoint

__all__ = ["Job", "Listener", "Module", "Subscription"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Work on a clock. Only one worker does it at a time; it must be bounded and repeatable."""

    name: str
    every_seconds: int
    permissions: frozenset[str]
    run: Callable[..., Awaitable[Any]]


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A durable reader of another module's log: each event at least once, in order.

    Events are handed over once they are ``after_seconds`` old.
    """

    name: str
    log: str
    after_seconds: float
    permissions: frozenset[str]
    receive: Callable[[Context, Sequence[Event]], Awaitable[None]]


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """A reader of a log within each API process, from the moment it starts: for what is kept in
    memory only."""

    log: str
    hear: "Callable[[House, Sequence[Event]], None]"


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """One module: its name (also of its folder and schema) and what it offers.

    ``servers`` listen beside HTTP in each API process for as long as the returned context is
    entered; like ``mounts`` they are made with the house and what turns a request into its caller.
    """

    name: LiteralString
    event_log: EventLog | None = None
    event_types: Mapping[str, type[msgspec.Struct]] = msgspec.field(default_factory=dict)
    endpoints: "Sequence[Endpoint]" = ()
    mounts: Mapping[str, Callable[..., Any]] = msgspec.field(default_factory=dict)
    servers: "Sequence[Callable[..., AbstractAsyncContextManager[None]]]" = ()
    jobs: Sequence[Job] = ()
    subscriptions: Sequence[Subscription] = ()
    listeners: Sequence[Listener] = ()
